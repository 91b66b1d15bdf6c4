"""What is wrong with a row is reported, never guessed; and one error keeps everything out."""

from datetime import date, datetime
from pathlib import Path

import pytest

from dossiers.legacy_import.rows.records import Severity
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data
from tenants import clock
from tenants.folder.problems import Refused as FileRefused
from tests import tables
from tests.dossiers.legacy_files import at_status, mapping_with, row
from tests.dossiers.legacy_import.conftest import Take, errors
from tests.factories import AssignmentFactory, Office, ProcedureFactory, UserFactory

BAD = tables.read(__file__, "bad_cells.yaml")

# --- what is reported, never guessed


@pytest.mark.parametrize(("changed", "column", "reason"), BAD["cells"])
def test_a_bad_cell_is_named_and_nothing_is_written(take, changed, column, reason):
    UserFactory(username="nguoinoikhac", full_name="Người Nơi Khác")
    found = errors(take(row(**changed)))
    assert [(number, name) for number, name, _ in found] == [(2, column)]
    assert reason in found[0][2]
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("status", "column"), [(9, "Ngày có kết quả"), (10, "Ngày trả kết quả"), (8, "Ngày có kết quả")]
)
def test_an_end_without_a_date_is_reported(take: Take, status: int, column: str) -> None:
    outcome = take(at_status(status, Ngày_có_kết_quả="", Ngày_trả_kết_quả=""))
    assert [name for _, name, _ in errors(outcome)] == [column]


def test_an_accepted_complaint_without_a_date_is_reported(take: Take) -> None:
    complaint = ProcedureFactory(complaint=True)
    WorkflowVersion.publish(complaint_workflow_data(date(2026, 11, 1)), code="complaint")
    WorkflowAssignment.objects.create(scope="procedure", key=complaint.code, workflow_code="complaint")
    dated = row(Mã_hồ_sơ="HS/2", Mã_thủ_tục=complaint.code, Ngày_hẹn_trả="20/12/2026")
    reason = "hồ sơ loại này đang giải quyết thì phải có ngày hẹn trả"
    assert errors(take(row(Mã_thủ_tục=complaint.code), dated)) == [(2, "Ngày hẹn trả", reason)]
    take(dated)
    assert Dossier.objects.get().due_at == datetime(2026, 12, 20, 17, tzinfo=clock.VIETNAM)


def test_two_people_of_one_name_are_not_guessed(take: Take, office: Office) -> None:
    for _ in range(2):
        AssignmentFactory(agency=office.department, role="specialist", user__full_name="Trần Văn Minh Họa")
    assert "có 2 người mang tên này" in errors(take(row(Cán_bộ_xử_lý="Trần Văn Minh Họa")))[0][2]


def test_all_faults_of_a_row_are_told_at_once_and_keep_the_other_rows_out(take: Take) -> None:
    outcome = take(
        row(Mã_hồ_sơ="HS/1"), row(Mã_thủ_tục="lạ", Đơn_vị_tiếp_nhận="lạ", Điện_thoại="1", Mã_trạng_thái="44")
    )
    assert [name for _, name, _ in errors(outcome)] == [
        "Mã thủ tục",
        "Đơn vị tiếp nhận",
        "Mã trạng thái",
        "Điện thoại",
    ]
    assert (outcome.written, Dossier.objects.exists()) == (False, False)


def test_what_may_be_given_up_is_left_blank_and_noted(take: Take, tmp_path: Path) -> None:
    mapping = mapping_with(tmp_path / "m.yaml", more="\nblank_when_bad: [owner_phone, consents]\n")
    outcome = take(row(Điện_thoại="12345", Đồng_ý_nhận_tin="x"), mapping=mapping)
    assert outcome.findings.counts[Severity.NOTE] == 2
    dossier = Dossier.objects.get()
    assert (dossier.owner.phone, dossier.notice_channels) == ("", [])


def test_a_file_without_rows_is_refused(take: Take) -> None:
    with pytest.raises(FileRefused, match="không có dòng hồ sơ nào"):
        take()
