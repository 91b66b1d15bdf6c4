"""The list of dossiers as a workbook: the rows and columns of the list, for those who see them, and recorded."""

from typing import Any

import pytest
from django.test import Client

from dossiers.desk.reports import list_export
from tenants.audit.models import AuditEntry
from tests.dossiers.desk.reports import reading
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.desk.test_list_filters import found
from tests.dossiers.walking import in_progress, received
from tests.factories import AgencyFactory, AssignmentFactory, Office

EXPORT = f"{LIST}xuat.xlsx"


def rows(client: Client, **asked: Any) -> list[list[str]]:
    answer = client.get(EXPORT, {name.replace("_", "-"): str(value) for name, value in asked.items()})
    assert answer.status_code == 200
    return reading.in_workbook(answer).rows


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"viec": "tat-ca"},
        {"viec": "cua-toi"},
        {"nguoi": "chua-giao"},
        {"trang_thai": 4},
        {"q": "Minh Họa"},
    ],
    ids=str,
)
def test_a_file_has_the_rows_of_its_list_and_is_recorded_without_what_was_searched_for(
    office: Office, asked: dict[str, Any]
) -> None:
    received(office), in_progress(office)
    client = logged_in(office.leader)
    assert {row[0] for row in rows(client, **asked)} == found(office, **asked)
    entry = AuditEntry.objects.get(action="dossier.export")
    assert (entry.actor, entry.detail["searched"]) == (office.leader, "q" in asked)
    assert entry.detail.keys() == {"rows", "view", "searched"}
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user
    assert rows(logged_in(stranger), **asked) == []


def test_cells_are_those_of_the_list_and_personal_data_say_so(office: Office) -> None:
    dossier = in_progress(office)
    answer = logged_in(office.leader).get(EXPORT)
    shown = reading.in_workbook(answer)
    (row,) = shown.rows
    assert dict(zip(shown.columns, row, strict=True)) == {
        "Mã hồ sơ": dossier.code,
        "Thủ tục": "Đăng ký kết hôn",
        "Chủ hồ sơ (dữ liệu cá nhân)": "Nguyễn Thị Minh Họa",
        "Trạng thái": "Đang xử lý",
        "Tiếp nhận": "25/11/2026",
        "Hẹn trả": "02/12/2026",
        "Còn bao lâu": "Còn 5 ngày làm việc",
        "Đang ở": office.department.name,
        "Người xử lý": office.specialist.full_name,
    }


def test_a_list_too_long_for_a_file_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_export, "MOST_ROWS", 1)
    received(office), received(office)
    answer = logged_in(office.leader).get(EXPORT, {"nguoi": "chua-giao"}, follow=True)
    assert answer.redirect_chain == [(f"{LIST}?nguoi=chua-giao", 302)]
    assert "hơn 1 hồ sơ, một tệp chứa được 1. Xin lọc hẹp hơn" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="dossier.export").exists()


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"nguoi": "9" * 30}, 200), ({"dang-o": "9" * 30}, 200), ({"viec": "x"}, 200), ({"q": "\x00"}, 400)],
)
def test_an_odd_address_breaks_nothing(office: Office, asked: dict[str, str], status: int) -> None:
    assert logged_in(office.leader).get(EXPORT, asked).status_code == status
