"""One thing that is wrong with the data of a workflow, and the shapes in which the data is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dossiers.rules.statuses import Status


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its place in the data, the Vietnamese sentence and the values of its placeholders."""

    path: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}: {self.message % self.params}"


Row = tuple[str, Mapping[object, object]]
Statuses = Mapping[str, Status]


def texts_in(value: object) -> list[str]:
    """The texts of a list; what is none is passed over."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def read_starts(data: Mapping[str, object]) -> list[str]:
    """The codes of the first steps, the usual one first; what is unreadable is left out."""
    starts = data["starts"] if "starts" in data else data.get("start")
    return [starts] if isinstance(starts, str) else texts_in(starts)
