"""Reading a report as it was given out: the table on the page, the rows of a workbook."""

import io
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
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


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found, self.part, self.row, self.cell = Shown(), "", list[str](), None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("thead", "tbody", "tfoot"):
            self.part = tag
        elif self.part and tag == "tr":
            self.row = []
        elif self.part and tag in ("th", "td"):
            self.cell = ""
        elif self.part and tag == "a":
            self.found.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("thead", "tbody", "tfoot"):
            self.part = ""
        elif tag in ("th", "td") and self.cell is not None:
            self.row.append(self.cell.strip())
            self.cell = None
        elif tag == "tr" and self.part == "thead":
            self.found.columns = self.row
        elif tag == "tr" and self.part == "tbody":
            self.found.rows.append(self.row)
        elif tag == "tr" and self.part == "tfoot":
            self.found.total = self.row


def on_page(answer: Any) -> Shown:
    """The table of a page; empty where there is none."""
    reader = _Reader()
    reader.feed(answer.content.decode())
    return reader.found


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
