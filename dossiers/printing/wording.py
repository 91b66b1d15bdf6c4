"""Dates, terms and long words as the printed forms show them. The forms are Vietnamese in every language of the desk."""

import re
from datetime import date, datetime

from dossiers.deadlines.rules.deadlines import Term, TermUnit
from tenants import clock

UNBROKEN = 24
ZERO_WIDTH_SPACE = "\u200b"


def moment(at: datetime) -> str:
    """16 giờ 30 phút, ngày 08 tháng 12 năm 2026; on a Vietnamese clock."""
    local = at.astimezone(clock.VIETNAM)
    return f"{local:%H} giờ {local:%M} phút, {day(local)}"


def day(at: date | datetime) -> str:
    """ngày 08 tháng 12 năm 2026; a moment on a Vietnamese clock."""
    local = at.astimezone(clock.VIETNAM) if isinstance(at, datetime) else at
    return f"ngày {local.day:02d} tháng {local.month:02d} năm {local.year}"


def short_day(at: datetime | None) -> str:
    """08/12/2026, empty for None; on a Vietnamese clock."""
    return f"{at.astimezone(clock.VIETNAM):%d/%m/%Y}" if at else ""


def term(length: Term) -> str:
    """05 ngày làm việc."""
    if length.unit is TermUnit.SAME_DAY:
        return "trong ngày"
    units = {
        TermUnit.WORKING_DAY: "ngày làm việc",
        TermUnit.CALENDAR_DAY: "ngày",
        TermUnit.MONTH: "tháng",
        TermUnit.HOUR: "giờ làm việc",
    }
    return f"{length.value:02d} {units[length.unit]}"


def breakable(text: str, unbroken: int = UNBROKEN) -> str:
    """The text with a place to break in every run of letters too long for a line, so that none is clipped."""
    long_word = re.compile(rf"\S{{{unbroken + 6},}}")
    return long_word.sub(lambda run: _cut(run[0], unbroken), text)


def _cut(run: str, unbroken: int) -> str:
    pieces = [run[start : start + unbroken] for start in range(0, len(run), unbroken)]
    return ZERO_WIDTH_SPACE.join(pieces)


def unbroken(number: str) -> str:
    """A telephone number that stays on one line."""
    return number.replace(" ", "\u00a0")
