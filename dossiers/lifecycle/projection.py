"""The present state of a dossier, derived from its events: the columns of Dossier are copies of this."""

from collections.abc import Sequence
from datetime import datetime

from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import ENDED, Dossier, Event
from dossiers.workflow.rules.statuses import Status

DERIVED = (
    "step", "status", "holding_agency_id", "assignee_id", "paused_since", "due_at", "extended_to",
    "citizen_due_at", "supplement_requests", "finished_at", "closed_at", "ended_at", "pauses", "last_act_at",
    "last_sequence",
)  # fmt: skip


def replay(dossier: Dossier, events: Sequence[Event]) -> None:
    """Set every derived column of this dossier from all its events, in order. Saves nothing.

    An act that a later one takes back leaves no trace in the state; it stays in history.
    """
    replay_state(dossier, events)
    dossier.due_at = due_dates.promised_date(dossier, events)


def replay_state(dossier: Dossier, events: Sequence[Event]) -> None:
    """`replay` without the due date, which alone needs a calendar."""
    held = due_dates.effective_events(events)
    last = held[-1]
    dossier.step = last.to_step
    dossier.status = last.status
    dossier.holding_agency = last.holder
    dossier.assignee = last.assignee
    dossier.last_sequence = events[-1].sequence
    dossier.last_act_at = events[-1].at
    dossier.paused_since = _paused_since(held)
    dossier.supplement_requests = _supplement_requests(held)
    dossier.finished_at = _since(held, {Status.DONE, Status.RETURNED})
    dossier.closed_at = _since(held, {status for status in Status if status.is_closed})
    dossier.ended_at, dossier.pauses = _work(held)
    dossier.citizen_due_at = _citizen_due_at(held)
    extended = [
        event.extended_to for event in held if event.extended_to is not None or event.clock == "restart"
    ]
    dossier.extended_to = extended[-1] if extended else None


def _paused_since(events: Sequence[Event]) -> datetime | None:
    since: datetime | None = None
    for event in events:
        if event.clock == "pause":
            since = since or event.at
        elif event.clock in ("resume", "restart", "close"):
            since = None
    return since


def _supplement_requests(events: Sequence[Event]) -> int:
    """How often papers were asked for. Coming back to that status by a correction asks for nothing."""
    before, count = None, 0
    for event in events:
        asked = event.status == Status.SUPPLEMENT_REQUIRED != before
        if asked and event.undoes is None and event.kind != "correct":
            count += 1
        before = event.status
    return count


def _since(events: Sequence[Event], statuses: set[Status]) -> datetime | None:
    """When the dossier came into these statuses for good; None when it is not in them now."""
    since: datetime | None = None
    for event in events:
        since = (since or event.at) if event.status in statuses else None
    return since


def _work(events: Sequence[Event]) -> tuple[datetime | None, list[datetime]]:
    """When the dossier ended, by its result before its handing over; and when the clock stopped and ran again by
    turns up to then. An odd number of moments: it ended in a pause, or stands in one."""
    worked = len(events)
    while worked and events[worked - 1].status in ENDED:
        worked -= 1
    pauses = list[datetime]()
    for event in events[:worked]:
        if event.clock != "none" and (event.clock == "pause") is (len(pauses) % 2 == 0):
            pauses.append(event.at)
    # A result counts before its handing over, and either before a stop.
    ends = sorted(
        (event.status != Status.DONE, event.status != Status.RETURNED, event.at) for event in events[worked:]
    )
    return (ends[0][-1] if ends else None), pauses


def _citizen_due_at(events: Sequence[Event]) -> datetime | None:
    for event in reversed(events):
        if not Status(event.status).waits_for_citizen:
            return None
        if event.citizen_due_at is not None:
            return event.citizen_due_at
    return None
