"""Acts beside the workflow: who may do them at all, and which are worth offering to somebody now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dossiers.lifecycle import event_journal, permissions
from dossiers.models import Dossier, Event
from dossiers.services.corrections import RECALL_WITHIN, can_recall, times_extended
from messaging import phone_numbers
from messaging.outbox import enqueue
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_at


def _acts_for_it(dossier: Dossier, actor: User) -> bool:
    return permissions.agency_for(event_journal.WORKING, permissions.rights(dossier, actor)) is not None


def _settles(dossier: Dossier, actor: User) -> bool:
    held = roles_at(actor, [dossier.competent_agency_id])
    return not held.isdisjoint({Role.SPECIALIST, Role.LEADER})


def _at_desk(dossier: Dossier, actor: User) -> bool:
    return permissions.at_desk(dossier, actor) is not None


_RIGHT_TO: dict[str, Callable[[Dossier, User], bool]] = {
    "assign": _settles,
    "apologise": permissions.is_leader,
    "recall": _acts_for_it,
    "correct": permissions.is_leader,
    "consent": permissions.works_on,
    "reissue": _at_desk,
}


def may(kind: str, dossier: Dossier, actor: User) -> bool:
    """Whether this person has the right to an act beside the workflow, whatever the dossier's state."""
    return _RIGHT_TO[kind](dossier, actor)


def offered(dossier: Dossier, events: Sequence[Event], actor: User) -> list[str]:
    """The acts beside the workflow that this person may try now. `events` are all of the dossier's."""
    leads, open_ = permissions.is_leader(dossier, actor), dossier.closed_at is None
    found = {
        "assign": leads and open_,
        "apologise": leads
        and dossier.due_at is not None
        and clock.now() < dossier.due_at
        and not times_extended(events)
        and dossier.kind == Dossier.Kind.NORMAL
        and dossier.paused_since is None
        and dossier.finished_at is None,
        "correct": leads,
        "consent": permissions.works_on(dossier, actor)
        and bool(phone_numbers.MOBILE.match(dossier.recipient.phone)),
    }
    return [kind for kind, worth in found.items() if worth]


@dataclass(frozen=True)
class Recallable:
    """The last act, which may still be taken back until some minute, and what that does to its message."""

    event: Event
    until: datetime
    fate: enqueue.Fate

    @property
    def minutes_left(self) -> int:
        """Begun minutes count."""
        return max(1, -int((clock.now() - self.until).total_seconds() // 60))


def recallable(dossier: Dossier, events: Sequence[Event], actor: User) -> Recallable | None:
    """What this person may take back now; None when there is nothing."""
    if not can_recall(dossier, list(events), actor):
        return None
    last = events[-1]
    return Recallable(last, last.at + RECALL_WITHIN, enqueue.fate(dossier.subject, last.sequence))
