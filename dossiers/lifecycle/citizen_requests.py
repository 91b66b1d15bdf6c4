"""What a waiting dossier asks of its citizen, papers, answers or money, and what is lacking of it: told from here at
every door.

A request holds from the act that asked. A correction of the status back into waiting lets the request before it stand
once more, as a whole: what came until then did not do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from dossiers.lifecycle import document_checklist, due_dates
from dossiers.lifecycle.intake import MAX_PAPER
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import BESIDE


@dataclass(frozen=True)
class CitizenRequest:
    """`asked` is the act that asked, with its note; `since` the act from which on the request stands, `asked` itself or
    a later correction; `parts` are the acts by which something came since."""

    dossier: Dossier
    asked: Event
    since: Event
    parts: tuple[Event, ...]

    @property
    def lines(self) -> list[str]:
        """What was asked for, as the desk wrote it: papers, and answers to correct."""
        return list(self.asked.note.data.get("papers", [])) if self.asked.note else []

    @property
    def amount(self) -> int:
        """The sum asked for, in đồng; 0 for none."""
        return int(self.asked.note.data.get("amount", 0)) if self.asked.note else 0

    @property
    def payee(self) -> str:
        """Who collects the sum; "" where the desk named nobody."""
        return str(self.asked.note.data.get("payee", "")) if self.asked.note else ""

    @cached_property
    def lacking(self) -> list[str]:
        """The lines that have not come, or whose papers the desk took away. One statement once a part came."""
        if not self.parts:
            return self.lines
        last = self.parts[-1].note
        left = last.data["lacking"] if last else self.lines
        return [line for line in self.lines if line in left or self._was_taken_away(line)]

    def has_paper(self, line: str) -> bool:
        """Whether the paper of this line came and is still there."""
        return bool(self.parts) and None in self._came(line)

    def answered_by(self, line: str, papers: Iterable[str]) -> list[str]:
        """Those of these papers that answer this line, whatever the desk added to their name. What is a line itself
        answers no other."""
        lines = {one[:MAX_PAPER] for one in self.lines}
        return [
            paper
            for paper in papers
            if paper == line[:MAX_PAPER]
            or (paper and paper not in lines and document_checklist.is_of(line, paper))
        ]

    def _was_taken_away(self, line: str) -> bool:
        came = self._came(line)
        return bool(came) and None not in came

    def _came(self, line: str) -> list[datetime | None]:
        return [self._brought[paper] for paper in self.answered_by(line, self._brought)]

    @cached_property
    def _brought(self) -> dict[str, datetime | None]:
        """When each paper that came was taken away; None for one that is there."""
        files = self.dossier.attachments.filter(sequence__in=[part.sequence for part in self.parts])
        return dict(files.order_by("removed_at").values_list("paper", "removed_at"))

    @property
    def is_whole(self) -> bool:
        """Whether something was asked for, and all of it came."""
        return bool(self.parts) and not self.lacking


def standing(dossier: Dossier, events: Sequence[Event] | None = None) -> CitizenRequest | None:
    """The request for which a dossier waits now; None while it waits for no citizen.

    `events` are all of the dossier's with their notes, in order; without them one statement reads them.
    """
    if not dossier.status_enum.waits_for_citizen:
        return None
    events = events_of(dossier) if events is None else events
    held = due_dates.effective_events(events)
    since = next((event for event in reversed(held) if _moves(event)), None)
    return _standing_since(dossier, events, since) if since else None


def standing_since(dossier: Dossier, sequence: int, events: Sequence[Event]) -> CitizenRequest:
    """The request that stood since this act, be it answered or taken back by now; `events` as for `standing`."""
    return _standing_since(dossier, events, next(one for one in events if one.sequence == sequence))


def asked_before(events: Iterable[Event], status: Status) -> Event | None:
    """The last of these acts that asked the citizen for what is waited for at this status."""
    acts = (event for event in events if event.status == status and _moves(event))
    return next((event for event in reversed(list(acts)) if event.kind != "correct"), None)


def events_of(dossier: Dossier) -> list[Event]:
    """All events of a dossier with what a request is told from. One statement."""
    return list(dossier.events.select_related("note", "actor", "agency").order_by("sequence"))


def _standing_since(dossier: Dossier, events: Sequence[Event], since: Event) -> CitizenRequest:
    asked: Event | None = since
    if since.kind == "correct":
        before = due_dates.effective_events([one for one in events if one.sequence < since.sequence])
        asked = asked_before(before, Status(since.status))
    parts = list[Event]()
    for event in due_dates.effective_events(events):
        if event.sequence > since.sequence:
            if event.note and "lacking" in event.note.data:
                parts.append(event)
            if _moves(event):
                break
    return CitizenRequest(dossier, asked or since, since, tuple(parts))


def _moves(event: Event) -> bool:
    """Whether this act led to a step, and did not only take another one back."""
    return event.undoes is None and (event.kind not in BESIDE or event.to_step != event.from_step)
