"""The dossiers that a demonstration province receives: procedure, day, and the status each is to reach.

Nothing is written here. Days are counted back from today, and chance is the caller's.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import QuerySet

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Procedure, ProcedureKind, TermUnit
from procedures.catalogue.search.search import most_filed
from tenants import clock
from tenants.organisation.models import Agency

OLDEST_DAYS = 75
LONG_DAYS = 12
STILL_OPEN = 0.1
"""Of those received longer ago, so many are still not settled."""
JUST_RECEIVED = 4
CONSENTS = 20
"""So many recipients agreed to notices and to news, over the pretended channel."""
LATE_SHARE = 0.04
"""Of those without a result yet, so many are late: each with an apology, a reason and a second date that passed as well."""
MOST_OF_TERM = 0.7
"""Acts are done within so much of the term."""
RUNNING = (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS)
LEAST_TERM_OF_OPEN = 2
"""Working days: an errand of the day itself is not open a day later."""
MIDDLING_TERMS = (4, 15)
"""Working days."""
LONGEST_OPEN = 10
"""Working days since an open dossier was received, at most."""
AGE_OF_LATE = 6
"""Working days by which a late dossier is older than its term."""
LEAST_AGE_OF_CLOSED = 6
USUAL_SHARE = 0.7
SAMPLE_AGE = 3
"""Working days since the sample was received."""

# How many of a hundred dossiers stand in which status.
SHARES = {
    Status.NEW: 5,
    Status.RECEIVED: 12,
    Status.NOT_ACCEPTED: 3,
    Status.IN_PROGRESS: 26,
    Status.SUPPLEMENT_REQUIRED: 7,
    Status.PAYMENT_REQUIRED: 5,
    Status.WITHDRAWN: 3,
    Status.STOPPED: 3,
    Status.DONE: 12,
    Status.RETURNED: 24,
}


@dataclass(frozen=True)
class Planned:
    """A dossier before it is received."""

    number: int
    target: Status
    procedure: Procedure
    desk: Agency
    received: datetime
    consents: bool = False
    late: bool = False
    is_sample: bool = False


class Planner:
    """Makes plans for the present province, whose procedures and desks it reads once."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def plans(self, total: int) -> list[Planned]:
        """All dossiers to receive, and the sample; the oldest first, so that codes of a day rise with its hours."""
        plans = [self._plan(number, total) for number in range(total)]
        still = [
            place
            for place, plan in enumerate(plans)
            if not plan.target.is_closed and plan.target is not Status.DONE
        ]
        fit = [place for place in still if plans[place].target is Status.IN_PROGRESS]
        for place in fit[: max(1, round(LATE_SHARE * len(still)))]:
            plans[place] = self._late(plans[place])
        return sorted([*plans, self._sample(total)], key=lambda plan: plan.received)

    def _sample(self, number: int) -> Planned:
        """The dossier of a first visit: ready to be fetched, with its result as a file, and notices."""
        day = self._calendar.add_open_days(clock.today(), -SAMPLE_AGE)
        received = datetime.combine(day, time(8, 15), clock.VIETNAM)
        procedure = self._middling[0]
        desk = self._desks(procedure)[0]
        return Planned(number, Status.DONE, procedure, desk, received, consents=True, is_sample=True)

    def _plan(self, number: int, total: int) -> Planned:
        target = self._target(number, total)
        age = OLDEST_DAYS * ((total - number - 1) / total) ** 2
        if age > LONG_DAYS and not target.is_closed and self._chance.random() > STILL_OPEN:
            target = Status.RETURNED
        just_received = number >= total - JUST_RECEIVED
        if just_received:
            target = Status.RECEIVED
        procedure = self._procedure(number, LEAST_TERM_OF_OPEN if target in RUNNING else 0)
        if target.is_closed:
            day = (clock.now() - timedelta(days=max(age, LEAST_AGE_OF_CLOSED))).date()
        else:
            most = 0 if just_received else min(LONGEST_OPEN, int(MOST_OF_TERM * _working_days(procedure)))
            day = self._calendar.add_open_days(clock.today(), -self._chance.randint(0, most))
        desk = self._chance.choice(self._desks(procedure))
        # Two of three of the latest; the others are there to turn notices on for.
        consents = number >= total - CONSENTS * 3 // 2 and number % 3 != 0
        return Planned(number, target, procedure, desk, self._morning(day), consents=consents)

    def _late(self, plan: Planned) -> Planned:
        """The same, received so long ago that its second date is past."""
        procedure = self._chance.choice(self._middling)
        day = self._calendar.add_open_days(clock.today(), -_working_days(procedure) - AGE_OF_LATE)
        desk = self._chance.choice(self._desks(procedure))
        return replace(plan, procedure=procedure, desk=desk, received=self._morning(day), late=True)

    def _target(self, number: int, total: int) -> Status:
        """Chance decides, but in each status stands at least one: the youngest before those just received."""
        drawn = self._chance.choices(list(SHARES), list(SHARES.values()))[0]
        place = number - (total - JUST_RECEIVED - len(SHARES))
        return list(SHARES)[place] if 0 <= place < len(SHARES) else drawn

    def _procedure(self, number: int, least: int) -> Procedure:
        """Mostly a common errand, with a term of at least so many working days; each fifteenth a complaint."""
        if number % 15 == 4 and self._complaints:
            return self._chance.choice(self._complaints)
        often = self._usual and self._chance.random() < USUAL_SHARE
        offered = self._usual if often else self._rest
        return self._chance.choice([one for one in offered if _working_days(one) >= least] or offered)

    def _desks(self, procedure: Procedure) -> list[Agency]:
        """Desks of the level that the procedure is for."""
        level = Agency.Level.COMMUNE if "commune" in procedure.levels else Agency.Level.PROVINCE
        return [desk for desk in self._all_desks if desk.level == level] or self._all_desks

    def _morning(self, day: date) -> datetime:
        """A moment in the morning of the last open day up to this one, never in the future."""
        while not self._calendar.is_open_day(day):
            day -= timedelta(days=1)
        start = datetime.combine(day, time(8), clock.VIETNAM)
        return min(start + timedelta(minutes=self._chance.randint(0, 180)), clock.now())

    @cached_property
    def _calendar(self) -> WorkCalendar:
        return CalendarVersion.in_force().calendar

    @cached_property
    def _all_desks(self) -> list[Agency]:
        desks = Agency.objects.filter(is_desk=True, dissolved_on=None)
        return list(desks.select_related("parent").order_by("code"))

    @cached_property
    def _complaints(self) -> list[Procedure]:
        return list(_handled(ProcedureKind.COMPLAINT))

    @cached_property
    def _usual(self) -> list[Procedure]:
        return list(_handled(ProcedureKind.NORMAL).filter(code__in=most_filed()))

    @cached_property
    def _rest(self) -> list[Procedure]:
        return list(_handled(ProcedureKind.NORMAL).exclude(current_version__term_unit="")[:200])

    @cached_property
    def _middling(self) -> list[Procedure]:
        """Common errands with a term of days, long enough to be late, short enough to show it; else any."""
        shortest, longest = MIDDLING_TERMS
        usual, rest = (
            [one for one in offered if _has_term(one) and shortest <= _working_days(one) <= longest]
            for offered in (self._usual, self._rest)
        )
        return usual or rest or self._usual or self._rest


def _handled(kind: str) -> QuerySet[Procedure]:
    handled = Procedure.objects.filter(handled=True, current_version__isnull=False, kind=kind)
    return handled.select_related("agency", "current_version").order_by("code")


def _has_term(procedure: Procedure) -> bool:
    return bool(procedure.current_version and procedure.current_version.term_unit)


def _working_days(procedure: Procedure) -> int:
    """The term in working days, rounded down; a week where there is none."""
    version = procedure.current_version
    if version is None or not version.term_unit:
        return 5
    per_unit = {TermUnit.WORKING_DAY: 1.0, TermUnit.CALENDAR_DAY: 5 / 7, TermUnit.MONTH: 20.0}
    return int((version.term_value or 0) * per_unit.get(TermUnit(version.term_unit), 0))
