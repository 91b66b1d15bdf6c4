"""Codes under which feedback is kept: PA-261125-0001, the second piece of paper besides a dossier's."""

import re
from datetime import date

from dossiers.rules import gettext_noop
from dossiers.rules.codes.dossier_codes import CodeError, normalise_lookup_key

_CODE = re.compile(r"PA([0-9]{6})([0-9]{4,7})")


def format_feedback_code(day: date, number: int) -> str:
    """The code of the `number`-th piece of feedback of a day; four digits, more when a day needs them."""
    return f"PA-{day:%y%m%d}-{number:04d}"


def read_feedback_code(typed: str) -> str:
    """The code as it is stored, however it was typed. Raises CodeError with a sentence for the citizen."""
    found = _CODE.fullmatch(normalise_lookup_key(typed))
    if found is None:
        raise CodeError(gettext_noop("Mã phản ánh chưa đúng dạng, ví dụ PA-261125-0001."))
    return f"PA-{found[1]}-{found[2]}"
