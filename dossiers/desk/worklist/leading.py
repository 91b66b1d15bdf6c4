"""What a leader looks at first: what waits for approval, where work is late, and who has how much of it."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from dossiers.desk.worklist import counts
from dossiers.lifecycle.visibility import visible_to
from dossiers.models import Proposal
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_with

MOST_PEOPLE = 12


@dataclass(frozen=True)
class Share:
    """How much open work lies at a place or with a person, and how much of it is late."""

    key: int
    name: str
    open: int
    late: int


def approvals(leader: User) -> QuerySet[Proposal]:
    """What this person may approve now, the longest waiting first.

    A proposal that an act on the dossier has made void is left out, and so are this person's own.
    """
    led = agencies_with(leader, (Role.LEADER,))
    where = Q() if led is None else Q(dossier__competent_agency__in=led)
    return (
        Proposal.objects.filter(
            where, outcome=Proposal.Outcome.WAITING, seen=F("dossier__last_sequence"), dossier__closed_at=None
        )
        .exclude(asked_by=leader)
        .select_related(
            "asked_by",
            "dossier__owner",
            "dossier__procedure",
            "dossier__calendar_version",
            "dossier__workflow_version",
        )
        .order_by("asked_at", "pk")
    )


def late_by_agency(leader: User) -> list[Share]:
    """The agencies at which late work lies now, of what this person may see, the most first."""
    return [one for one in _shares(leader, "holding_agency", "holding_agency__name") if one.late]


def load_by_person(leader: User) -> list[Share]:
    """Who has how much open work now, of what this person may see: the most late first, at most MOST_PEOPLE."""
    return _shares(leader, "assignee", "assignee__full_name")[:MOST_PEOPLE]


def _shares(leader: User, key: str, name: str) -> list[Share]:
    found = (
        visible_to(leader)
        .filter(closed_at=None)
        .exclude(**{key: None})
        .order_by()
        .values_list(key, name)
        .annotate(n_open=Count("pk"), n_late=Count("pk", filter=counts.late(counts.moments())))
        .order_by("-n_late", "-n_open", name)
    )
    return [Share(*row) for row in found]
