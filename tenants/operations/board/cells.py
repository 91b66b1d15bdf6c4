"""What stands on the board of all provinces: columns and their cells."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from tenants.isolation.province_cache import ProvinceRecord

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Urgency(IntEnum):
    """Urgency of a piece of work."""

    NONE = 0
    LOOK = 1
    SOON = 2
    NOW = 3

    @property
    def tone(self) -> str:
        return ("done", "soon", "today", "late")[self]

    @property
    def icon(self) -> str:
        return ("check_circle", "info", "warning", "error")[self]


@dataclass(frozen=True, slots=True)
class Trend:
    """A number month by month, oldest first: name of the month, number or None for none, number in words."""

    name: str
    points: tuple[tuple[str, float | None, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's value for a province. `todo`: the work to be done, in words; `hint`: a second line; `trends`
    have the same months."""

    text: str
    need: Urgency = Urgency.NONE
    todo: str = ""
    hint: str = ""
    trends: tuple[Trend, ...] = ()

    @property
    def months(self) -> list[tuple[str, list[str]]]:
        """The trends as rows of a table: the month, and each number in words."""
        return [
            (points[0][0], [words for _month, _number, words in points])
            for points in zip(*(trend.points for trend in self.trends), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Column:
    """`read` is called inside the province, reads only, and returns nothing about citizens."""

    code: str
    title: "StrOrPromise"
    read: Callable[[ProvinceRecord], Cell]
