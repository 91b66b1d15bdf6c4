"""The operators' log as people read it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.isolation.models import OperatorsEntry, Province
from tenants.lifecycle import confirmations

_ACTS = {
    "pause": gettext_lazy("tạm dừng"),
    "resume": gettext_lazy("cho phục vụ trở lại"),
    "smoke": gettext_lazy("diễn tập"),
    "confirm": gettext_lazy("ghi xác nhận"),
    "swap": gettext_lazy("đổi chỗ bản phục hồi"),
    "golive.proposed": gettext_lazy("đề nghị phục vụ chính thức"),
    "golive.confirmed": gettext_lazy("xác nhận phục vụ chính thức"),
    "golive.withdrawn": gettext_lazy("rút việc phục vụ chính thức"),
    "golive.done": gettext_lazy("đã phục vụ chính thức"),
    "offboard.exported": gettext_lazy("xuất toàn bộ dữ liệu"),
    "offboard.proposed": gettext_lazy("đề nghị bỏ tỉnh"),
    "offboard.confirmed": gettext_lazy("xác nhận bỏ tỉnh, lưu trữ"),
    "offboard.withdrawn": gettext_lazy("rút việc bỏ tỉnh"),
    "offboard.done": gettext_lazy("đã xóa dữ liệu của tỉnh"),
    "create": gettext_lazy("tạo tỉnh"),
    "import": gettext_lazy("nhập tỉnh từ bản xuất"),
    "discard": gettext_lazy("bỏ tỉnh chưa dựng xong"),
    "signin.entered": gettext_lazy("đăng nhập"),
    "signin.left": gettext_lazy("đăng xuất"),
    "signin.failure": gettext_lazy("đăng nhập không thành"),
    "signin.locked": gettext_lazy("bị chặn vì thử quá nhiều"),
}


_NAMES = {
    "level": gettext_lazy("mức"),
    "at": gettext_lazy("từ lúc"),
    "passed": gettext_lazy("đạt"),
    "failed": gettext_lazy("không đạt"),
    "code": gettext_lazy("việc"),
    "done": gettext_lazy("xác nhận"),
    "person": gettext_lazy("người xác nhận"),
    "was": gettext_lazy("trước"),
    "now": gettext_lazy("sau"),
    "folder": gettext_lazy("thư mục"),
    "name": gettext_lazy("bản"),
    "without": gettext_lazy("không mang sang"),
    "reason": gettext_lazy("lý do"),
    "rows": gettext_lazy("số dòng"),
    "files": gettext_lazy("số tệp"),
    "blocked": gettext_lazy("mục chặn"),
    "lapsed": gettext_lazy("đã qua lúc hẹn"),
    "proposed_by": gettext_lazy("người đề nghị"),
    "wait_days": gettext_lazy("số ngày chờ"),
}
_CODES: dict[str, Any] = {
    **{one.code: one.title for one in confirmations.CONFIRMATIONS},
    **dict(Province.State.choices),
}


def act(entry: OperatorsEntry) -> str:
    """What was done, in a few words; the code of an act that has none."""
    return str(_ACTS.get(entry.act, entry.act))


def who(entry: OperatorsEntry) -> str:
    """Who did it: an account, or the account of the machine for what was done at a terminal."""
    if entry.actor_name:
        return entry.actor_name
    machine = entry.detail.get("terminal")
    return _("dòng lệnh (%(account)s)") % {"account": machine} if machine else ""


def detail(entry: OperatorsEntry) -> str:
    """What else is known of it, short."""
    return ", ".join(_pairs(entry.detail))


def _pairs(known: Mapping[str, Any]) -> list[str]:
    return [
        f"{_NAMES.get(name, name)}: {_value(value)}"
        for name, value in known.items()
        if value not in ("", None, []) and name not in ("terminal", "subject")
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(_CODES.get(str(value), value))
