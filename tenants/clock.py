"""The one place that knows what time it is for received, due and code dates.

Leases and retries do not ask here: they use the database's clock, so that a server with a wrong clock
cannot send twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """The present moment, aware, in Asia/Ho_Chi_Minh; the frozen one inside `frozen()`."""
    return _frozen.get() or datetime.now(VIETNAM)


def today() -> date:
    return now().date()


def beginning(day: date) -> datetime:
    """Midnight in Viet Nam, with which this day begins."""
    return datetime.combine(day, time.min, VIETNAM)


def in_words(moment: datetime) -> str:
    """A moment in Viet Nam as people read it: 07:30 01/12/2026."""
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Inside the block `now()` answers `moment` (aware): for tests and for made-up demo history."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware moment")
    token = _frozen.set(moment.astimezone(VIETNAM))
    try:
        yield
    finally:
        _frozen.reset(token)
