"""An office that settles complaints and conciliates, for the tests of both. Everything in it is invented."""

from datetime import date, datetime
from typing import Any

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.shipped import complaint_workflow_data, conciliation_workflow_data
from tenants import clock
from tests.factories import Office, ProcedureFactory

SECRET_SUBJECT = "Giải quyết khiếu nại lần đầu"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.VIETNAM)


class ComplaintOffice(Office):
    """The usual desk under the workflow of complaints."""

    KIND: dict[str, Any] = {"complaint": True}

    def __init__(self, workflow: dict[str, Any] | None = None) -> None:
        super().__init__(workflow=workflow or complaint_workflow_data())
        self.procedure = ProcedureFactory(**self.KIND)

    def received(self, **changed: Any) -> services.Received:
        """A complaint whose sender agreed to messages."""
        return services.receive(self.intake(**{"consents": frozenset({"mock"}), **changed}), actor=self.clerk)

    def act(self, dossier: Dossier, transition: str, when: str = "", **given: Any) -> Event:
        """A leader, or the desk where only it may, takes the transition, now or at `when`."""
        with clock.frozen(at(when) if when else clock.now()):
            dossier.refresh_from_db()
            step = dossier.workflow_version.workflow.transitions[transition]
            person = self.leader if "leader" in step.roles else self.clerk
            values = {**self.given(dossier, step), **given}
            event = services.apply_transition(
                dossier.pk,
                transition,
                actor=person,
                seen=dossier.last_sequence,
                given=services.TransitionInput(**values),
            )
            dossier.refresh_from_db()
        return event

    def decided(self, *, second_round: bool = True, day: str = "2026-12-07", **changed: Any) -> Dossier:
        """A complaint with a decision of this day."""
        dossier = self.received(**changed).dossier
        self.act(dossier, "accept_second" if second_round else "accept_first", "2026-11-26 09:00")
        self.act(dossier, "verify", "2026-11-27 09:00")
        decision = ("12/QĐ-UBND", date.fromisoformat(day))
        self.act(dossier, "decide", f"{day} 10:00", decision=decision)
        return dossier


class ConciliationOffice(ComplaintOffice):
    """The usual desk under the workflow of conciliation; 30 calendar days by the procedure."""

    KIND = {
        "code": "1.012812",
        "name": "Hòa giải tranh chấp đất đai",
        "short_name": "Hòa giải đất đai",
        "kind": "conciliation",
        "term": (30, "calendar_day"),
    }

    def __init__(self) -> None:
        super().__init__(workflow=conciliation_workflow_data())
