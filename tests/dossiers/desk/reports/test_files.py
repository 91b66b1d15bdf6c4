"""A report as a workbook and as PDF: the same as on the page, and harmless."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers.desk.reports import files
from dossiers.desk.reports.table import Column, Row, Table
from dossiers.lifecycle.intake import PersonData
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.folder.readers.spreadsheets import FORMULA_STARTS
from tests.dossiers.desk.reports import reading
from tests.dossiers.desk.reports.test_figures import REPORTS, at, several
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.histories import write
from tests.dossiers.printing import reading as paper
from tests.dossiers.walking import in_progress, received
from tests.factories import Office

KINDS = ["co-quan", "nguoi-xu-ly", "tre-han", "so-theo-doi"]


def get(user: User, path: str = "", **asked: str) -> Any:
    return logged_in(user).get(f"{REPORTS}{path}", asked)


@pytest.fixture
def filled(office: Office) -> Office:
    """One who leads desk and department, and dossiers of every kind."""
    from tenants.organisation.models import Role
    from tests.factories import AssignmentFactory

    AssignmentFactory(user=office.leader, agency=office.desk, role=Role.LEADER)
    write(office, several(office.department))
    with clock.frozen(at(2)):
        in_progress(office)
    received(office)
    return office


@pytest.mark.parametrize("kind", KINDS)
def test_the_workbook_equals_the_page(filled: Office, kind: str) -> None:
    page = reading.on_page(get(filled.leader, loai=kind))
    book = reading.in_workbook(get(filled.leader, "bao-cao.xlsx", loai=kind))
    assert page.rows
    assert book.columns == page.columns
    assert book.rows == [*page.rows, *([page.total] if page.total else [])]


def test_the_workbook_says_what_it_is(filled: Office) -> None:
    answer = get(filled.leader, "bao-cao.xlsx", loai="so-theo-doi")
    assert answer["Content-Disposition"] == (
        'attachment; filename="bao-cao-so-theo-doi-20261101-20261130.xlsx"'
    )
    assert "no-store" in answer["Cache-Control"]
    first = reading.workbook(answer).worksheets[0]
    assert first["A1"].value == "Sổ theo dõi hồ sơ (mẫu 07)"
    assert "Từ ngày 01/11/2026 đến ngày 30/11/2026" in first["A2"].value
    assert filled.leader.full_name in first["A3"].value
    assert "25/11/2026" in first["A3"].value
    assert first.freeze_panes == "A6"
    assert first.column_dimensions["B"].width > 20
    assert first["H6"].is_date
    assert first["A6"].value == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_pdf_holds_what_the_page_holds(filled: Office, kind: str) -> None:
    page = reading.on_page(get(filled.leader, loai=kind))
    answer = get(filled.leader, "bao-cao.pdf", loai=kind)
    assert answer["Content-Type"] == "application/pdf"
    assert {*paper.sheets(answer.content)} == {(297, 210)}
    texts = [text for row in page.rows for text in row if text and text != "•••"]
    assert paper.lost(answer.content, texts) == []
    assert not paper.ink_at_edges(answer.content)


def test_a_report_is_made_in_the_name_of_the_agency(office: Office) -> None:
    """Of who works at one agency: hers, chosen or not."""
    received(office)
    pdf = get(office.leader, "bao-cao.pdf").content
    assert paper.holds(pdf, "PHÒNG TƯ PHÁP")
    assert AuditEntry.objects.get(action="report.export").detail["agency"] == office.department.code


def test_pages_of_the_pdf_are_numbered(filled: Office) -> None:
    write(filled, several(filled.department) * 12)
    pdf = get(filled.leader, "bao-cao.pdf", loai="tre-han").content
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"Trang {number}/{len(pages)}" in text


@pytest.mark.parametrize("path", ["bao-cao.xlsx", "bao-cao.pdf"])
def test_an_export_is_recorded(filled: Office, path: str) -> None:
    answer = get(filled.leader, path, **{"loai": "so-theo-doi", "co-quan": filled.desk.code})
    assert answer.status_code == 200
    entry = AuditEntry.objects.get(action="report.export")
    assert entry.actor == filled.leader
    assert entry.detail == {
        "report": "so-theo-doi",
        "first": "2026-11-01",
        "last": "2026-11-30",
        "agency": filled.desk.code,
        "rows": 9,
        "format": path.rpartition(".")[2],
    }


def test_reading_names_is_recorded(filled: Office) -> None:
    get(filled.leader, loai="co-quan")
    get(filled.leader, loai="tre-han")
    assert [entry.detail["report"] for entry in AuditEntry.objects.filter(action="report.read")] == [
        "tre-han"
    ]


@pytest.mark.parametrize(
    ("path", "limit"), [("bao-cao.xlsx", "MOST_WORKBOOK_ROWS"), ("bao-cao.pdf", "MOST_PDF_ROWS")]
)
@pytest.mark.parametrize("kind", ["tre-han", "so-theo-doi"])
def test_what_is_too_long_is_refused(
    filled: Office, monkeypatch: pytest.MonkeyPatch, path: str, limit: str, kind: str
) -> None:
    monkeypatch.setattr(files, limit, 2)
    write(filled, several(filled.department))
    answer = get(filled.leader, path, loai=kind)
    assert answer.status_code == 422
    assert "Xin chọn kỳ ngắn hơn" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="report.export").exists()


def test_a_name_is_never_a_formula(office: Office) -> None:
    name = '=HYPERLINK("http://vi-du.invalid";"Bấm")'
    received(office, owner=PersonData(name=name, phone="0905000678", id_number="066190000001"))
    book = reading.workbook(get(office.clerk, "bao-cao.xlsx", loai="so-theo-doi"))
    cell = book.worksheets[0]["E6"]
    assert (cell.data_type, cell.value) == ("s", f"'{name}")
    assert paper.holds(get(office.clerk, "bao-cao.pdf", loai="so-theo-doi").content, name)


starts = st.sampled_from([*FORMULA_STARTS, " ", " =", "\u00a0=", "'", ""])


@given(start=starts, rest=st.text(max_size=40))
@example(start="\t", rest="=1+1")
@example(start="", rest="\x00=1+1")
@example(start="", rest="\ud800=1")
def test_no_text_becomes_a_formula(start: str, rest: str) -> None:
    text = start + rest
    table = Table([Column(text)], [Row([text])], 1, notes=[text])
    stream = io.BytesIO(files.workbook((text, text, text), table, "thu.xlsx")[0].getvalue())
    with zipfile.ZipFile(stream) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "/worksheets/" in name]
    assert len(sheets) == 2
    assert not any("<f>" in xml or "<f " in xml for xml in sheets)
    for one in load_workbook(stream).worksheets:
        for row in one.iter_rows():
            for cell in row:
                assert cell.value is None or cell.data_type == "s"
                assert not str(cell.value or "").lstrip().startswith(FORMULA_STARTS)
