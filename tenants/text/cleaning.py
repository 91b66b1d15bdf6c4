"""Typed text made comparable, and damage in it named."""

import re
import unicodedata

from django.utils.translation import gettext as _

# Zero-width characters and direction marks: invisible, and they make two equal texts differ.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
DAMAGED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")


def tidy(text: str) -> str:
    """One line of composed text (NFC) without invisible characters and doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def damage_in(text: str) -> str:
    """What is broken in a text, in one sentence; "" for a sound one. Line ends and tabs are sound."""
    found = DAMAGED.search(text)
    if found is None:
        return ""
    character = found.group()
    if character == "\ufffd":
        return _("có chữ đã mất khi chuyển bảng mã (ký tự �); hãy lấy lại bản gốc.")
    return _("có ký tự hỏng (mã U+%(code)04X); hãy xóa hoặc xuất lại tệp.") % {"code": ord(character)}
