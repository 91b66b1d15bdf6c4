"""Rules for passwords. As NIST SP 800-63B advises: long, not common, not like its owner; no rules about
kinds of characters, and no end date.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tenants.isolation.context import present_province

SHORTEST = 12
LONGEST = 128
SIMILAR = 0.7
# Vietnamese ones that no English list has, folded; digits and signs around them do not make them rare.
COMMON_HERE = frozenset(
    {
        "matkhau", "matkhaumoi", "motcua", "motcuadientu", "quantri", "quantrivien", "tiepnhan", "canbo",
        "congchuc", "hanhchinhcong", "dichvucong", "vietnam", "hochiminh", "hanoi", "anhyeuem", "emyeuanh",
        "iloveyou", "xinchao", "toiyeuvietnam", "matkhaumacdinh", "password", "qwerty", "qwertyuiop",
        "abcdef", "admin", "administrator", "welcome", "changeme", "letmein",
    }
)  # fmt: skip


class LongEnough:
    """At least 12 characters and at most 128: a sentence of a few words will do."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < SHORTEST:
            text = _("Mật khẩu cần ít nhất %(least)d ký tự. Một câu vài từ dễ nhớ là đủ.")
            raise ValidationError(text % {"least": SHORTEST}, code="password_too_short")
        if len(password) > LONGEST:
            text = _("Mật khẩu dài quá %(most)d ký tự.")
            raise ValidationError(text % {"most": LONGEST}, code="password_too_long")

    def get_help_text(self) -> str:
        return _("Ít nhất %(least)d ký tự; một câu vài từ dễ nhớ là đủ.") % {"least": SHORTEST}


class NotLikeThePerson:
    """Not the owner's names, address or position, in whatever spelling."""

    def validate(self, password: str, user: Any = None) -> None:
        core = _core(password)
        for name in ("username", "full_name", "email", "position"):
            value = str(getattr(user, name, "") or "")
            for part in {value, *re.split(r"[@.]", value)}:
                theirs = _core(part)
                if len(theirs) >= 4 and SequenceMatcher(None, core, theirs).ratio() >= SIMILAR:
                    raise ValidationError(_("Mật khẩu quá giống tên của bạn."), code="password_too_similar")

    def get_help_text(self) -> str:
        return _("Không giống tên, thư điện tử hay chức danh của bạn.")


class NotCommon:
    """Not among the passwords that guessers try first: lists of leaks, and names that everybody here knows."""

    def __init__(self) -> None:
        self.leaked = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        core = _core(password)
        repeated = len(set(password.lower())) < 5
        # Digits alone are dates, telephone numbers and the twelve digits of an identity card.
        number = not any(character.isalpha() for character in password)
        if repeated or number or core in COMMON_HERE or core in _names_here() or self._is_leaked(password):
            text = _("Mật khẩu này quá dễ đoán. Hãy chọn một câu chỉ mình bạn nghĩ ra.")
            raise ValidationError(text, code="password_too_common")

    def get_help_text(self) -> str:
        return _("Không phải mật khẩu nhiều người dùng.")

    def _is_leaked(self, password: str) -> bool:
        try:
            self.leaked.validate(password)
            self.leaked.validate(_core(password) or password)
        except ValidationError:
            return True
        return False


def _names_here() -> set[str]:
    province = present_province()
    if province is None:
        return set()
    return {_core(name) for name in (province.slug, province.name, province.short_name)}


def _core(text: str) -> str:
    """Letters alone, without marks, small: “Đắk Lắk@2026!” → “daklak”."""
    flat = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(character for character in flat if "a" <= character <= "z")
