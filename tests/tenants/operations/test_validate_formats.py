"""The faults of a folder as a page, as data and as a workbook that goes back to the province."""

import io
import json
from pathlib import Path

from openpyxl import load_workbook

from tenants.operations.onboarding.problem_workbook import RED, YELLOW
from tests.tenants.operations.test_onboarding import run
from tests.tenants.workshop import CSV, YAML, Workshop


def broken(workshop: Workshop) -> None:
    workshop.edit(CSV, "province,H42,", "province,H42.99,")
    workshop.edit(CSV, "Trung tâm Phục vụ hành chính công", "=1+1")
    workshop.edit(YAML, "#0B5394", "#9CC3E6")


def test_each_fault_is_told_with_file_row_and_column(workshop: Workshop) -> None:
    broken(workshop)
    code, output = run("validate", workshop.slug)
    assert code == 2
    assert "✗ agencies.csv:4:4: parent “H42.99” không có trong tệp" in output
    assert "✗ province.yaml:12:3: màu #9CC3E6" in output


def test_data_names_row_and_column(workshop: Workshop) -> None:
    broken(workshop)
    code, output = run("validate", workshop.slug, "--format", "json")
    told = json.loads(output)
    assert (code, told["valid"], told["blocking"]) == (2, False, 2)
    first = told["problems"][0]
    assert (first["file"], first["row"], first["column"], first["blocks"]) == ("agencies.csv", 4, 4, True)


def test_a_valid_folder_is_valid_in_every_format(workshop: Workshop, tmp_path: Path) -> None:
    assert json.loads(run("validate", workshop.slug, "--format", "json")[1])["valid"] is True
    for format in ("html", "xlsx"):
        code, output = run(
            "validate", workshop.slug, "--format", format, "--out", str(tmp_path / f"x.{format}")
        )
        assert (code, output.splitlines()[-1]) == (0, f"{workshop.slug}: hợp lệ.")


def test_the_page_stands_alone(workshop: Workshop, tmp_path: Path) -> None:
    broken(workshop)
    page = tmp_path / "soat" / "x.html"
    run("validate", workshop.slug, "--format", "html", "--out", str(page))
    text = page.read_text(encoding="utf-8")
    assert "2 chỗ phải sửa" in text
    assert "parent “H42.99” không có trong tệp" in text
    assert "src=" not in text
    assert "<link" not in text


def test_the_workbook_marks_the_bad_cell_and_says_why(workshop: Workshop, tmp_path: Path) -> None:
    broken(workshop)
    workshop.write("thua.csv", "x\n")
    book_file = tmp_path / "x.xlsx"
    assert run("validate", workshop.slug, "--format", "xlsx", "--out", str(book_file))[0] == 2
    book = load_workbook(io.BytesIO(book_file.read_bytes()))
    listing, sheet = book.worksheets[0], book["agencies.csv"]
    bad, good = sheet["D4"], sheet["D5"]
    assert (bad.value, bad.fill.start_color.rgb) == ("H42.99", RED.start_color.rgb)
    assert "không có trong tệp" in bad.comment.text
    assert good.comment is None
    assert (sheet["B4"].value, sheet["B4"].data_type) == ("=1+1", "s")
    assert [cell.value for cell in listing[2]][:4] == ["agencies.csv", "4", "D", "phải sửa"]
    assert YELLOW.start_color.rgb in {cell.fill.start_color.rgb for cell in listing["D"]}
