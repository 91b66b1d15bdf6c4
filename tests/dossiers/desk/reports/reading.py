"""Reading a report as it was given out: the table on the page, the rows of a workbook."""

import html
import io
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook

HEADER = 5
"""The row of a workbook with the titles of the columns."""


@dataclass
class Shown:
    """The cells of a report as text; `links` are addresses in the order in which they stand."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    total: list[str] | None = None
    links: list[str] = field(default_factory=list)

    def by_first(self) -> dict[str, dict[str, str]]:
        """Each row by its first cell, its cells by the titles of their columns."""
        return {row[0]: dict(zip(self.columns, row, strict=True)) for row in self.rows}


def on_page(answer: Any) -> Shown:
    """The table of a page, each cell of which stands there; empty where there is none."""
    report = answer.context["report"]
    if not report or not report["rows"]:
        return Shown()
    rows = [[text for text, _link, _column in row] for row in report["rows"]]
    total = [text for text, _link, _column in report["total"]] if report["total"] else None
    page = html.unescape(answer.content.decode())
    assert all(text in page for row in (*rows, total or ()) for text in row)
    links = [link for row in report["rows"] for _text, link, _column in row if link]
    return Shown([str(column.title) for column in report["columns"]], rows, total, links)


def workbook(answer: Any) -> Any:
    """The workbook that was downloaded, with formulas as formulas."""
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def in_workbook(answer: Any) -> Shown:
    """The table of a workbook, values written as the page writes them; a total is the last row."""
    rows = list(workbook(answer).worksheets[0].iter_rows(min_row=HEADER))
    return Shown([text(cell) for cell in rows[0]], [[text(cell) for cell in row] for row in rows[1:]])


def text(cell: Any) -> str:
    """The value of a cell as the Vietnamese page shows it."""
    if cell.value is None:
        return ""
    if isinstance(cell.value, datetime):
        return f"{cell.value:%d/%m/%Y}"
    if cell.number_format == "0.00" and cell.data_type == "n":
        return f"{Decimal(str(cell.value)):.2f}".replace(".", ",")
    return str(cell.value)
