import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from procedures.catalogue import formats
from procedures.catalogue.contents import update
from procedures.catalogue.models import Procedure
from tenants.folder.applied import remember_applied
from tenants.operations.management.commands import catalogue
from tests.procedures.files import portal_row, write_csv

pytestmark = pytest.mark.usefixtures("province")


def run(*arguments: object) -> str:
    output = io.StringIO()
    call_command("catalogue", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_import_reports_each_row(portal_file: Callable[..., Path]) -> None:
    way = {"kenh": "truc_tiep", "thoi_gian": "120,000", "don_vi": None, "mo_ta": ""}
    text = run("import", "daklak", portal_file(portal_row(), portal_row("1.000002", cach_thuc=[way])))
    assert "! dòng 2 (1.000002), cột cach_thuc.thoi_gian “120,000”: không phải số nguyên; để trống" in text
    assert "+ 1.000001" in text
    assert "2 thêm, 0 đổi, 0 giữ nguyên, 0 không còn trong tệp, 1 chỗ cần xem. Đã ghi." in text


def test_an_import_says_that_an_apply_follows_if_it_changed_something(portal_file):
    assert "rồi chạy `province apply daklak`" in run("import", "daklak", portal_file())
    assert "province apply" not in run("import", "daklak", portal_file())


def test_dry_run_writes_nothing(portal_file: Callable[..., Path]) -> None:
    assert "chưa ghi gì" in run("import", "daklak", portal_file(), "--dry-run")
    assert not Procedure.objects.exists()


def test_refused_file_names_its_rows_and_fails(tmp_path: Path) -> None:
    output = io.StringIO()
    path = write_csv(tmp_path / "x.csv", "code,name\nabc,x\n")
    with pytest.raises(CommandError, match="Không nhận tệp") as caught:
        call_command("catalogue", "import", "daklak", str(path), stdout=output)
    assert "dòng 2" in output.getvalue()
    assert caught.value.returncode == 1


def test_a_file_is_read_in_the_format_that_was_named(portal_file: Callable[..., Path]) -> None:
    assert run("import", "daklak", portal_file(), "--dry-run", "--format", "portal-json")
    with pytest.raises(CommandError):
        run("import", "daklak", portal_file(), "--dry-run", "--format", "official-xlsx")


def test_export_reads_back_unchanged(portal_file: Callable[..., Path], tmp_path: Path) -> None:
    run("import", "daklak", portal_file(portal_row(ten_thu_tuc="=1+1 thẻ")))
    exported = run("export", "daklak")
    assert "'=1+1 thẻ" in exported
    again = update.diff(formats.read(write_csv(tmp_path / "x.csv", exported)).records)
    assert again.written == ()


def test_a_dry_run_tells_what_the_province_decided_and_who_stands_on_it(portal_file, tmp_path, monkeypatch):
    run("import", "daklak", portal_file())
    Procedure.objects.update(short_name="Tên của tỉnh", handled=True)
    remember_applied("catalogue", {"1.000001": {"short_name": "Tên khác"}})
    monkeypatch.setattr(catalogue, "open_dossiers_by_procedure", lambda codes: dict.fromkeys(codes, 12))
    path = write_csv(tmp_path / "x.csv", "code,name\n1.000001,Tên mới\n")
    lines = run("import", "daklak", path, "--dry-run").splitlines()
    assert lines[0].startswith("~ 1.000001 Tên mới (official_name")
    assert [line.strip() for line in lines[1:4]] == [
        "tỉnh tự đặt, giữ nguyên: short_name",
        "! sửa tay từ lần áp dụng: short_name, handled",
        "12 hồ sơ đang giải quyết giữ bản đã nhận",
    ]
