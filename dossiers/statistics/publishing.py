"""The figures as everybody may ask for them: counted ahead where that is done, else at most once a quarter-hour.

Counting a year reads a year's events, so one network address may cause only so many counts; what is already
counted costs nothing.
"""

from datetime import date, timedelta

from django.core.cache import cache
from django.utils import translation
from django.utils.translation import gettext as _

from dossiers import budget
from dossiers.statistics.counting import DIMENSIONS, figures
from dossiers.statistics.periods import Period, month_end
from dossiers.statistics.results import Figures
from dossiers.statistics.snapshots import snapshot
from tenants import clock

GROUPINGS = (*DIMENSIONS, "month")
KEPT_SECONDS = 15 * 60
MOST_DAYS = 366
EARLIEST = date(2000, 1, 1)
COUNTS_PER_ADDRESS = 20
COUNTS_PER_PROVINCE = 200


class NoSuchPeriod(Exception):
    """Nothing is published for these days. `end` is "first" or "last", whichever is wrong."""

    def __init__(self, end: str, sentence: str) -> None:
        super().__init__(sentence)
        self.end = end


class TooManyCounts(Exception):
    """Too many different questions from this address, or to this province. `retry_after` is in seconds."""

    retry_after = budget.WINDOW_SECONDS


def period(first: date | None, last: date | None) -> tuple[date, date]:
    """The days that are meant: without any the running month, without a last day up to today, without a first
    day the month up to the last. Raises NoSuchPeriod when that is no period to publish."""
    today = clock.today()
    if first is None and last is None:
        return today.replace(day=1), month_end(today)
    last = last or today
    first = first or last.replace(day=1)
    if not EARLIEST <= first <= today:
        sentence = _("Ngày đầu phải từ %(earliest)s đến hôm nay.")
        raise NoSuchPeriod("first", sentence % {"earliest": f"{EARLIEST:%d/%m/%Y}"})
    if last < first:
        raise NoSuchPeriod("last", _("Ngày cuối không được trước ngày đầu."))
    if last - first >= timedelta(days=MOST_DAYS):
        sentence = _("Mỗi lần hỏi nhiều nhất %(days)d ngày. Xin chia nhỏ.")
        raise NoSuchPeriod("last", sentence % {"days": MOST_DAYS})
    return first, last


def published(first: date, last: date, *, by: str | None = None, asked_from: str) -> Figures:
    """The figures of procedures for a period that `period` has let pass; names are in Vietnamese.

    `by` is one of GROUPINGS. `until` of what is returned says how fresh it is. Raises TooManyCounts.
    """
    found = _counted_ahead(first, last, by)
    if found is not None:
        return found
    name = f"statistics:{first}:{last}:{by or ''}"
    kept = _kept(name)
    if kept is not None:
        return Figures.from_dict(kept)
    limits = {
        f"count:from:{budget.block(asked_from)}": COUNTS_PER_ADDRESS,
        "count:province": COUNTS_PER_PROVINCE,
    }
    if budget.used_up(limits):
        raise TooManyCounts
    budget.charge(limits)
    with translation.override("vi"):
        found = figures(first, last, by=by)
    _keep(name, found)
    return found


def _counted_ahead(first: date, last: date, by: str | None) -> Figures | None:
    """The snapshot, for a whole day or month."""
    if by == "month":
        return None
    if first.day == 1 and last == month_end(first):
        return snapshot(Period("month", first), by)
    if first == last and by != "procedure":
        return snapshot(Period("day", first), by)
    return None


def _kept(name: str) -> dict[str, object] | None:
    try:
        found: dict[str, object] | None = cache.get(name)
    except Exception:  # without the cache every question is counted, on a smaller budget
        return None
    return found


def _keep(name: str, found: Figures) -> None:
    try:
        cache.set(name, found.as_dict(), KEPT_SECONDS)
    except Exception:  # see above
        return
