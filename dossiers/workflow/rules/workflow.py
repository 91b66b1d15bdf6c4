"""The workflow of a province as data: steps, and the transitions that lead from one to another."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from dossiers.deadlines.rules.deadlines import Term
from dossiers.workflow.rules import clock as workflow_clock
from dossiers.workflow.rules import cross_checks
from dossiers.workflow.rules.schema import Parts, Step, Transition, WorkflowData, read_parts
from dossiers.workflow.rules.vocabulary import REQUIREMENTS, ROLES
from tenants.refusals import RuleError
from tenants.validation import Fault, gettext_noop


class WorkflowError(RuleError):
    """The data of a workflow is not sound.

    `faults` holds everything that is wrong, `problems` the same as Vietnamese sentences that begin with the
    place, such as "transitions[3].target: …".
    """

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(faults)
        self.problems = tuple(str(fault) for fault in self.faults)
        super().__init__(
            gettext_noop("Quy trình chưa đúng:\n%(problems)s"), problems="\n".join(self.problems)
        )


def check(data: object, model: type[WorkflowData] = WorkflowData) -> tuple[Parts, list[Fault]]:
    """What can be read of a workflow's data, and every fault in it. Raises nothing."""
    parts, faults = read_parts(data, model)
    return parts, [*faults, *cross_checks.find_faults(parts)]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A sound workflow. Dossiers begin at `start`; other doors may use another of `starts`. `term`, where
    there is one, runs from receipt in place of the procedure's own.

    Made by `from_data`, which checks it. Steps and transitions are kept by code, in the order of the data.
    """

    code: str
    name: str
    start: str
    steps: Mapping[str, Step]
    transitions: Mapping[str, Transition]
    starts: tuple[str, ...] = ()
    term: Term | None = None
    clocks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Workflow":
        """Read a workflow from JSON or YAML; raises WorkflowError with every fault in it.

        Sound means: every step can be reached from a start and leads to an end, every change of status has a
        notice, the clock has one state at each step that fits its status, and no word is unknown.
        """
        parts, faults = check(data)
        if faults or parts.whole is None:
            raise WorkflowError(faults)
        whole = parts.whole
        return cls(
            code=whole.code,
            name=whole.name,
            start=whole.starts[0],
            steps={step.code: step for step in whole.steps},
            transitions={way.code: way for way in whole.transitions},
            starts=whole.starts,
            term=whole.term.term if whole.term else None,
            clocks=workflow_clock.states(whole.starts, whole.transitions),
        )

    def to_data(self) -> dict[str, Any]:
        """The workflow as JSON can hold it; `from_data` gives an equal workflow back."""
        return {
            "code": self.code,
            "name": self.name,
            "starts": list(self.starts),
            "term": {"value": self.term.value, "unit": str(self.term.unit)} if self.term else None,
            "steps": [step.model_dump(mode="json") for step in self.steps.values()],
            "transitions": [
                {
                    **way.model_dump(mode="json"),
                    "roles": sorted(way.roles, key=ROLES.index),
                    "requires": sorted(way.requires, key=REQUIREMENTS.index),
                }
                for way in self.transitions.values()
            ],
        }

    def clock_state(self, step_code: str) -> str:
        """Whether the term is "running", "paused" or "closed" at this step, by the ways that lead there."""
        return self.clocks[step_code]

    def begins_new_term(self, step_code: str) -> bool:
        """Whether a dossier at this step runs under a term that an act of the workflow began."""
        reached, waiting = set(self.starts), list(self.starts)
        while waiting:
            source = waiting.pop()
            for way in self.transitions_from(source):
                if not way.terms and way.target not in reached:
                    reached.add(way.target)
                    waiting.append(way.target)
        return step_code not in reached

    def transitions_from(self, step_code: str) -> tuple[Transition, ...]:
        """The ways on from a step, in the order of the data; none from a step that the workflow does not have."""
        return tuple(one for one in self.transitions.values() if step_code in one.source)

    def transition(self, code: str, from_step: str) -> Transition | None:
        """The transition of this code from this step, for any role, where there is one."""
        found = self.transitions.get(code)
        return found if found and from_step in found.source else None
