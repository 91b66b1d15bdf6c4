"""What a step of bringing a province to life is, and what it reports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel

from tenants.folder.problems import ValidationProblem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from tenants.folder.folder import Draft, Folder
    from tenants.folder.invitation_sheets import Invited
    from tenants.folder.questionnaire import Answers


Tell = Callable[[str], None]
"""Takes one Vietnamese line."""
Draw = Callable[[float, str], None]
"""Takes how much is done, 0 to 1, and what is being done."""


class Progress:
    """A step calls it with a sentence, or says with `part` how much of itself is done."""

    def __init__(self, tell: Tell = lambda line: None, draw: Draw = lambda share, what: None) -> None:
        self._tell = tell
        self._draw = draw
        self._from, self._to, self._what = 0.0, 1.0, ""

    def __call__(self, line: str) -> None:
        """Say something besides."""
        self._tell(line)

    def part(self, share: float) -> None:
        """So much, 0 to 1, of what is being done is done."""
        self._draw(self._from + (self._to - self._from) * min(max(share, 0.0), 1.0), self._what)

    @contextmanager
    def span(self, begin: float, end: float, what: str) -> Iterator[None]:
        """Within the block `part` counts from `begin` to `end` of the whole."""
        self._from, self._to, self._what = begin, end, what
        self.part(0)
        yield
        self.part(1)


State = Mapping[str, Mapping[str, str]]
"""The province's values for everything that the folder names: by thing (an agency's code, a user name), then by
field, in words. "" is a value not set; a missing thing has no fields."""


@dataclass(slots=True)
class StepReport:
    """Counts of a step's changes. `notes` are Vietnamese sentences for the operator, not changes.

    `invited` are people with links that open their accounts: no report keeps them; see `invitation_sheets`.
    """

    added: int = 0
    changed: int = 0
    hidden: int = 0
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)
    invited: list["Invited"] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things differ from before; 0 when the folder had been applied already."""
        return self.added + self.changed + self.hidden


def _nothing(folder: "Folder") -> State:
    return {}


def _no_files(draft: "Draft", answers: "Answers | None" = None) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a province's folder.

    `validate(folder)` reads files only: it runs before the province exists, and returns every fault (it may
    also raise Refused). `apply(folder, progress)` runs inside the province, as the owner of the database, in
    one transaction; it is called only when no step found a blocking fault, and a second call with the same
    files must report 0 changes. It leaves alone what `folder.keeps` names. `files` names what the step reads
    from the folder, so that a misspelt file is noticed.

    `state(folder)` reads the province's values for this folder: comparing before and after shows what
    applying changes, and another answer than after the last apply, what people changed meanwhile.
    `export(draft)` writes the files that would bring the present province about; applying them changes nothing.
    `start(draft, answers)` writes the first files of a province that is being thought of.

    `schemas`: the models of its YAML files, by the name of the file or of the directory of such files.

    `outside`: it also writes where all provinces meet, so it is left out of a throw-away province.
    """

    code: str
    title: "StrOrPromise"
    validate: "Callable[[Folder], Sequence[ValidationProblem]]"
    apply: "Callable[[Folder, Progress], StepReport]"
    files: tuple[str, ...] = ()
    state: "Callable[[Folder], State]" = _nothing
    export: "Callable[[Draft], None]" = _no_files
    start: "Callable[[Draft, Answers], None]" = _no_files
    outside: bool = False
    schemas: Mapping[str, type[BaseModel]] = field(default_factory=dict)
