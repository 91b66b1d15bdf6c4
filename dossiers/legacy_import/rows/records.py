"""A dossier of an old system in our terms."""

from dataclasses import dataclass
from datetime import datetime

from dossiers.lifecycle.intake import Intake
from dossiers.rules.statuses import Status


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that the dossier came to after it was received, and when."""

    step: str
    status: Status
    at: datetime


@dataclass(frozen=True)
class Record:
    """A dossier of an old system, in our terms. All of it was found fit to be written.

    `code` is the old code where it is a legal code of this province, empty where one of ours is to be made.
    `due_at` is the date that the old system printed, None where it gave none. `agency` (a code) took the
    papers in: it may be dissolved, while the intake names the agencies that have the work today. `start` is
    the receipt, `stages` what is known to have come after it, in order; the last one is the present
    step. `names_step` says that the old system told the inner step, not just the national status. `refused` are
    the channels of messages to which the old system says no, where it does not merely say nothing.
    """

    row: int
    source_code: str
    code: str
    intake: Intake
    agency: str
    received_at: datetime
    due_at: datetime | None
    start: Stage
    stages: tuple[Stage, ...] = ()
    assignee: int | None = None
    names_step: bool = False
    refused: frozenset[str] = frozenset()

    @property
    def present(self) -> Stage:
        """Where the dossier stands, and since when."""
        return self.stages[-1] if self.stages else self.start
