"""The usual way of a dossier through a workflow, without its side ways: for a small picture and its table."""

from dataclasses import dataclass

from dossiers.workflow.rules.diagram_layout import draw_map
from dossiers.workflow.rules.schema import Step
from dossiers.workflow.rules.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Stop:
    """A step of the usual way, with those beside it at which the citizen is waited for."""

    step: Step
    waits: tuple[Step, ...]


def usual_road(workflow: Workflow) -> list[Stop]:
    """The steps from the start to the result, in order."""
    places = draw_map(workflow)

    def waiting(code: str) -> tuple[Step, ...]:
        beside = (workflow.steps[side] for side in places.beside[code])
        return tuple(step for step in beside if step.status.waits_for_citizen)

    return [Stop(workflow.steps[code], waiting(code)) for code in places.road]
