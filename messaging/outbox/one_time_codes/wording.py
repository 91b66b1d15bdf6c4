"""The message that carries a one-time code, and the purposes for which rooms ask for one."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from messaging.outbox import wording as templates
from messaging.outbox.wording import Placeholder, Rendered

INTENT = "one_time_code"
_purposes: dict[str, str] = {}


class UnknownPurpose(LookupError):
    """No room registered this purpose."""


def register() -> None:
    """Called once, when Django is ready."""
    templates.describe(
        {
            "ma_xac_nhan": Placeholder(_("Mã xác nhận dùng một lần"), "000000"),
            "so_phut": Placeholder(_("Mã dùng được trong bao nhiêu phút"), "10"),
            "viec": Placeholder(_("Việc mà mã xác nhận"), "nhận tin báo về hồ sơ"),
        }
    )
    # Without a button: who is used to links beside codes is easily led astray by a false one.
    templates.register(
        INTENT,
        "Mã xác nhận của ông/bà",
        "Mã xác nhận: {ma_xac_nhan}, để {viec}. Dùng một lần, trong {so_phut} phút, chỉ gõ trên trang vừa hiện ô nhập "
        "mã. Cán bộ không bao giờ hỏi mã này. Nếu ông/bà không yêu cầu, xin bỏ qua.",
    )


def register_purpose(code: str, words: str) -> None:
    """Let codes be asked for this purpose; `words` say it in the message, in Vietnamese. Called when Django is ready."""
    _purposes[code] = words


def require_purpose(code: str) -> None:
    """Raise UnknownPurpose unless a room registered it."""
    if code not in _purposes:
        raise UnknownPurpose(code)


def values(code: str, purpose: str, minutes: int) -> dict[str, str]:
    """What stands in the message, by placeholder. Raises UnknownPurpose."""
    require_purpose(purpose)
    return {"ma_xac_nhan": code, "so_phut": str(minutes), "viec": _purposes[purpose]}


def rendered(values: Mapping[str, str]) -> Rendered:
    """The message in the words of the current province, or in ours where those leave the code out."""
    text = templates.render(INTENT, values)
    if values["ma_xac_nhan"] in text.body:
        return text
    return templates.render_text(INTENT, templates.default(INTENT), values)
