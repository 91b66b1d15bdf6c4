"""`manage.py dossiers import`: exit codes, words, the report, and being stopped in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.statistics import tasks
from tenants import clock
from tests import disk
from tests.dossiers.legacy_files import HEADING, MAPPING, Row, at_status, many, row, write_csv
from tests.factories import Office

Import = Callable[..., tuple[int, str]]


@pytest.fixture
def import_(office: Office, tmp_path: Path) -> Import:
    """Run the command on these rows: its exit code and all it said."""

    def run(
        *rows: Row, mapping: Path = MAPPING, encoding: str = "utf-8", more: tuple[str, ...] = ()
    ) -> tuple[int, str]:
        file = write_csv(tmp_path / "hoso.csv", rows, encoding=encoding)
        said = StringIO()
        try:
            words = ("daklak", str(file), "--mapping", str(mapping), *more)
            call_command("dossiers", "import", *words, stdout=said, stderr=said)
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
        return 0, said.getvalue()

    return run


def lines(tmp_path: Path) -> list[tuple[object, ...]]:
    return list(load_workbook(tmp_path / "hoso-bao-cao.xlsx")["Chi tiết"].values)[1:]


def test_it_imports_and_says_what(import_: Import, tmp_path: Path) -> None:
    code, said = import_(row(), encoding="cp1258")
    assert (code, Dossier.objects.count()) == (0, 1)
    assert "Định dạng, bảng mã: Windows-1258" in said
    assert "Hồ sơ mới: 1" in said
    assert "Đã ghi." in said
    assert (tmp_path / "hoso-bao-cao.xlsx").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("more", "periods"), [((), 21), (("--dry-run",), 0)])
def test_figures_of_the_past_are_counted_again_once_written(import_, monkeypatch, more, periods):
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.refresh, "delay", lambda *args: sent.append(args))
    import_(row(), more=more)
    assert [slug for slug, _unit, _start in sent] == ["daklak"] * periods


def test_errors_in_rows_end_with_1_and_write_nothing(import_: Import, tmp_path: Path) -> None:
    code, said = import_(row(), row(Mã_hồ_sơ="HS/2", Điện_thoại="12345"))
    assert (code, Dossier.objects.count()) == (1, 0)
    assert "dòng 3: lỗi: Điện thoại “••• 345”: Xin nhập số điện thoại 10 chữ số" in said
    assert lines(tmp_path) == [
        (3, "lỗi", "Điện thoại", "••• 345", "Xin nhập số điện thoại 10 chữ số, ví dụ 0912345678.")
    ]


def test_a_trial_writes_nothing_and_reports_like_the_run(import_: Import, tmp_path: Path) -> None:
    import_(row(), row(Mã_hồ_sơ="HS/2"))
    rows = [at_status(8), row(Mã_hồ_sơ="HS/3")]
    code, said = import_(*rows, more=("--dry-run",))
    assert (code, Dossier.objects.count()) == (0, 2)
    assert "Chạy thử: chưa ghi gì." in said
    trial = lines(tmp_path)
    import_(*rows)
    assert lines(tmp_path) == trial
    assert [line[1] for line in trial] == ["cập nhật", "không còn"]


def test_what_cannot_be_read_ends_with_2(import_: Import, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("source: a\n", encoding="utf-8")
    code, said = import_(row(), mapping=mapping)
    assert (code, "m.yaml:1: thiếu mục “statuses”" in said, "Chưa có gì thay đổi" in said) == (2, True, True)
    told = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("dossiers", "import", "daklak", "/nowhere/a.csv", "--mapping", str(MAPPING), stderr=told)
    assert (end.value.code, "không mở được tệp" in told.getvalue()) == (2, True)


@pytest.mark.parametrize(
    ("slug", "more", "words"),
    [
        ("atlantis", (), "Không có tỉnh “atlantis”"),
        ("daklak", ("--as-of", "hôm qua"), "--as-of viết như"),
        ("daklak", ("--as-of", "25/11/2026"), "--as-of viết như"),
    ],
)
def test_what_was_typed_wrong_is_told(db: None, slug: str, more: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("dossiers", "import", slug, "a.csv", "--mapping", str(MAPPING), *more)


def test_the_moment_of_the_file_is_that_of_the_present_step(import_: Import) -> None:
    import_(row(), more=("--as-of", "24/11/2026 15:00"))
    assert Event.objects.get(sequence=2).at == datetime(2026, 11, 24, 15, tzinfo=clock.VIETNAM)


def test_no_cell_of_the_report_is_a_formula(import_: Import, tmp_path: Path) -> None:
    import_(row(Mã_thủ_tục="@SUM(A1)", Trạng_thái="#REF!", Chủ_hồ_sơ='=cmd|"/c calc"!A1'))
    sheet = load_workbook(tmp_path / "hoso-bao-cao.xlsx")["Chi tiết"]
    cells = [cell for line in sheet.iter_rows(min_row=2) for cell in line if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value[0] for cell in cells if "SUM" in cell.value or "calc" in cell.value} == {"'"}


@pytest.mark.committed
@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, marks=pytest.mark.deep), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_stopped_in_the_middle_of_writing_leaves_nothing(committed_province, tmp_path, number, code):
    # Whoever runs the tests in the background bequeaths an interrupt that is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    office = Office("H99")
    rows = many(
        5_000,
        desks=[office.desk.code],
        departments=[office.department.name],
        procedures=[office.procedure.code],
        until=clock.now(),
    )
    file = write_csv(tmp_path / "hoso.csv", rows)
    words = ("dossiers", "import", committed_province.slug, str(file), "--mapping", str(MAPPING))
    process = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        env={**committed_province.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    )
    assert process.stderr is not None
    assert any("40 % Ghi hồ sơ mới" in line for line in process.stderr)
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert [model.objects.count() for model in (Dossier, Event, Party)] == [0, 0, 0]


def test_good_rows_go_in_and_the_others_come_back_with_their_own_columns(import_, tmp_path):
    rows = (row(), row(Mã_hồ_sơ="HS/1", Mã_thủ_tục="lạ", Điện_thoại="0905000679"), row(Mã_hồ_sơ="HS/2"))
    code, said = import_(*rows, more=("--good-rows",))
    assert (code, Dossier.objects.count()) == (3, 2)
    assert "Dòng có lỗi, để riêng: 1" in said
    back = tmp_path / "hoso-dong-loi.xlsx"
    heading, *faulty = load_workbook(back).active.values
    assert heading == (*HEADING, "Lý do (tệp tự xóa sau một ngày nếu chưa ai sửa)")
    assert "tự xóa sau một ngày nếu chưa ai sửa" in said
    (cells,) = faulty
    assert (cells[0], cells[heading.index("Điện thoại")]) == ("HS/1", "0905000679")
    assert cells[-1].startswith("Mã thủ tục: ")
    assert back.stat().st_mode & 0o077 == 0


def test_rows_that_are_being_repaired_are_not_written_over_and_go_in_themselves(
    import_: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    for _again in range(2):
        import_(row(Mã_thủ_tục="lạ"))
    back, second = tmp_path / "hoso-dong-loi.xlsx", tmp_path / "hoso-dong-loi-2.xlsx"
    assert not second.exists()
    book = load_workbook(back)
    book.active["B2"] = "1.000894"
    book.save(back)
    import_(row(Mã_thủ_tục="lạ"))
    assert second.exists()
    with clock.frozen(disk.now() + timedelta(hours=25)):
        import_(row(), more=("--dry-run",))
    assert (back.exists(), second.exists()) == (True, False)
    call_command("dossiers", "import", "daklak", str(back), "--mapping", str(MAPPING), stdout=StringIO())
    assert Dossier.objects.count() == 1
