"""What happened to a dossier, in words: one telling for the desk, one for the citizen."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from dossiers import terms
from dossiers.acts import ACTS, INTERNAL
from dossiers.models import Dossier, Event
from dossiers.rules.workflow import Workflow

TOLD_WITH_REASON = frozenset({"apologise", "reschedule", "correct"})


def title(event: Event, workflow: Workflow) -> str:
    """The name of an act: the workflow's own for its transitions."""
    step = workflow.transitions.get(event.kind)
    return _(step.name) if step else _(ACTS.get(event.kind, event.kind))


def for_citizen(dossier: Dossier, events: Sequence[Event]) -> Iterator[tuple[Event, str, str]]:
    """Event, title and reason of what concerns the citizen, newest first.

    Inner dealings are left out, and so are wrong clicks with what took them back. A reason is shown where
    the act was told to the citizen: other words are notes of the office to itself.
    """
    workflow = dossier.workflow_version.workflow
    for event in reversed(terms.standing(events)):
        if event.kind in INTERNAL or event.undoes is not None:
            continue
        step = workflow.transitions.get(event.kind)
        told = event.kind in TOLD_WITH_REASON or (step is not None and step.notice is not None)
        yield event, title(event, workflow), event.note.text if told and event.note else ""


def reason_of_status(dossier: Dossier, events: Sequence[Event]) -> str:
    """The words with which the dossier came into its present status; empty when none were told."""
    held = terms.standing(events)
    entered = None
    for event in reversed(held):
        if event.status != dossier.status:
            break
        entered = event
    if entered is None or entered.note is None or entered.kind in INTERNAL:
        return ""
    step = dossier.workflow_version.workflow.transitions.get(entered.kind)
    told = entered.kind == "correct" or (step is not None and step.notice is not None)
    return entered.note.text if told else ""
