from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from procedures.catalogue import formats
from procedures.catalogue.contents import update
from procedures.catalogue.contents.update import CatalogueDiff, Report
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord, Term
from procedures.catalogue.models import Fee, Procedure, ProcedureVersion, Sector
from procedures.catalogue.search.index import short_name
from tests.procedures.files import portal_row, write_csv, write_list

pytestmark = pytest.mark.usefixtures("province")


def diff(path: Path) -> CatalogueDiff:
    return update.diff(formats.read(path).records)


def load(path: Path, **options: bool) -> Report:
    return update.apply(diff(path), **options)


def test_import_writes_the_facts(portal_file: Callable[..., Path], noon: object) -> None:
    report = load(portal_file())
    procedure = Procedure.objects.get(code="1.000001")
    version = procedure.current_version
    assert report.added == ("1.000001",)
    assert (procedure.short_name, procedure.sector.name) == ("Cấp thẻ thư viện", "Thư viện")
    assert (version.number, version.term_value, version.term_unit) == (1, 3, "working_day")
    assert version.effective_from.isoformat() == "2026-11-25"
    assert [document.name for document in version.documents.all()] == ["Đơn xin cấp thẻ"]
    assert [fee.amount for fee in version.fees.all()] == [0]


def test_second_import_changes_nothing(portal_file: Callable[..., Path]) -> None:
    load(portal_file())
    report = load(portal_file())
    assert (report.as_step([]).changes, report.unchanged) == (0, 1)
    assert ProcedureVersion.objects.count() == 1


def test_changed_fact_makes_a_new_version_and_keeps_the_old(portal_file: Callable[..., Path]) -> None:
    load(portal_file())
    before = Procedure.objects.get().current_version
    paper = {"ten": "Đơn mới", "ban_chinh": 1, "ban_sao": 0, "truong_hop": ""}
    changed = diff(portal_file(portal_row(giay_to=[paper])))
    assert [item.fields for item in changed.changed] == [("documents",)]
    update.apply(changed)
    after = Procedure.objects.get().current_version
    assert (after.number, after.documents.get().name) == (2, "Đơn mới")
    assert ProcedureVersion.objects.get(pk=before.pk).documents.get().name == "Đơn xin cấp thẻ"


def test_new_official_name_renews_the_short_name(portal_file: Callable[..., Path]) -> None:
    load(portal_file())
    load(portal_file(portal_row(ten_thu_tuc="Thủ tục cấp thẻ đọc")))
    assert Procedure.objects.get().short_name == "Cấp thẻ đọc"


def test_chosen_short_name_survives_a_new_official_name(portal_file: Callable[..., Path]) -> None:
    load(portal_file())
    Procedure.objects.update(short_name="Thẻ thư viện")
    load(portal_file(portal_row(ten_thu_tuc="Thủ tục cấp thẻ đọc")))
    assert Procedure.objects.get().short_name == "Thẻ thư viện"


def test_missing_is_reported_and_hidden_when_asked(portal_file: Callable[..., Path]) -> None:
    load(portal_file(portal_row(), portal_row("1.000002")))
    assert [item.code for item in load(portal_file()).missing] == ["1.000002"]
    assert Procedure.objects.get(code="1.000002").state == Procedure.State.ACTIVE
    report = load(portal_file(), hide_missing=True)
    assert report.hidden == ("1.000002",)
    assert Procedure.objects.get(code="1.000002").state == Procedure.State.HIDDEN


def test_list_of_one_ministry_says_nothing_about_another(portal_file: Callable[..., Path]) -> None:
    load(portal_file(portal_row(), portal_row("1.000002", co_quan_ban_hanh="Bộ Khác")))
    assert diff(portal_file()).missing == ()


def test_official_list_renames_and_keeps_papers(portal_file: Callable[..., Path], tmp_path: Path) -> None:
    load(portal_file())
    row = ["1.000001", "Cấp thẻ đọc sách", "Bộ Mẫu", "", "Thư viện"]
    load(write_list(tmp_path / "list.xlsx", [row]))
    version = Procedure.objects.get().current_version
    assert (version.number, version.official_name) == (2, "Cấp thẻ đọc sách")
    assert (version.documents.count(), version.term_value, version.performer) == (1, 3, "Thư viện tỉnh")


def test_all_or_nothing_when_the_database_refuses(portal_file, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError

    change = diff(portal_file(portal_row(), portal_row("1.000002")))
    monkeypatch.setattr(Fee.objects, "bulk_create", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        update.apply(change)
    assert not Procedure.objects.exists()
    assert not Sector.objects.exists()


def test_stale_diff_is_refused(portal_file: Callable[..., Path]) -> None:
    stale = diff(portal_file())
    load(portal_file())
    with pytest.raises(CatalogueError, match="chạy lại"):
        update.apply(stale)


def test_number_of_statements_does_not_grow_with_the_procedures(portal_file: Callable[..., Path]) -> None:
    def statements(first: int, count: int) -> int:
        change = diff(portal_file(*(portal_row(f"1.{code:06}") for code in range(first, first + count))))
        with CaptureQueriesContext(connection) as captured:
            update.apply(change)
        return len(captured)

    statements(0, 1)
    assert statements(100, 2) == statements(200, 60)


def test_province_term_survives_an_import_and_is_told(portal_file, tmp_path):
    load(portal_file())
    own = {"term": Term(2, "working_day"), "term_source": "province", "term_decision": "9/QĐ-UBND"}
    record = ProcedureRecord(1, "1.000001", "Thủ tục cấp thẻ thư viện", "csv", **own)
    update.apply(update.diff([record], authoritative=True))
    path = write_csv(
        tmp_path / "x.csv", "code,name,term_value,term_unit\n1.000001,Thủ tục mới,5,working_day\n"
    )
    report = load(path)
    version = Procedure.objects.get().current_version
    assert (version.official_name, version.term_value, version.term_decision) == (
        "Thủ tục mới",
        2,
        "9/QĐ-UBND",
    )
    assert ["5 ngày làm việc" in note and "9/QĐ-UBND" in note for note in report.notes] == [True]


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("Cấp đối Giấy phép đầu tư", "Cấp đổi Giấy phép đầu tư"),
        ("Cấp giấy phép môi trường (cấp Tỉnh) ( 1.010727 )", "Cấp giấy phép môi trường (cấp Tỉnh)"),
        ("Thủ tục đầu tư ra ngoài Việt nam.", "Đầu tư ra ngoài Việt Nam"),
    ],
)
def test_errors_of_the_source_are_mended_in_the_short_name(official: str, short: str) -> None:
    assert short_name(official) == short
