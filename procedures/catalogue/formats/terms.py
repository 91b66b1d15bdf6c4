"""Reading a term: taken over when it is plain, otherwise left blank and reported.

Sources glue fees to terms (“120,000”), drop the unit, or give several terms for one procedure. A wrong
due date is worse than none, so nothing is derived from such cells; the province supplies the term with
its decision number in `terms.csv`.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from procedures.catalogue.formats.base import TERM_UNITS, Term
from procedures.catalogue.models import TermUnit
from tenants.text import fold

UNIT_WORDS = {
    "ngay lam viec": "working_day",
    "ngay": "calendar_day",
    "ngay lich": "calendar_day",
    "thang": "month",
    "gio": "hour",
    "trong ngay": "same_day",
    **{unit.replace("_", " "): unit for unit in TERM_UNITS},
}
_LONGEST = {"working_day": 366, "calendar_day": 732, "month": 36, "hour": 240, "same_day": 1}


def term_text(value: int | None, unit: str) -> str:
    """Return “15 ngày làm việc”, “Trong ngày”, or an empty string where no term is known."""
    if unit == "same_day":
        return _("Trong ngày")
    return f"{value} {dict(TermUnit.choices).get(unit, '')}" if value and unit else ""


Fault = tuple[int, str, str]
"""Of a cell: 0 for the value, 1 for its unit; what stands there; why it is not taken over."""


def read_term(cells: Iterable[tuple[str, str]]) -> tuple[Term, list[Fault]]:
    """Return the one term that the (value, unit) cells agree on, and what has to be reported.

    Cells blank in both parts say nothing. One unreadable cell, or two different terms, leave the term blank.
    """
    terms: list[tuple[int | None, str]] = []
    faults: list[Fault] = []
    for value, unit in dict.fromkeys((value.strip(), unit.strip()) for value, unit in cells):
        if not value and not unit:
            continue
        read, part, reason = _read_cell(value, unit)
        if reason:
            faults.append((part, (unit or value) if part else value, reason))
        elif read not in terms:
            terms.append(read)
    if faults or not terms:
        return Term(), faults
    if len(terms) > 1:
        note = "; ".join(term_text(*term) for term in terms)
        reason = _("nguồn ghi nhiều thời hạn khác nhau theo cách nộp hoặc trường hợp; để trống")
        return Term(note=note), [(0, note, reason)]
    return Term(*terms[0]), []


def _read_cell(value: str, unit: str) -> tuple[tuple[int | None, str], int, str]:
    """Return ((value, unit), faulty column, reason); the reason is empty for a plain cell."""
    nothing = (None, "")
    known = UNIT_WORDS.get(fold(unit), "")
    if unit and not known:
        return nothing, 1, _("đơn vị thời hạn không hiểu được; để trống")
    if known == "same_day" and value in ("", "1"):
        return (None, known), 0, ""
    if re.fullmatch(r"[-−–][0-9]{1,4}", value):
        return nothing, 0, _("thời hạn là số âm; để trống")
    if not re.fullmatch(r"[0-9]{1,4}", value):
        return nothing, 0, _("không phải số nguyên; để trống")
    number = int(value)
    if number == 0:
        return nothing, 0, _("thời hạn bằng 0; để trống")
    if not known:
        return nothing, 1, _("thiếu đơn vị thời hạn (ngày, ngày làm việc, giờ, tháng); để trống")
    if number > _LONGEST[known]:
        return nothing, 0, _("thời hạn dài bất thường; để trống")
    return (number, known), 0, ""
