"""Dossiers with any history, written as rows: what the services would refuse, or take hours to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle import projection
from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.workflow.models import WorkflowVersion
from procedures.catalogue.models import Procedure
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
    """Put them into the province that the test stands in; the due dates are those that the acts name."""
    histories = list(histories)
    party = Party.objects.create(name="Nguyễn Thị Minh Họa")
    workflow, calendar = WorkflowVersion.in_force(), CalendarVersion.in_force()
    dossiers = [
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
            status=2,
            step=STEPS[1],
            last_act_at=history.received_at,
            lookup_key="BCGHKL",
        )
        for history in histories
    ]
    events = [
        [
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
                holder=dossier.holding_agency,
                legacy=history.legacy,
            )
            for sequence, act in enumerate(history.acts, start=1)
        ]
        for dossier, history in zip(dossiers, histories, strict=True)
    ]
    for dossier, of_dossier, history in zip(dossiers, events, histories, strict=True):
        dossier.due_at = history.original_due
        if of_dossier:
            projection.replay_state(dossier, of_dossier)
            dossier.status, dossier.due_at = of_dossier[-1].status, of_dossier[-1].due_at
    Dossier.objects.bulk_create(dossiers)
    Event.objects.bulk_create(event for of_dossier in events for event in of_dossier)
    return dossiers
