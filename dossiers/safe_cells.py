"""Text cells of workbooks that never become a formula, nor when the sheet is saved as CSV and opened again."""

import re
from typing import Any

from openpyxl.cell import WriteOnlyCell

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
LONGEST = 32_000
"""A little under what a cell of Excel holds."""
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would read a formula, without what XML cannot
    carry, and cut to what a cell holds."""
    visible = _NOT_FOR_XML.sub("", text)[:LONGEST]
    starts = text.startswith(FORMULA_STARTS) or visible.lstrip().startswith(FORMULA_STARTS)
    return f"'{visible}" if starts else visible


def text_cell(sheet: Any, text: str) -> Any:
    """A cell of a write-only sheet that holds this text, as text."""
    cell = WriteOnlyCell(sheet, guarded(text))
    # Without a type openpyxl takes one by the first letter.
    cell.data_type = "s"
    return cell
