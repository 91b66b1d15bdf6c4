"""From events to a due date, always computed from the same facts; the calendars for counting without a dossier."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import yaml

from dossiers.deadlines import wording
from dossiers.deadlines.rules import deadlines
from dossiers.deadlines.rules.calendar import NATIONAL_CALENDAR, WorkCalendar
from dossiers.deadlines.rules.deadlines import Deadline, Extension, Pause, Promise, Term, TermUnit
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.wording import term_line


def first_term(dossier: Dossier) -> Term | None:
    """The term that runs from receipt: the workflow's own (a complaint is first accepted or refused), or else the
    procedure's; None when none is known: nothing is invented."""
    version, own = dossier.procedure_version, dossier.workflow_version.workflow.term
    if own or not version.term_unit or (not version.term_value and version.term_unit != TermUnit.SAME_DAY):
        return own
    return Term(version.term_value or 0, TermUnit(version.term_unit))


def term_in_words(dossier: Dossier) -> str:
    """The same in words; where no date can be counted, what the procedure's public page says of the term."""
    term, version = first_term(dossier), dossier.procedure_version
    return wording.term(term) if term else term_line(None, "", version.term_note)


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
    if received_at.time() > calendar.cutoff(day)[1] or received_at > calendar.closing(day):
        return calendar.opening(calendar.next_open_day(day))
    return received_at


def effective_events(events: Sequence[Event]) -> list[Event]:
    """The acts that hold: those that no later one takes back."""
    undone = {event.undoes for event in events if event.undoes is not None}
    return [event for event in events if event.sequence not in undone]


_BEFORE_ACCEPTANCE = (Status.NEW, Status.SUPPLEMENT_REQUIRED, *(one for one in Status if one.is_stopped))


def acceptance(dossier: Dossier, events: Sequence[Event]) -> Event | None:
    """The act with which the desk took the dossier in, of all its events in order; None for a filing that it has not
    accepted, or whose acceptance was corrected away: no day is promised for that one."""
    found = None
    for event in effective_events(events):
        if event.status == Status.NEW or (event.kind == "correct" and _leads_to_new(dossier, event.to_step)):
            found = None
        # An old system tells no more than what it went on with.
        elif event.status not in _BEFORE_ACCEPTANCE or (event.legacy and event.status != Status.NOT_ACCEPTED):
            found = found or event
    return found


def _leads_to_new(dossier: Dossier, step: str) -> bool:
    workflow = dossier.workflow_version.workflow
    return any(workflow.steps[way.target].status is Status.NEW for way in workflow.transitions_from(step))


def accepted_at(dossier: Dossier, events: Sequence[Event]) -> datetime | None:
    """When that act was; by an old system, when it received the dossier."""
    act = acceptance(dossier, events)
    if act is None:
        return None
    return dossier.received_at if act.legacy or act.sequence == 1 else act.at


def is_accepted(dossier: Dossier) -> bool:
    """The same without events at hand: the status says it, or else one statement finds it."""
    if dossier.status_enum not in _BEFORE_ACCEPTANCE or dossier.status_enum is Status.NEW:
        return dossier.status_enum is not Status.NEW
    events = dossier.events.only("sequence", "kind", "to_step", "status", "undoes", "legacy")
    return acceptance(dossier, list(events.order_by("sequence"))) is not None


def deadline_of(
    dossier: Dossier, events: Sequence[Event], *, calendar: WorkCalendar | None = None
) -> Deadline:
    """The due date of a dossier from its own events (in order), procedure version and calendar version.

    With `calendar`, what it would be under that one instead. `due` is None without a term and while a pause
    is open; the date promised before stands then.
    """
    term, restarted, pauses = first_term(dossier), None, list[Pause]()
    extension: Extension | None = None
    promise: Promise | None = None
    for event in effective_events(events):
        if event.clock == "pause" and (not pauses or pauses[-1].end is not None):
            pauses.append(Pause(event.at, None))
        elif event.clock in ("resume", "restart", "close") and pauses and pauses[-1].end is None:
            pauses[-1] = Pause(pauses[-1].start, event.at)
        if event.clock == "restart":
            restarted, pauses, extension = event.at, [], None
            if event.term_unit:
                term = Term(event.term_value or 0, TermUnit(event.term_unit))
        if event.extended_to is not None:
            extension = Extension(event.extended_to, event.note.text if event.note else "", event.at)
        if event.promised_to is not None:
            promise = Promise(event.promised_to, event.at)
    return deadlines.compute(
        dossier.counted_from,
        term,
        calendar or dossier.calendar_version.calendar,
        pauses=pauses,
        restarted_at=restarted,
        extension=extension,
        promise=promise,
    )


def promised_date(
    dossier: Dossier, events: Sequence[Event], *, calendar: WorkCalendar | None = None
) -> datetime | None:
    """The date that stands for the citizen: the counted one, or while the count is suspended or over, the
    one that stood before that. With `calendar`, under that one instead of the dossier's own."""
    return deadline_of(dossier, _before_stop(events), calendar=calendar).due


def explained(dossier: Dossier, events: Sequence[Event]) -> Deadline:
    """The due date as shown to people: with the suspension while the count is suspended; after the count has
    ended, as it was promised until then."""
    return deadline_of(dossier, events if dossier.paused_since else _before_stop(events))


def _before_stop(events: Sequence[Event]) -> list[Event]:
    """The acts that hold before the clock came to stand, where it does not run."""
    held = effective_events(events)
    while True:
        last = next((n for n in reversed(range(len(held))) if held[n].clock != "none"), None)
        if last is None or held[last].clock not in ("pause", "close"):
            return held
        held = held[:last]


@cache
def national_calendar() -> WorkCalendar:
    """Days off and make-up days as announced (sources in the file), common office hours, no 15:00 rule."""
    return WorkCalendar.from_data(yaml.safe_load(NATIONAL_CALENDAR.read_text(encoding="utf-8")))
