"""A report in print: A4 across, with the number of each page. The register is the statutory form itself."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dossiers.forms import contents, printing, typesetting, words
from dossiers.forms.register import Period
from dossiers.reports import taken_in
from dossiers.reports.asking import Asked, Kind
from dossiers.reports.table import Table, shown
from tenants import clock
from tenants.context import current_province
from tenants.organisation.models import Agency

MOST_ROWS = 2000
UNBROKEN = 14
"""Letters that stand in a narrow column."""


def pdf(asked: Asked, heading: Sequence[str], table: Table) -> bytes:
    """The report as PDF. Raises typesetting.TypesettingError: the province's template of the register is wrong."""
    if asked.kind is Kind.REGISTER:
        period = Period(_heading_agency(asked), asked.first, asked.last)
        return printing.typeset_register(list(taken_in.found(asked)), period, actor=asked.actor)
    at = clock.now()
    title, scope, made = heading
    agency = _heading_agency(asked)
    return typesetting.render(
        _template(),
        {
            **contents.blank(agency, at),
            "title": title,
            "scope": scope,
            "made": made,
            "columns": [
                {
                    "title": words.breakable(str(column.title), UNBROKEN),
                    "width": column.width,
                    "right": column.kind in ("count", "percent"),
                }
                for column in table.columns
            ],
            "rows": [_line(row.cells) for row in table.rows],
            "total": _line(table.total.cells) if table.total else [],
            "notes": [str(note) for note in table.notes],
            "official": asked.actor.get_full_name(),
        },
        at=at,
    )


def _line(cells: Sequence[object]) -> list[str]:
    return [words.breakable(shown(cell), UNBROKEN) for cell in cells]  # type: ignore[arg-type]


def _heading_agency(asked: Asked) -> Agency:
    """Whose report it is; of all that somebody may see, the province's."""
    return asked.agency or Agency(name=current_province().name)


@cache
def _template() -> str:
    return Path(__file__).with_name("report.typ").read_text(encoding="utf-8")
