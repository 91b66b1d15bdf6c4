"""How dates, moments and free text stand in a Vietnamese sentence: the weekday with every promised date."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dossiers.deadlines.rules.calendar import WEEKDAYS
from dossiers.deadlines.rules.deadlines import Term
from tenants import clock

NO_BREAK = "\u00a0"


def local(at: datetime) -> datetime:
    return at.astimezone(clock.VIETNAM)


def weekday(at: datetime) -> str:
    """thứ Sáu"""
    return _(WEEKDAYS[local(at).weekday()]).replace(" ", NO_BREAK)


_SHORT_WEEKDAYS = (
    gettext_noop("T2"),
    gettext_noop("T3"),
    gettext_noop("T4"),
    gettext_noop("T5"),
    gettext_noop("T6"),
    gettext_noop("T7"),
    gettext_noop("CN"),
)


def short_weekday(on: date) -> str:
    """T6, as calendars head their columns."""
    return _(_SHORT_WEEKDAYS[on.weekday()])


def day(at: datetime) -> str:
    """11/12/2026"""
    return f"{local(at):%d/%m/%Y}"


def hour(at: datetime) -> str:
    """17:00"""
    return f"{local(at):%H:%M}"


def full(at: datetime) -> str:
    """08:12, thứ Năm 19/11/2026, without a break between weekday and date."""
    return f"{hour(at)}, {weekday(at)}{NO_BREAK}{day(at)}"


def moment(at: datetime) -> str:
    """16:30, 08/12/2026 in Vietnamese time."""
    return f"{at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"


def sentence(text: str) -> str:
    """The clerk's words as a closed sentence."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."


def term(length: Term) -> str:
    """15 ngày làm việc"""
    n = length.value
    return {
        "working_day": ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", n),
        "calendar_day": ngettext("%(n)d ngày", "%(n)d ngày", n),
        "month": ngettext("%(n)d tháng", "%(n)d tháng", n),
        "hour": ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", n),
        "same_day": _("trong ngày"),
    }[str(length.unit)] % {"n": n}
