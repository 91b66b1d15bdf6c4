"""What an app keeps of one telephone number, as an answer to its holder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What a room keeps of a number: rows as JSON holds them, moments as they are, by their kind; and files by their
    path in the archive, each opened when its turn comes."""

    rows: dict[str, list[dict[str, Any]]]
    files: dict[str, Callable[[], IO[bytes]]] = field(default_factory=dict)
