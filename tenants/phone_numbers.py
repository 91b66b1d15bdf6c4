"""Telephone numbers of citizens: one way to write each. No Django: pure rules use it too."""

import re
import unicodedata

from tenants.validation import gettext_noop

LANDLINE = re.compile(r"\A02[0-9]{8,9}\Z")
MOBILE = re.compile(r"\A0[35789][0-9]{8}\Z")
LONGEST_INPUT = 40


class BadPhone(ValueError):
    """Not a Vietnamese mobile number; the text says in Vietnamese what is wanted, for `gettext`."""


def normalise(text: str) -> str:
    """The ten digits of a Vietnamese mobile number ("+84 905 123 217" → "0905123217"); raises BadPhone.

    Since the renumbering of 2018 all mobile numbers have ten digits and start with 03, 05, 07, 08 or 09.
    """
    digits = ""
    if len(text) <= LONGEST_INPUT:
        digits = re.sub(r"[\s.\-()]", "", unicodedata.normalize("NFKC", text))
        digits = re.sub(r"\A(\+84|0084|84(?=\d{9}\Z))0?", "0", digits)
    if not MOBILE.match(digits) or not digits.isascii():
        raise BadPhone(gettext_noop("Xin nhập số điện thoại di động 10 chữ số, ví dụ 0912345678."))
    return digits


def mask(number: str) -> str:
    """A number for lists: "09•• ••• 678"."""
    return f"{number[:2]}•• ••• {number[-3:]}" if len(number) >= 8 else "•••"


def spaced(number: str) -> str:
    """A number for reading: "0905 123 217"."""
    return f"{number[:4]} {number[4:7]} {number[7:]}".strip()
