"""Agencies and people as tables to take out and bring back, by the rules of a province's folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.readers.spreadsheets import as_csv
from tenants.folder.steps import StepReport
from tenants.folder.tables import Part, present_folder
from tenants.organisation.folder import agencies, staff

AGENCY_COLUMNS = {
    "code": _("mã định danh, ví dụ H15.08; không đổi được mã đã cấp"),
    "name": _("tên cơ quan"),
    "name_en": _("tên tiếng Anh"),
    "level": _("cấp: province (tỉnh), commune (xã), district (huyện, đã kết thúc)"),
    "parent": _("mã cơ quan cấp trên"),
    "is_desk": _("nhận và trả hồ sơ: có hoặc không"),
    "address": _("địa chỉ"),
    "phone": _("điện thoại"),
    "hours": _("giờ làm việc"),
    "successor": _("mã cơ quan kế thừa, khi đã kết thúc"),
    "dissolved_on": _("ngày kết thúc, dạng 2025-07-01"),
    "lat": _("vĩ độ, độ thập phân, ví dụ 12.668500"),
    "lon": _("kinh độ, độ thập phân, ví dụ 108.038200"),
}
STAFF_COLUMNS = {
    "username": _("tên đăng nhập"),
    "full_name": _("họ và tên"),
    "position": _("chức danh"),
    "email": _("thư điện tử"),
    "agency": _("mã cơ quan nơi làm việc"),
    "role": _(
        "vai trò: clerk (tiếp nhận), specialist (chuyên viên), leader (lãnh đạo), communications (truyền thông), "
        "auditor (thanh tra), administrator (quản trị tỉnh); hai vai trò thì ghi hai dòng"
    ),
}


def _apply_staff(path: Path, hide_missing: bool) -> StepReport:
    # The file of people names agencies: those of the province stand beside it.
    beside = path.with_name(agencies.FILE)
    beside.write_text(as_csv(tuple(AGENCY_COLUMNS), agencies.agency_rows()), encoding="utf-8")
    return _apply(path, staff.validate, staff.apply)


def _apply(path: Path, validate: Callable[[Any], Any], apply: Callable[[Any, Any], StepReport]) -> StepReport:
    folder = present_folder(path.parent)
    problems: list[ValidationProblem] = blocking(validate(folder))
    if problems:
        raise Refused(problems)
    return apply(folder, lambda line: None)


AGENCIES = Part(
    code="co-quan",
    title=_("Cơ quan, đơn vị"),
    explained=_("Tệp phải có đủ các cơ quan; cơ quan không có trong tệp để nguyên, không xóa."),
    file=agencies.FILE,
    key=("code",),
    name="name",
    columns=AGENCY_COLUMNS,
    rows=agencies.agency_rows,
    apply=lambda path, hide_missing: _apply(path, agencies.validate, agencies.apply),
)
STAFF = Part(
    code="can-bo",
    title=_("Cán bộ và vai trò"),
    explained=_(
        "Tệp không có mật khẩu: tài khoản mới nhận một lời mời. Người và vai trò không có trong tệp để nguyên."
    ),
    file=staff.FILE,
    key=("username", "agency", "role"),
    name="full_name",
    columns=STAFF_COLUMNS,
    rows=staff.staff_rows,
    apply=_apply_staff,
)
