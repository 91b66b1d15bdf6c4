"""The dossiers that a demonstration province receives: procedure, day, and the status each is to reach.

Nothing is written here. Days are counted back from today, and chance is the caller's.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from dossiers.deadlines.models import CalendarVersion
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Procedure, ProcedureKind, TermUnit
from procedures.catalogue.search.search import most_filed
from tenants import clock
from tenants.organisation.models import Agency, working_desks

OLDEST_DAYS = 75
LONG_DAYS = 12
JUST_RECEIVED = 4
CONSENTS = 20
"""So many recipients agreed to notices and to news, over the pretended channel."""
LATE_SHARE = 0.04
"""Of those without a result yet, so many are late: each with an apology, a reason and a second date that passed as well."""
PROPOSALS = 2
"""So many wait for the leader's approval."""
MOST_OF_TERM = 0.7
"""Acts are done within so much of the term."""

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
        self._calendar = CalendarVersion.in_force().calendar
        self._all_desks = working_desks()
        handled = Procedure.objects.filter(handled=True, current_version__isnull=False)
        handled = handled.select_related("agency", "current_version").order_by("code")
        normal = handled.filter(kind=ProcedureKind.NORMAL)
        self._complaints = list(handled.filter(kind=ProcedureKind.COMPLAINT))
        self._usual = list(normal.filter(code__in=most_filed()))
        self._rest = list(normal.exclude(current_version__term_unit="")[:200])
        # With a term long enough to be late, short enough to show it; else any.
        self._middling = _middling(self._usual) or _middling(self._rest) or self._usual or self._rest

    def plans(self, total: int) -> list[Planned]:
        """All dossiers to receive, and the sample; the oldest first, so that codes of a day rise with its hours."""
        plans = [self._plan(number, total) for number in range(total)]
        still = [one for one in plans if not one.target.is_closed and one.target is not Status.DONE]
        fit = [one.number for one in still if one.target is Status.IN_PROGRESS]
        for number in fit[: max(1, round(LATE_SHARE * len(still)))]:
            procedure = self._chance.choice(self._middling)
            # Six working days past its first date, its second one is past as well.
            received = self._morning(self._open_day(-_working_days(procedure) - 6))
            desk = self._desk(procedure)
            plans[number] = replace(
                plans[number], procedure=procedure, desk=desk, received=received, late=True
            )
        # Complaints just received: a leader is asked to approve that they are taken up.
        young = [one.number for one in still if one.target is Status.RECEIVED]
        for number in young[:PROPOSALS] if self._complaints else ():
            procedure = self._chance.choice(self._complaints)
            plans[number] = replace(plans[number], procedure=procedure, desk=self._desk(procedure))
        return sorted([*plans, self._sample(total)], key=lambda plan: plan.received)

    def _sample(self, number: int) -> Planned:
        """The dossier of a first visit: ready to be fetched, with its result as a file, and notices."""
        received = datetime.combine(self._open_day(-3), time(8, 15), clock.VIETNAM)
        procedure = self._middling[0]
        desk = self._desk(procedure)
        return Planned(number, Status.DONE, procedure, desk, received, consents=True, is_sample=True)

    def _plan(self, number: int, total: int) -> Planned:
        # Chance decides, but in each status stands at least one: the youngest before those just received.
        target = self._chance.choices(list(SHARES), list(SHARES.values()))[0]
        place = number - (total - JUST_RECEIVED - len(SHARES))
        if place >= 0:
            target = [*SHARES, *[Status.RECEIVED] * JUST_RECEIVED][place]
        age = OLDEST_DAYS * ((total - number - 1) / total) ** 2
        if age > LONG_DAYS and not target.is_closed and self._chance.random() > 0.1:
            target = Status.RETURNED
        # An errand of the day itself is not open a day later.
        least = 2 if target in (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS) else 0
        procedure = self._procedure(number, least)
        if target.is_closed:
            day = (clock.now() - timedelta(days=max(age, 6))).date()
        else:
            is_new = place >= len(SHARES)
            most = 0 if is_new else min(10, int(MOST_OF_TERM * _working_days(procedure)))
            day = self._open_day(-self._chance.randint(0, most))
        # Two of three of the latest; the others are there to turn notices on for.
        consents = number >= total - CONSENTS * 3 // 2 and number % 3 != 0
        return Planned(
            number, target, procedure, self._desk(procedure), self._morning(day), consents=consents
        )

    def _procedure(self, number: int, least: int) -> Procedure:
        """Mostly a common errand, with a term of at least so many working days; each fifteenth a complaint."""
        if number % 15 == 4 and self._complaints:
            return self._chance.choice(self._complaints)
        often = self._usual and self._chance.random() < 0.7
        offered = self._usual if often else self._rest
        return self._chance.choice([one for one in offered if _working_days(one) >= least] or offered)

    def _desk(self, procedure: Procedure) -> Agency:
        level = Agency.Level.COMMUNE if "commune" in procedure.levels else Agency.Level.PROVINCE
        fit = [desk for desk in self._all_desks if desk.level == level]
        return self._chance.choice(fit or self._all_desks)

    def _open_day(self, away: int) -> date:
        return self._calendar.add_open_days(clock.today(), away)

    def _morning(self, day: date) -> datetime:
        """A moment in the morning of the last open day up to this one, never in the future."""
        while not self._calendar.is_open_day(day):
            day -= timedelta(days=1)
        start = datetime.combine(day, time(8), clock.VIETNAM)
        return min(start + timedelta(minutes=self._chance.randint(0, 180)), clock.now())


def _middling(offered: Iterable[Procedure]) -> list[Procedure]:
    return [
        one
        for one in offered
        if one.current_version and one.current_version.term_unit and 4 <= _working_days(one) <= 15
    ]


def _working_days(procedure: Procedure) -> int:
    """The term in working days, rounded down; a week where there is none."""
    version = procedure.current_version
    if version is None or not version.term_unit:
        return 5
    per_unit = {TermUnit.WORKING_DAY: 1.0, TermUnit.CALENDAR_DAY: 5 / 7, TermUnit.MONTH: 20.0}
    return int((version.term_value or 0) * per_unit.get(TermUnit(version.term_unit), 0))
