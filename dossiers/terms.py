"""From events to a due date: the derived date of law 6, always computed from the same facts."""

from collections.abc import Iterable
from datetime import datetime

from dossiers.models import Dossier, Event
from dossiers.rules import deadlines
from dossiers.rules.calendar import CUTOFF_TIME, WorkCalendar
from dossiers.rules.deadlines import Deadline, Pause, Term, TermUnit
from procedures.models import ProcedureVersion


def term_of(version: ProcedureVersion) -> Term | None:
    """The term under which a dossier was received; None when none is known: nothing is invented."""
    if not version.term_unit or (not version.term_value and version.term_unit != TermUnit.SAME_DAY):
        return None
    return Term(version.term_value or 0, TermUnit(version.term_unit))


def counting_start(received_at: datetime, *, at_support_point: bool, calendar: WorkCalendar) -> datetime:
    """When the term begins to count: with the competent agency (NĐ 309/2026 Đ.8.3).

    Papers taken in at a support point reach it the same working day, or at the opening of the next one when
    they came after 15:00 or on a closed day (Đ.9).
    """
    if not at_support_point:
        return received_at
    received_at = calendar.local(received_at)
    day = received_at.date()
    if not calendar.is_open_day(day):
        return calendar.opening(calendar.first_open_day(day))
    if received_at.time() > CUTOFF_TIME or received_at > calendar.closing(day):
        return calendar.opening(calendar.next_open_day(day))
    return received_at


def pauses_of(events: Iterable[Event]) -> tuple[list[Pause], datetime | None]:
    """Pauses and the last restart that these events of one dossier (in order) tell."""
    pauses: list[Pause] = []
    restarted: datetime | None = None
    for event in events:
        if event.clock == "pause" and (not pauses or pauses[-1].end is not None):
            pauses.append(Pause(event.at, None))
        elif event.clock in ("resume", "restart", "close") and pauses and pauses[-1].end is None:
            pauses[-1] = Pause(pauses[-1].start, event.at)
        if event.clock == "restart":
            restarted, pauses = event.at, []
    return pauses, restarted


def deadline_of(dossier: Dossier, events: Iterable[Event]) -> Deadline:
    """The due date of a dossier from its own events, procedure version and calendar version.

    `due` is None without a term and while a pause is open; the date promised before stands then.
    """
    pauses, restarted = pauses_of(events)
    return deadlines.compute(
        dossier.counted_from,
        term_of(dossier.procedure_version),
        dossier.calendar_version.calendar,
        pauses=pauses,
        restarted_at=restarted,
    )
