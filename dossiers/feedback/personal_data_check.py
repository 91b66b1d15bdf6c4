"""Personal data in a text for publication. A simple check before staff publish, not a guarantee."""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from tenants.text import fold

_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){8,}(?![0-9])")
_AMOUNT = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


def traces(text: str, *, names: Iterable[str], contacts: Iterable[str] = ()) -> list[str]:
    """The personal data in `text`, as Vietnamese sentences for the publishing official.

    `names` are compared without marks and case, a name of one word only as it is written; `contacts` are ID
    numbers, telephones and e-mail addresses. Any other number of nine digits or more is named as well,
    unless it is written as an amount (1.250.000.000).
    """
    text = unicodedata.normalize("NFC", "".join(char for char in text if unicodedata.category(char) != "Cf"))
    found = []
    if any(_holds_name(text, name) for name in names if name.strip()):
        found.append(_("Nội dung có họ tên hoặc tên tổ chức của người gửi đơn."))
    numbers = [re.sub(r"[^0-9]", "", run) for run in _LONG_NUMBER.findall(text) if not _AMOUNT.fullmatch(run)]
    digits = re.sub(r"(?<=[0-9])[ .\-](?=[0-9])", "", text)
    if any(_holds_contact(text, digits, contact) for contact in contacts if contact.strip()):
        found.append(_("Nội dung có số định danh, điện thoại hoặc thư điện tử của người gửi đơn."))
    elif numbers:
        found.append(
            _("Nội dung có dãy số dài như số định danh, số điện thoại hoặc mã hồ sơ: %(number)s.")
            % {"number": f"{numbers[0][:4]}…"}
        )
    return found


def _holds_name(text: str, name: str) -> bool:
    words = fold(name).split()
    if len(words) > 1:
        return f" {' '.join(words)} " in f" {fold(text)} "
    return bool(words) and unicodedata.normalize("NFC", name.strip()) in re.findall(r"\w+", text)


def _holds_contact(text: str, digits: str, contact: str) -> bool:
    if "@" in contact:
        return contact.strip().casefold() in text.casefold()
    number = re.sub(r"[^0-9]", "", contact)
    # A telephone is also written with +84 in the place of its zero.
    return len(number) >= 8 and (number in digits or number.removeprefix("0") in digits)
