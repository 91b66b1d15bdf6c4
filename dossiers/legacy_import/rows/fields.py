"""What can be taken over from an old system: the names that a mapping file uses for our fields."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PEOPLE = ("owner", "submitter", "recipient")
PERSON_PARTS = ("name", "kind", "id_number", "phone", "address")

_TITLES: dict[str, Promise] = {
    "owner": _("chủ hồ sơ"),
    "submitter": _("người nộp"),
    "recipient": _("người nhận thông báo"),
}
_PART_TITLES: dict[str, Promise] = {
    "name": _("họ tên hoặc tên tổ chức"),
    "kind": _("loại"),
    "id_number": _("số định danh hoặc mã số thuế"),
    "phone": _("số điện thoại"),
    "address": _("địa chỉ"),
}

FIELDS: dict[str, Promise] = {
    "code": _("mã hồ sơ"),
    "procedure": _("thủ tục"),
    "receiving_agency": _("nơi tiếp nhận"),
    "competent_agency": _("cơ quan có thẩm quyền"),
    "channel": _("hình thức nộp"),
    "received_at": _("tiếp nhận lúc"),
    "due_at": _("hẹn trả"),
    "status_code": _("mã trạng thái"),
    "status_name": _("tên trạng thái"),
    "status_since": _("trạng thái từ lúc"),
    "step": _("bước"),
    "assignee": _("người xử lý"),
    "finished_at": _("có kết quả lúc"),
    "returned_at": _("trả kết quả lúc"),
    "result_delivery": _("nhận kết quả"),
    "note": _("ghi chú"),
}
for _person in PEOPLE:
    for _part in PERSON_PARTS:
        FIELDS[f"{_person}_{_part}"] = _PART_TITLES[_part]

REQUIRED = ("code", "procedure", "owner_name", "receiving_agency", "received_at")
DATES = ("received_at", "due_at", "status_since", "finished_at", "returned_at")
CONSENTS = "consents"

PERSONAL = frozenset(f"{person}_{part}" for person in PEOPLE for part in ("id_number", "phone"))
"""Shown masked in reports."""

MAY_BE_BLANKED = frozenset(
    f"{person}_{part}" for person in PEOPLE for part in ("id_number", "phone", "address")
) | {CONSENTS, "result_delivery", "note"}
"""What a mapping may give up when the old system holds nonsense there."""


def title(field: str) -> str:
    """The Vietnamese name of a field, for people."""
    for person, name in _TITLES.items():
        if field.startswith(f"{person}_"):
            return f"{name}: {FIELDS[field]}"
    return gettext("đồng ý nhận tin") if field == CONSENTS else str(FIELDS[field])
