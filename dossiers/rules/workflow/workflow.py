"""The workflow of a province as data: steps, and the transitions that lead from one to another."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dossiers.rules import RuleError
from dossiers.rules.deadlines.deadlines import Term, TermUnit
from dossiers.rules.statuses import Status
from dossiers.rules.workflow import clock as workflow_clock
from dossiers.rules.workflow.validation import find_faults
from dossiers.rules.workflow.vocabulary import REQUIREMENTS, ROLES, Fault, read_starts
from tenants.validation import gettext_noop


class NotAllowed(RuleError):
    """The workflow has no such way on from here, or not for this person."""


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


@dataclass(frozen=True, slots=True)
class Step:
    """Where a dossier stands: its national status and whose turn it is.

    `agency` is whose step it is: `receiving`, `competent`, `support` or `consulted` (the one that was asked),
    or an agency's code; None means the desk for a clerk's step and the competent agency for all others. `share` is the part of the
    term meant for this step, above 0 and at most 1.
    """

    code: str
    name: str
    status: Status
    role: str
    agency: str | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class TermChoice:
    """A term that may begin with an act, under the name by which the person who acts chooses it."""

    code: str
    name: str
    value: int
    unit: str

    @property
    def term(self) -> Term:
        return Term(self.value, TermUnit(self.unit))


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from some steps to another, as a button shows it.

    `requires` says what must be given with it. `clock` is its effect on the term: `pause`, `resume` (go on
    counting), `restart` (count anew from this moment) or `close` (the count has ended, so that nothing
    later makes the dossier late). `terms` are the new terms that may begin with a restart; with more than
    one the actor chooses. `hold_seconds` keeps its `notice` back, for second thoughts.
    """

    code: str
    name: str
    source: tuple[str, ...]
    target: str
    roles: frozenset[str]
    requires: frozenset[str] = frozenset()
    clock: str = "none"
    hold_seconds: int = 0
    notice: str | None = None
    danger: bool = False
    primary: bool = False
    terms: tuple[TermChoice, ...] = ()


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

        `start` holds one step, or `starts` several, the usual one first. Sound means: every step can be
        reached from a start and leads to an end, every change of status has a notice, the clock has one
        state at each step that fits its status, and no word is unknown.
        """
        faults = find_faults(data)
        if faults:
            raise WorkflowError(faults)
        starts = tuple(read_starts(data))
        steps = [_step(row) for row in data["steps"]]
        transitions = [_transition(row) for row in data["transitions"]]
        term = data.get("term")
        moves = [(source, way.target, way.clock) for way in transitions for source in way.source]
        return cls(
            code=data["code"],
            name=data["name"],
            start=starts[0],
            steps={step.code: step for step in steps},
            transitions={transition.code: transition for transition in transitions},
            starts=starts,
            term=Term(term.get("value", 0), TermUnit(term["unit"])) if term else None,
            clocks=workflow_clock.states(starts, moves),
        )

    def to_data(self) -> dict[str, Any]:
        """The workflow as JSON can hold it; `from_data` gives an equal workflow back."""
        return {
            "code": self.code,
            "name": self.name,
            "starts": list(self.starts),
            "term": {"value": self.term.value, "unit": str(self.term.unit)} if self.term else None,
            "steps": [{**asdict(step), "status": int(step.status)} for step in self.steps.values()],
            "transitions": [
                {
                    **asdict(transition),
                    "source": list(transition.source),
                    "roles": sorted(transition.roles, key=ROLES.index),
                    "requires": sorted(transition.requires, key=REQUIREMENTS.index),
                    "terms": [asdict(choice) for choice in transition.terms],
                }
                for transition in self.transitions.values()
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

    def transitions_from(
        self, step_code: str, roles: Collection[str] | None = None
    ) -> tuple[Transition, ...]:
        """The ways on from a step, in the order of the data, for people with any of these roles (None: all).

        A step that the workflow does not have leads nowhere.
        """
        return tuple(
            transition
            for transition in self.transitions.values()
            if step_code in transition.source and (roles is None or not transition.roles.isdisjoint(roles))
        )

    def transition(self, code: str, from_step: str) -> Transition:
        """The transition of this code from this step, for any role; raises NotAllowed when there is none."""
        found = self.transitions.get(code)
        if found is None or from_step not in found.source:
            step = self.steps.get(from_step)
            raise NotAllowed(
                gettext_noop("Không thực hiện được thao tác “%(transition)s” khi hồ sơ ở bước “%(step)s”."),
                transition=found.name if found else code[:40],
                step=step.name if step else from_step[:40],
            )
        return found


def _step(row: Mapping[str, Any]) -> Step:
    return Step(**{**row, "status": Status(row["status"])})


def _transition(row: Mapping[str, Any]) -> Transition:
    return Transition(
        **{
            **row,
            "source": tuple(row["source"]),
            "roles": frozenset(row["roles"]),
            "requires": frozenset(row.get("requires", ())),
            "terms": tuple(TermChoice(**{"value": 0, **choice}) for choice in row.get("terms", ())),
        }
    )
