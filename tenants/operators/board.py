"""The board of all provinces: a row for each, what needs hands first. Rooms add columns by registration."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)


class Need(IntEnum):
    """How much something needs hands."""

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
class Cell:
    """What a column says of a province. `todo`: what has to be done about it, in words; `hint`: a second line."""

    text: str
    need: Need = Need.NONE
    todo: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`read` is called inside the province, reads only, and tells nothing about citizens."""

    code: str
    title: "StrOrPromise"
    read: Callable[[ProvinceRecord], Cell]
    order: int


@dataclass(frozen=True, slots=True)
class Row:
    """A province on the board."""

    province: ProvinceRecord
    state: str
    cells: tuple[Cell, ...] = ()
    todo: tuple[Cell, ...] = field(default=())
    """Cells in which something has to be done, the most urgent first."""

    @property
    def need(self) -> Need:
        return self.todo[0].need if self.todo else Need.NONE

    @property
    def named_cells(self) -> list[tuple["Column", Cell]]:
        """Each cell with its column."""
        return list(zip(columns(), self.cells, strict=True))


_columns: dict[str, Column] = {}


def register(column: Column) -> None:
    """Add a column; called in `AppConfig.ready()`. Raises ValueError when another one has its code."""
    if _columns.setdefault(column.code, column) != column:
        raise ValueError(f"board column {column.code!r} is registered twice")


def columns() -> list[Column]:
    """All columns in the order in which they stand."""
    return sorted(_columns.values(), key=lambda column: (column.order, column.code))


def rows() -> list[Row]:
    """All provinces, those that need hands first. One that cannot be read says so and hides no other."""
    found = [_row(record) for record in province_cache.all_records()]
    return sorted(found, key=_urgency)


def _urgency(row: Row) -> tuple[bool, list[int], str]:
    """Those at rest last; else by how many things are to be done, the urgent ones counted first."""
    counts = [-sum(cell.need == need for cell in row.todo) for need in (Need.NOW, Need.SOON, Need.LOOK)]
    return row.province.is_at_rest, counts, row.province.slug


def _row(record: ProvinceRecord) -> Row:
    state = str(Province.State(record.state).label)
    if record.is_at_rest:
        return Row(record, state, tuple(Cell("–") for _column in columns()))
    cells = tuple(_cell(column, record) for column in columns())
    todo = sorted((cell for cell in cells if cell.todo), key=lambda cell: -cell.need)
    return Row(record, state, cells, tuple(todo))


def _cell(column: Column, record: ProvinceRecord) -> Cell:
    try:
        with province_context(record):
            return column.read(record)
    except Exception as error:
        log.exception("board: %s of %s", column.code, record.slug)
        names = {"what": column.title, "error": type(error).__name__}
        return Cell(_("không đọc được"), Need.NOW, _("%(what)s: không đọc được (%(error)s)") % names)
