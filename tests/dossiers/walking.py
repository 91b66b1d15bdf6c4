"""Walking a dossier along its workflow in tests, with whatever each transition demands."""

from typing import Any

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event, Proposal
from tests.factories import Office


def take(office: Office, dossier: Dossier, code: str, **changed: Any) -> Event:
    """Take one transition, as somebody who may; the dossier is read anew before and after."""
    dossier.refresh_from_db()
    step = dossier.workflow_version.workflow.transitions[code]
    person = changed.pop("actor", None) or office.person_for(step.roles)
    seen = changed.pop("seen", dossier.last_sequence)
    given = office.given(dossier, step, **changed)
    event = services.apply_transition(
        dossier.pk, code, actor=person, seen=seen, given=services.TransitionInput(**given)
    )
    dossier.refresh_from_db()
    return event


def received(office: Office, **changed: Any) -> Dossier:
    """A dossier just taken in, whose recipient agreed to messages."""
    intake = office.intake(**{"consents": frozenset({"mock"}), **changed})
    return services.receive(intake, actor=office.clerk).dossier


def in_progress(office: Office, **changed: Any) -> Dossier:
    dossier = received(office, **changed)
    take(office, dossier, "forward")
    return dossier


def asked_once(office: Office) -> Dossier:
    """A dossier whose missing papers came; a second request would count it as late."""
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist)
    take(office, dossier, "supplement_received")
    return dossier


def propose(office: Office, dossier: Dossier, code: str = "require_supplement", **changed: Any) -> Proposal:
    """Ask a leader for one transition, as the specialist or another `actor`; the dossier is read anew after."""
    step = dossier.workflow_version.workflow.transitions[code]
    person, seen = changed.pop("actor", office.specialist), dossier.last_sequence
    given = services.TransitionInput(**office.given(dossier, step, **changed))
    proposal = services.propose(dossier.pk, code, actor=person, seen=seen, given=given)
    dossier.refresh_from_db()
    return proposal
