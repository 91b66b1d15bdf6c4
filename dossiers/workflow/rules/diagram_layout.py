"""Where the steps of a workflow stand in its picture, and which of its ways are drawn as lines.

The usual road runs from top to bottom; a step that leads off it and back stands beside it. Only ways between
neighbours become lines, so that no line ever crosses another; every other way is named by a letter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dossiers.workflow.rules.schema import Step, Transition
from dossiers.workflow.rules.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Map:
    """Places by step code. `beside` lists what stands next to each step of the road, `ends` what stands below
    all of it; `letters` are those of the transitions that are not drawn from every step they leave."""

    road: tuple[str, ...]
    beside: Mapping[str, tuple[str, ...]]
    ends: tuple[str, ...]
    letters: Mapping[str, str]
    lines: frozenset[tuple[str, str]]

    def between(self, workflow: Workflow, source: str, target: str) -> tuple[Transition, ...]:
        """The ways drawn as a line from one step to a neighbour."""
        if (source, target) not in self.lines:
            return ()
        return tuple(way for way in workflow.transitions_from(source) if way.target == target)

    def exits(self, workflow: Workflow, code: str) -> tuple[str, ...]:
        """Letters of the ways that leave this step without a line."""
        return tuple(
            self.letters[way.code]
            for way in workflow.transitions_from(code)
            if way.target != code and (code, way.target) not in self.lines
        )

    def arrivals(self, workflow: Workflow, code: str) -> tuple[Transition, ...]:
        """Lettered ways into this step that no line shows, so that their name must stand at the step."""
        return tuple(
            way
            for way in workflow.transitions.values()
            if way.code in self.letters
            and way.target == code
            and not any((source, code) in self.lines for source in way.source)
        )


def draw_map(workflow: Workflow) -> Map:
    """The places of a sound workflow; the same for the same data."""
    roads = [_road(workflow, start) for start in workflow.starts]
    road = max(roads, key=lambda road: (sum(start in road for start in workflow.starts), len(road)))
    beside: dict[str, list[str]] = {code: [] for code in road}
    ends = []
    for step in workflow.steps.values():
        if step.code in road:
            continue
        host = _host(workflow, step, road)
        if host is None:
            ends.append(step.code)
        else:
            beside[host].append(step.code)
    lines = _lines(road, beside)
    far = [
        way.code
        for way in workflow.transitions.values()
        if any(source != way.target and (source, way.target) not in lines for source in way.source)
    ]
    return Map(
        road=road,
        beside={code: tuple(steps) for code, steps in beside.items()},
        ends=tuple(ends),
        letters={code: _letter(number) for number, code in enumerate(far)},
        lines=lines,
    )


def usual_road(workflow: Workflow) -> list[tuple[Step, list[Step]]]:
    """The usual way of a dossier from the start to the result, in order: each step with those beside it at which the
    citizen is waited for."""
    places, steps = draw_map(workflow), workflow.steps
    return [
        (steps[code], [steps[side] for side in places.beside[code] if steps[side].status.waits_for_citizen])
        for code in places.road
    ]


def _road(workflow: Workflow, start: str) -> tuple[str, ...]:
    """The usual way from a start; where none is named, the one that leads furthest towards a result."""
    road = [start]
    while True:
        onward = []
        for way in workflow.transitions_from(road[-1]):
            status = workflow.steps[way.target].status
            leads_off = status.is_stopped or status.waits_for_citizen
            if way.target not in road and (way.primary or not leads_off):
                onward.append(way)
        if not onward:
            return tuple(road)
        way = max(onward, key=lambda way: (way.primary, workflow.steps[way.target].status))
        road.append(way.target)


def _host(workflow: Workflow, step: Step, road: Sequence[str]) -> str | None:
    """The step of the road next to which this one stands; None for an end that several steps lead to."""
    before = {
        source for way in workflow.transitions.values() if way.target == step.code for source in way.source
    }
    after = {way.target for way in workflow.transitions_from(step.code)}
    if step.status.is_closed:
        return next(iter(before)) if len(before) == 1 and before <= set(road) else None
    both = [code for code in road if code in before and code in after]
    near = both or [code for code in road if code in before]
    if near:
        return near[-1]
    return next((code for code in road if code in after), road[0])


def _lines(road: Sequence[str], beside: Mapping[str, Iterable[str]]) -> frozenset[tuple[str, str]]:
    pairs = [*pairwise(road), *((host, side) for host, sides in beside.items() for side in sides)]
    return frozenset([*pairs, *((target, source) for source, target in pairs)])


def _letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    more, last = divmod(number, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + last)
