"""The steps of bringing a province to life. Each room registers its own in `AppConfig.ready()`.

The ground cannot import the rooms above it, so it calls what they left here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenants.onboarding.problems import Problem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from tenants.onboarding.folder import Folder

Progress = Callable[[str], None]
"""Takes one Vietnamese line for the person who waits."""


@dataclass(slots=True)
class StepReport:
    """What a step did, in numbers. `notes` are Vietnamese sentences for the operator, not changes; `invitations`
    are such sentences with a link that whoever holds it may use, once."""

    added: int = 0
    changed: int = 0
    hidden: int = 0
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)
    invitations: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things differ from before; 0 when the folder had been applied already."""
        return self.added + self.changed + self.hidden


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a province's folder.

    `validate(folder)` reads files only: it runs before the province exists, and returns every fault (it may
    also raise Refused). `apply(folder, progress)` runs inside the province, as the owner of the database, in
    one transaction; it is called only when no step found a blocking fault, and a second call with the same
    files must report 0 changes. Steps run by `order`. `files` names what the step reads from the folder, so
    that a misspelt file is noticed.
    """

    code: str
    title: "StrOrPromise"
    validate: "Callable[[Folder], Sequence[Problem]]"
    apply: "Callable[[Folder, Progress], StepReport]"
    order: int
    files: tuple[str, ...] = ()


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a step. Raises ValueError when another one has its code."""
    if _steps.setdefault(step.code, step) != step:
        raise ValueError(f"onboarding step {step.code!r} is registered twice")


def steps() -> list[Step]:
    """All steps in the order in which they run."""
    return sorted(_steps.values(), key=lambda step: (step.order, step.code))
