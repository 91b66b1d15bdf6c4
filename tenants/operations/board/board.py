"""The board of all provinces: a row for each, what needs hands first."""

import logging
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board import columns
from tenants.operations.board.cells import Cell, Column, Urgency

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A province on the board."""

    province: ProvinceRecord
    state: str
    cells: tuple[Cell, ...] = ()
    todo: tuple[Cell, ...] = field(default=())
    """Cells in which something has to be done, the most urgent first."""

    @property
    def need(self) -> Urgency:
        return self.todo[0].need if self.todo else Urgency.NONE

    @property
    def named_cells(self) -> list[tuple[Column, Cell]]:
        """Each cell with its column."""
        return list(zip(columns.COLUMNS, self.cells, strict=True))


def rows() -> list[Row]:
    """All provinces, those that need hands first. One that cannot be read says so and hides no other."""
    found = [_row(record) for record in province_cache.all_records()]
    return sorted(found, key=_urgency)


def _urgency(row: Row) -> tuple[bool, list[int], str]:
    """Those at rest last; else by how many things are to be done, the urgent ones counted first."""
    counts = [
        -sum(cell.need == need for cell in row.todo) for need in (Urgency.NOW, Urgency.SOON, Urgency.LOOK)
    ]
    return row.province.is_at_rest, counts, row.province.slug


def _row(record: ProvinceRecord) -> Row:
    state = str(Province.State(record.state).label)
    if record.is_at_rest:
        return Row(record, state, tuple(Cell("–") for _column in columns.COLUMNS))
    cells = tuple(_cell(column, record) for column in columns.COLUMNS)
    todo = sorted((cell for cell in cells if cell.todo), key=lambda cell: -cell.need)
    return Row(record, state, cells, tuple(todo))


def _cell(column: Column, record: ProvinceRecord) -> Cell:
    try:
        with province_context(record):
            return column.read(record)
    except Exception as error:
        log.exception("board: %s of %s", column.code, record.slug)
        names = {"what": column.title, "error": type(error).__name__}
        return Cell(_("không đọc được"), Urgency.NOW, _("%(what)s: không đọc được (%(error)s)") % names)
