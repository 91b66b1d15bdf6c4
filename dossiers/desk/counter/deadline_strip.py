"""The days from receipt to due date as a strip of boxes, for terms short enough to be seen at a glance."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from dossiers.rules.deadlines.calendar import WorkCalendar
from dossiers.rules.deadlines.terms import Deadline, TermUnit

LONGEST = 10


@dataclass(frozen=True)
class DayBox:
    """One day: its weekday and number as shown, what it counts as, and how it looks (start, day, off, due)."""

    weekday: str
    number: int
    words: str
    look: str


def day_strip(deadline: Deadline, calendar: WorkCalendar) -> list[DayBox]:
    """A box for each day; empty for terms that are not counted in working days, or are too long for a strip."""
    if deadline.term is None or deadline.term.unit is not TermUnit.WORKING_DAY or deadline.due is None:
        return []
    first, last = deadline.counted_from.date(), deadline.due.date()
    if (last - first).days >= LONGEST:
        return []
    boxes, counted = [], 0
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        open_ = calendar.is_open_day(day)
        counted += offset > 0 and open_
        boxes.append(_box(day, counted, is_first=offset == 0, is_last=day == last, is_open=open_))
    return boxes


def _box(day: date, counted: int, *, is_first: bool, is_last: bool, is_open: bool) -> DayBox:
    if is_first:
        words, look = _("nhận"), "start"
    elif not is_open:
        words, look = _("nghỉ"), "off"
    else:
        words, look = _("ngày %(n)d") % {"n": counted}, "due" if is_last else "day"
    return DayBox(formats.date_format(day, "D"), day.day, words, look)
