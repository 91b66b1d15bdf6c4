"""Walking a dossier along its workflow in tests, with whatever each transition demands."""

from typing import Any

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.lifecycle.models.event import Event
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
    """A dossier in a specialist's hands."""
    dossier = received(office, **changed)
    take(office, dossier, "forward")
    return dossier
