"""Dossiers with any history, written as rows: what the services would refuse, or take hours to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from dossiers.models import CalendarVersion, Dossier, Event, Party, WorkflowVersion
from procedures.models import Procedure
from tenants.organisation.models import Agency
from tests.factories import Office

_numbers = count(1)

STEPS = (
    *("new", "received", "not_accepted", "in_progress", "supplement"),
    *("payment", "withdrawn", "stopped", "done", "returned"),
)
"""The step of the default workflow for each status, from 1 on."""


@dataclass(frozen=True)
class Act:
    """One event: the status and due date after it, and what it does to the clock."""

    at: datetime
    status: int
    clock: str = "none"
    due: datetime | None = None
    undoes: int | None = None
    kind: str = "move"


@dataclass(frozen=True)
class History:
    """A dossier and all its events, in order; they are numbered from 1."""

    received_at: datetime
    acts: Sequence[Act] = ()
    counted_from: datetime | None = None
    original_due: datetime | None = None
    channel: str = "counter"
    kind: str = "normal"
    agency: Agency | None = None
    procedure: Procedure | None = None
    legacy: bool = False
    places: dict[str, str] = field(default_factory=dict)
    """The keys of its groups, where a test needs them."""

    @property
    def counts_from(self) -> datetime:
        return self.counted_from or self.received_at


def write(office: Office, histories: Iterable[History]) -> list[Dossier]:
    """Put them into the province that the test stands in. Of the derived columns only the status is set."""
    histories = list(histories)
    party = Party.objects.create(name="Nguyễn Thị Minh Họa")
    workflow, calendar = WorkflowVersion.in_force(), CalendarVersion.in_force()
    dossiers = Dossier.objects.bulk_create(
        Dossier(
            code=f"H15.08-260101-{next(_numbers):07}",
            kind=history.kind,
            procedure=history.procedure or office.procedure,
            procedure_version=(history.procedure or office.procedure).current_version,
            workflow_version=workflow,
            calendar_version=calendar,
            channel=history.channel,
            owner=party,
            submitter=party,
            recipient=party,
            receiving_agency=office.desk,
            competent_agency=history.agency or office.department,
            holding_agency=history.agency or office.department,
            received_at=history.received_at,
            counted_from=history.counts_from,
            original_due_at=history.original_due,
            due_at=history.acts[-1].due if history.acts else history.original_due,
            status=history.acts[-1].status if history.acts else 2,
            step=STEPS[(history.acts[-1].status if history.acts else 2) - 1],
            last_sequence=len(history.acts),
            lookup_key="BCGHKL",
        )
        for history in histories
    )
    Event.objects.bulk_create(
        Event(
            dossier=dossier,
            sequence=sequence,
            kind=act.kind,
            at=act.at,
            to_step=STEPS[act.status - 1],
            status=act.status,
            clock=act.clock,
            due_at=act.due,
            undoes=act.undoes,
            holder=office.department,
            legacy=history.legacy,
        )
        for dossier, history in zip(dossiers, histories, strict=True)
        for sequence, act in enumerate(history.acts, start=1)
    )
    return dossiers
