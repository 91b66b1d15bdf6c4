"""A report in print: A4 across, with the number of each page. The register is the statutory form itself."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dossiers.printed_forms import contents, printing, typst_pool, wording
from dossiers.printed_forms.register import Period
from dossiers.reports import register
from dossiers.reports.query import Asked, Kind
from dossiers.reports.table import Row, Table, shown
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency

MOST_ROWS = 2000
UNBROKEN = 14
"""Letters that stand in a narrow column."""
FIXED = {"code": 31, "day": 16}
"""Columns that are as wide as what stands in them, in mm; the others share what is left."""


def pdf(asked: Asked, heading: Sequence[str], table: Table) -> bytes:
    """The report as PDF. Raises typesetting.TypesettingError: the province's template of the register is wrong."""
    if asked.kind is Kind.REGISTER:
        period = Period(_heading_agency(asked), asked.first, asked.last)
        return printing.typeset_register(list(register.found(asked)), period, actor=asked.actor)
    at = clock.now()
    title, scope, made = heading
    agency = _heading_agency(asked)
    return typst_pool.render(
        _template(),
        {
            **contents.blank(agency, at),
            "title": title,
            "scope": scope,
            "made": made,
            "columns": [
                {
                    "title": wording.breakable(str(column.title), UNBROKEN),
                    "share": column.width,
                    "mm": FIXED.get(column.kind, 0),
                    "right": column.kind in ("count", "percent"),
                }
                for column in table.columns
            ],
            "rows": [_line(table, row) for row in table.rows],
            "total": _line(table, table.total) if table.total else [],
            "notes": [str(note) for note in table.notes],
            "official": asked.actor.get_full_name(),
        },
        at=at,
    )


def _line(table: Table, row: Row) -> list[str]:
    return [
        shown(cell) if column.kind in FIXED else wording.breakable(shown(cell), UNBROKEN)
        for column, cell in zip(table.columns, row.cells, strict=True)
    ]


def _heading_agency(asked: Asked) -> Agency:
    """Whose report it is; of all that somebody may see, the province's."""
    return asked.agency or Agency(name=current_province().name)


@cache
def _template() -> str:
    return Path(__file__).with_name("report.typ").read_text(encoding="utf-8")
