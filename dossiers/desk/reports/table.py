"""A report as plain values: columns, rows, notes. Page, workbook and PDF show the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dossiers.statistics.results import Counts
from tenants import clock

Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """Title, what kind of values, and how wide: letters in a workbook, a share of the sheet in print. `of` reads the
    value out of what a row counts."""

    title: str | Promise
    kind: Literal["text", "code", "count", "percent", "day"] = "text"
    width: int = 10
    of: Callable[[Any], Cell] = str

    @property
    def look(self) -> str:
        """The class of its cells on the page."""
        return {"text": "mc-words", "code": "mc-when", "day": "mc-when"}.get(self.kind, "mc-num")


@dataclass(frozen=True)
class Row:
    """One line; `links` are addresses of pages behind cells, by the number of the cell."""

    cells: Sequence[Cell]
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A report. `found` rows there are; `rows` are as many of them as were asked for, to be read once."""

    columns: Sequence[Column]
    rows: Iterable[Row]
    found: int
    total: Row | None = None
    notes: Sequence[str | Promise] = ()


def day(at: datetime | None) -> date | None:
    """The day of a moment in Viet Nam."""
    return at.astimezone(clock.VIETNAM).date() if at else None


def rate(counts: Counts) -> Cell:
    """The on-time rate in per cent; in words where there is nothing to divide by."""
    return _("không có") if counts.on_time_rate is None else counts.on_time_rate


def shown(cell: Cell) -> str:
    """A value as it is read on the page and in print."""
    match cell:
        case None:
            return ""
        case date():
            return f"{cell:%d/%m/%Y}"
        case Decimal():
            return number_format(cell, decimal_pos=2, use_l10n=True)
        case int():
            return number_format(cell, use_l10n=True, force_grouping=True)
    return cell
