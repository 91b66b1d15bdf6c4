"""What a due date is made of: the term, what stopped it, what moved it, and what came out."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from dossiers.rules import RuleError, gettext_noop
from dossiers.rules.deadlines.calendar_data import CUTOFF_TIME

LONGEST_TERM = 3650


class TermError(RuleError):
    """A term that cannot be counted."""


class TermUnit(StrEnum):
    """In what a term is measured."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    HOUR = "hour"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True)
class Term:
    """A term for settling. `value` counts units from 1 to 3,650; for SAME_DAY it means nothing (0 is usual).

    Raises TermError for other values.
    """

    value: int
    unit: TermUnit

    def __post_init__(self) -> None:
        if self.unit is not TermUnit.SAME_DAY and not 1 <= self.value <= LONGEST_TERM:
            raise TermError(
                gettext_noop("Thời hạn phải từ 1 đến %(longest)s, không phải %(value)s."),
                longest=LONGEST_TERM,
                value=self.value,
            )


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still in [start, end); `end` None means that it still does."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The one re-appointment: a new date with its reason; the day of `due` counts, up to closing.

    With `decided_at`, pauses after that moment move the new date too; without it, those after the earlier
    due date do.
    """

    due: datetime
    reason: str
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A date that another system printed on a receipt, and the moment since which we keep it: it stands as
    it is, earlier or later than the term would give, moved only by pauses after `since`."""

    due: datetime
    since: datetime


class Rule(StrEnum):
    """The rules that shaped a due date, in the order in which they are explained."""

    NO_TERM = "no_term"
    PROMISED = "promised"
    AT_NEXT_OPENING = "at_next_opening"
    AFTER_CUTOFF = "after_cutoff"
    SAME_DAY_AFTER_CUTOFF = "same_day_after_cutoff"
    RESTARTED = "restarted"
    FIRST_DAY_NOT_COUNTED = "first_day_not_counted"
    MONTH_END = "month_end"
    LAST_DAY_CLOSED = "last_day_closed"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    EXTENDED = "extended"
    CALENDAR_UNKNOWN = "calendar_unknown"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date and how it came about. All moments are in the calendar's zone, to the minute.

    `due` is None in two cases: `term` is None (nothing is prescribed, nothing is ever late), or
    `suspended_since` is set (a pause that began before the term was used up has not ended, so the date is
    not known; the date promised before is shown as suspended). A pause that began after the term was used
    up suspends nothing, so the date stands and the dossier may be late.

    `counted_from` is the moment at which the receipt counts as made. `holidays` are the named days off and
    `rest_days` the weekdays (ISO numbers) that were passed over, `makeup_days` the ones that were worked
    instead. `last_day` is the closed day on which calendar days or months ran out, if they did on one. `cutoff`
    is the time of day that the 15:00 rule named on the day of receipt.
    """

    term: Term | None
    received: datetime
    counted_from: datetime
    due: datetime | None
    rules: tuple[Rule, ...]
    pauses: tuple[Pause, ...] = ()
    suspended_since: datetime | None = None
    restarted_at: datetime | None = None
    extension: Extension | None = None
    holidays: tuple[tuple[date, str], ...] = ()
    rest_days: frozenset[int] = frozenset()
    makeup_days: tuple[date, ...] = ()
    last_day: date | None = None
    last_day_holiday: str = ""
    unknown_year: int | None = None
    cutoff: time = CUTOFF_TIME

    @property
    def is_suspended(self) -> bool:
        """Whether the due date waits for a pause to end."""
        return self.suspended_since is not None
