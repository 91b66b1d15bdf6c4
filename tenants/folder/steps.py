"""What a step of bringing a province to life is, and what it reports."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.text import StrOrPromise

if TYPE_CHECKING:
    from tenants.folder.folder import Draft, Folder
    from tenants.folder.questionnaire import Answers


Tell = Callable[[str], None]
"""Takes one Vietnamese line."""
Show = Callable[[str, float | None], None]
"""Takes what is being done, and how much of it, 0 to 1; None: a line to say besides."""
Progress = Callable[[float], None]
"""Takes how much of a step, 0 to 1, is done."""


State = Mapping[str, Mapping[str, str]]
"""The province's values for everything that the folder names: by thing (an agency's code, a user name), then by
field, in words. "" is a value not set; a missing thing has no fields."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A person with a new link. `roles`: in words; `until`: when the link ends."""

    agency_code: str
    agency: str
    name: str
    username: str
    roles: str
    link: str
    until: datetime


@dataclass(slots=True)
class StepReport:
    """Counts of a step's changes. `notes` are Vietnamese sentences for the operator, not changes.

    `invited` are people with links that open their accounts: no report keeps them.
    """

    added: int = 0
    changed: int = 0
    hidden: int = 0
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)
    invited: list[Invited] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things differ from before; 0 when the folder had been applied already."""
        return self.added + self.changed + self.hidden

    @property
    def counts(self) -> dict[str, Any]:
        """The changes, as logs keep them."""
        return {"added": self.added, "changed": self.changed, "hidden": self.hidden}

    def count(self, *, new: bool, differs: bool = True) -> None:
        """Count one thing that was written, or that was like that before."""
        self.added += new and differs
        self.changed += differs and not new
        self.unchanged += not differs


@dataclass(frozen=True, slots=True)
class Step[Content]:
    """One part of a province's folder.

    `read(folder)` reads files only: it runs before the province exists, and returns what is sound and every fault
    (it may also raise Refused). `check(folder, content)` finds faults that are worth looking for only once.
    `write(folder, content, progress)` runs inside the province, as the owner of the database, in one transaction; a
    second call with the same files must report 0 changes. It leaves alone what `folder.keeps` names.
    `files` names what the step reads from the folder, so that a misspelt file is noticed: each file, or directory of
    such files, with the model of its YAML, if it has one.

    `state(folder)` reads the province's values for this folder: comparing before and after shows what
    applying changes, and another answer than after the last apply, what people changed meanwhile.
    `export(draft)` writes the files that would bring the present province about; applying them changes nothing.
    `start(draft, answers)` writes the first files of a province that is being thought of.

    `outside`: it also writes where all provinces meet, so it is left out of a throw-away province.
    """

    code: str
    title: StrOrPromise
    read: "Callable[[Folder], tuple[Content, Iterable[ValidationProblem]]]"
    write: "Callable[[Folder, Content, Progress], StepReport]"
    files: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    state: "Callable[[Folder], State]" = lambda folder: {}
    export: "Callable[[Draft], None]" = lambda draft: None
    start: "Callable[[Draft, Answers], None]" = lambda draft, answers: None
    check: "Callable[[Folder, Content], Iterable[ValidationProblem]]" = lambda folder, content: ()
    outside: bool = False

    def validate(self, folder: "Folder") -> list[ValidationProblem]:
        try:
            content, problems = self.read(folder)
            return [*problems, *self.check(folder, content)]
        except Refused as refusal:
            return list(refusal.problems)

    def apply(self, folder: "Folder", progress: Progress = lambda share: None) -> StepReport:
        """Bring the present province to what the files say. Raises Refused for files with faults."""
        content, problems = self.read(folder)
        if faults := blocking(problems):
            raise Refused(faults)
        return self.write(folder, content, progress)


AnyStep = Step[Any]
