"""What people may agree to be written to about. Each purpose has its own consent."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DOSSIER_STATUS = "dossier_status"
FEEDBACK = "feedback"
NEWS = "news"

_labels: dict[str, "StrOrPromise"] = {
    DOSSIER_STATUS: _("Tình trạng hồ sơ"),
    FEEDBACK: _("Trả lời phản ánh, kiến nghị"),
    NEWS: _("Thông báo của tỉnh"),
}


class UnknownPurpose(LookupError):
    """Nobody may be asked to agree to something that has no name."""


def register(code: str, label: "StrOrPromise") -> None:
    """Make a purpose known under its code, with the words in which people are asked to agree to it."""
    _labels[code] = label


def codes() -> list[str]:
    """All purposes, in the order they became known."""
    return list(_labels)


def label(code: str) -> str:
    """The purpose in words; raises UnknownPurpose."""
    try:
        return str(_labels[code])
    except KeyError:
        raise UnknownPurpose(code) from None
