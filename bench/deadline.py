"""Due dates a second on one core: what a night's statistics and a change of calendar ask of the rules."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import process_time

from bench import Figure, Stage
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import (
    Deadline,
    Extension,
    Pause,
    Term,
    TermUnit,
    compute,
    working_days_left,
)
from dossiers.deadlines.rules.explanation import explain_text
from dossiers.lifecycle.due_dates import national_calendar

CASES = 20_000
SEED = 2026
FIRST = datetime(2025, 12, 1, tzinfo=UTC)
"""Half of the receipts come between here and the end of March, so that many terms run over Tết."""


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier as the engine is asked about it."""

    received: datetime
    term: Term
    pauses: tuple[Pause, ...]
    restarted_at: datetime | None
    extension: Extension | None

    def due(self, calendar: WorkCalendar) -> Deadline:
        return compute(
            self.received,
            self.term,
            calendar,
            pauses=self.pauses,
            restarted_at=self.restarted_at,
            extension=self.extension,
        )


def measure(stage: Stage) -> Iterable[Figure]:
    calendar = national_calendar()
    chance = random.Random(SEED)
    cases = [_case(chance) for _ in range(CASES)]
    answers = [case.due(calendar) for case in cases]
    due = [answer.due for answer in answers if answer.due]
    now = FIRST + timedelta(days=200)

    stage.say(f"{CASES} due dates, three times")
    counting = stage.seconds(lambda: [case.due(calendar) for case in cases], clock=process_time)
    yield Figure("due dates", CASES / counting, "1/s", bound=20_000)
    explaining = stage.seconds(lambda: [explain_text(answer) for answer in answers], clock=process_time)
    yield Figure("explanations", CASES / explaining, "1/s")
    looking = stage.seconds(
        lambda: [working_days_left(now, moment, calendar) for moment in due], clock=process_time
    )
    yield Figure("days left", len(due) / looking, "1/s")


def _case(chance: random.Random) -> Case:
    """A dossier as they come: mostly working days, one in four paused, some completed or re-appointed."""
    spread = 120 if chance.random() < 0.5 else 365
    received = FIRST + timedelta(days=chance.randrange(spread), minutes=chance.randrange(24 * 60))
    if chance.random() < 0.8:  # in office hours, which in UTC begin half past midnight
        received = received.replace(hour=chance.randrange(1, 10))
    events = chance.random()
    pauses: list[Pause] = []
    at = received
    for _ in range(0 if events < 0.75 else 1 if events < 0.95 else 2):
        start = at + timedelta(minutes=chance.randrange(6 * 24 * 60))
        at = start + timedelta(minutes=chance.randrange(15 * 24 * 60))
        pauses.append(Pause(start, None if chance.random() < 0.1 else at))
    restarted_at = at if pauses and chance.random() < 0.3 else None
    extension = None
    if chance.random() < 0.03:
        extension = Extension(received + timedelta(days=40), "Chờ ý kiến", received + timedelta(days=5))
    return Case(received, _term(chance), tuple(pauses), restarted_at, extension)


def _term(chance: random.Random) -> Term:
    kind = chance.random()
    if kind < 0.70:
        return Term(chance.choice((1, 2, 3, 3, 5, 5, 5, 7, 10, 15, 15, 20, 30)), TermUnit.WORKING_DAY)
    if kind < 0.80:
        return Term(0, TermUnit.SAME_DAY)
    if kind < 0.88:
        return Term(chance.choice((15, 30, 45, 60)), TermUnit.CALENDAR_DAY)
    if kind < 0.95:
        return Term(chance.randint(1, 6), TermUnit.MONTH)
    return Term(chance.choice((2, 4, 8, 24)), TermUnit.HOUR)
