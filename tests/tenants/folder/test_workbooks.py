"""Workbooks that strangers send cost the process that reads them, and no page."""

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from procedures.catalogue.formats import tables
from procedures.catalogue.formats.base import CatalogueError
from tenants.folder.problems import Refused
from tenants.folder.readers import spreadsheets
from tenants.folder.readers.spreadsheets import workbook_as_csv

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path: Path, rows: str) -> Path:
    """A workbook whose sheet holds this XML."""
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with zipfile.ZipFile(stream) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part in made.infolist():
            sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            file.writestr(part, sheet if part.filename == SHEET else made.read(part))
    return path


def numbers(tag: str, count: int) -> str:
    return "".join(tag % (number * 7919 % 1_000_003) for number in range(count))


@pytest.mark.parametrize("read", [workbook_as_csv, tables.read_workbook])
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (f"<row>{numbers('<c><v>%d</v></c>', 800_000)}</row>", "dòng dài bất thường"),
        (numbers('<row r="%d"/>', 900_000), ""),
    ],
)
def test_bombs_are_refused_within_their_time_and_cost_the_page_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Any], rows: str, words: str
) -> None:
    monkeypatch.setattr(spreadsheets, "USUAL", replace(spreadsheets.USUAL, seconds=3))
    file = workbook(tmp_path / "bomb.xlsx", rows)
    began, own = time.monotonic(), time.process_time()
    with pytest.raises((Refused, CatalogueError)) as caught:
        read(file)
    assert words in str(caught.value)
    assert time.monotonic() - began < 15
    assert time.process_time() - own < 2


def test_formulas_are_named_up_to_a_bound(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        workbook_as_csv(workbook(tmp_path / "a.xlsx", "<row><c><f>1+1</f></c><c><f>2</f></c></row>" * 300))
    assert len(caught.value.problems) == 51
    assert "dừng đọc" in str(caught.value.problems[-1])


def test_what_takes_too_long_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "USUAL", replace(spreadsheets.USUAL, seconds=0.01))
    with pytest.raises(Refused, match="quá nặng"):
        workbook_as_csv(workbook(tmp_path / "a.xlsx", "<row/>"))


def test_a_text_that_many_cells_share_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "USUAL", replace(spreadsheets.USUAL, output=100))
    row = '<row><c t="inlineStr"><is><t>một dòng chữ dài</t></is></c></row>'
    with pytest.raises(Refused, match="quá nặng"):
        workbook_as_csv(workbook(tmp_path / "a.xlsx", row * 10))


def test_pages_take_no_more_than_a_few_megabytes_of_what_was_read() -> None:
    assert spreadsheets.USUAL.output <= 32 * 1024**2
