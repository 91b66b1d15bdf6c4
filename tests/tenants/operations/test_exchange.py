"""Tables of the province as files: out without formulas, in only after a look, and never twice."""

import io
import re
from collections.abc import Sequence

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from procedures.catalogue.models import Procedure
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.onboarding.tables import PARTS
from tenants.organisation.models import Agency, Assignment, Role
from tests.factories import AgencyFactory, AssignmentFactory, ProcedureFactory

PAGE = "/quan-tri/du-lieu/"
AGENCIES, STAFF, CATALOGUE = "co-quan", "can-bo", "thu-tuc"
ALL = (AGENCIES, STAFF, CATALOGUE)
EVIL = "=cmd|'/C calc'!A0"
PLACE = {"lat": "12.668500", "lon": "108.038200"}


@pytest.fixture
def administrator(province: ProvinceRecord) -> Client:
    top = AgencyFactory(code="H15", name="UBND tỉnh", level="province")
    AgencyFactory(code="H15.08", name="Trung tâm", parent=top, desk=True, phone="+84 262 000 001", **PLACE)
    person = AssignmentFactory(agency=top, role=Role.ADMINISTRATOR, user__username="quantri").user
    ProcedureFactory(levels=[])
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(person)
    return client


def exported(client: Client, code: str, kind: str = "csv") -> bytes:
    answer = client.get(f"{PAGE}{code}/tep.{kind}")
    assert answer.status_code == 200
    return bytes(answer.content)


def rows(client: Client, code: str) -> list[list[str]]:
    """The CSV export by line and cell, for tables whose cells hold no comma."""
    return [line.split(",") for line in exported(client, code).decode("utf-8-sig").splitlines()]


def edited(table: Sequence[Sequence[str]]) -> bytes:
    return "\n".join(",".join(row) for row in table).encode()


def brought(client: Client, code: str, content: bytes, name: str = "tep.csv", **more: str) -> HttpResponse:
    answer: HttpResponse = client.post(f"{PAGE}{code}/", {"file": SimpleUploadedFile(name, content), **more})  # type: ignore[assignment]
    return answer


def confirmed(client: Client, code: str, looked: HttpResponse) -> HttpResponse:
    """Press the button of the page that showed what the file would do."""
    page = looked.content.decode()
    fields = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("carried", "seal")}
    assert all(fields.values()), page
    return client.post(f"{PAGE}{code}/", {name: found[1] for name, found in fields.items() if found})  # type: ignore[return-value]


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("code", ALL)
def test_what_was_taken_out_changes_nothing_when_it_comes_back(administrator, code, kind):
    content = exported(administrator, code, kind)
    assert "0 thay đổi" in words(brought(administrator, code, content, f"tep.{kind}"))


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", EVIL])
def test_no_cell_of_a_file_is_a_formula(administrator: Client, start: str) -> None:
    Agency.objects.filter(code="H15.08").update(address=start)
    assert f",'{start}," in exported(administrator, AGENCIES).decode()
    sheet = openpyxl.load_workbook(io.BytesIO(exported(administrator, AGENCIES, "xlsx"))).active
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).endswith(start)]
    assert [(cell.value, cell.data_type) for cell in found] == [(f"'{start}", "s")]
    assert "0 thay đổi" in words(brought(administrator, AGENCIES, exported(administrator, AGENCIES)))
    entry = AuditEntry.objects.filter(action="exchange.export").earliest("pk")
    assert (entry.subject, entry.detail) == (AGENCIES, {"rows": 2, "kind": "csv"})


def test_a_workbook_with_a_formula_is_refused_with_its_place(administrator: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(administrator, AGENCIES, "xlsx")))
    book.active["G3"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    answer = brought(administrator, AGENCIES, stream.getvalue(), "tep.xlsx")
    assert answer.status_code == 422
    assert "3 address ô chứa công thức" in words(answer)


def test_a_look_says_what_is_added_and_changed_and_writes_nothing(administrator: Client) -> None:
    table = rows(administrator, AGENCIES)
    table[2][1] = "Trung tâm mới"
    answer = brought(
        administrator, AGENCIES, edited([*table, ["H15.09", "Xã Mẫu", "", "commune", *[""] * 9]])
    )
    told = words(answer)
    assert "Xem thử, chưa ghi gì: 2 thay đổi." in told
    assert "Thêm (1) H15.09 Xã Mẫu" in told
    assert "Đổi (1) H15.08 Trung tâm mới name : Trung tâm → Trung tâm mới" in told
    assert set(Agency.objects.values_list("code", "name")) == {("H15", "UBND tỉnh"), ("H15.08", "Trung tâm")}


def test_what_is_confirmed_is_written_recorded_and_done(administrator: Client) -> None:
    moved = exported(administrator, AGENCIES).decode().replace("12.668500", "12.67")
    confirmed(administrator, AGENCIES, brought(administrator, AGENCIES, moved.encode()))
    assert str(Agency.objects.get(code="H15.08").lat) == "12.670000"
    content = edited([*rows(administrator, AGENCIES), ["H15.09", "Xã Mẫu", "", "commune", *[""] * 9]])
    done = confirmed(administrator, AGENCIES, brought(administrator, AGENCIES, content))
    assert "Đã ghi 1 thay đổi." in words(done)
    assert Agency.objects.filter(code="H15.09", name="Xã Mẫu").exists()
    entry = AuditEntry.objects.filter(action="exchange.import").latest("pk")
    assert (entry.subject, entry.actor_name, entry.detail["added"]) == (AGENCIES, "quantri", 1)
    assert "0 thay đổi" in words(brought(administrator, AGENCIES, content))


def test_what_somebody_else_changed_meanwhile_is_looked_at_again(administrator: Client) -> None:
    content = edited([*rows(administrator, AGENCIES), ["H15.09", "Xã Mẫu", "", "commune", *[""] * 9]])
    looked = brought(administrator, AGENCIES, content)
    Agency.objects.filter(code="H15.08").update(name="Tên khác")
    answer = confirmed(administrator, AGENCIES, looked)
    assert "vừa thay đổi sau lúc xem thử" in words(answer)
    assert not Agency.objects.filter(code="H15.09").exists()
    assert "Đã ghi 2 thay đổi." in words(confirmed(administrator, AGENCIES, answer))


def test_every_fault_is_told_with_row_and_column_and_nothing_is_written(administrator: Client) -> None:
    table = rows(administrator, STAFF)
    table += [
        ["lan anh", "Lan Anh", "", "khong-phai-thu", "H15", "clerk"],
        ["binh", "Bình", "", "", "H15.77", "thu ky"],
    ]
    answer = brought(administrator, STAFF, edited(table))
    told = words(answer)
    assert answer.status_code == 422
    assert [place for place in ("3 username", "3 email", "4 role") if place not in told] == []
    assert list(User.objects.values_list("username", flat=True)) == ["quantri"]


def test_new_people_are_invited_only_when_it_is_confirmed_and_no_file_holds_a_password(administrator):
    table = rows(administrator, STAFF)
    assert not any("password" in name or "mat_khau" in name for name in table[0])
    looked = brought(administrator, STAFF, edited([*table, ["lan", "Lan", "", "", "H15.08", "clerk"]]))
    assert "/loi-moi/" not in looked.content.decode()
    assert not User.objects.filter(username="lan").exists()
    done = confirmed(administrator, STAFF, looked)
    assert done.content.decode().count("/quan-tri/loi-moi/") == 1
    assert not User.objects.get(username="lan").has_usable_password()
    assert Assignment.objects.filter(user__username="lan", agency__code="H15.08", role=Role.CLERK).exists()


def test_a_catalogue_gets_new_versions_and_hides_only_when_asked(administrator: Client) -> None:
    ProcedureFactory(code="1.001193", name="Đăng ký khai sinh", levels=[])
    table = rows(administrator, CATALOGUE)
    table[1][table[0].index("term_value")] = "7"
    del table[2]
    kept = words(brought(administrator, CATALOGUE, edited(table)))
    assert "0 thêm · 1 đổi · 0 ẩn" in kept
    assert "term_value : 5 → 7" in kept
    looked = brought(administrator, CATALOGUE, edited(table), hide="1")
    assert "Ẩn hoặc bỏ (1) 1.001193 Đăng ký khai sinh" in words(looked)
    assert Procedure.objects.filter(state=Procedure.State.ACTIVE).count() == 2


def test_a_fault_of_the_catalogue_names_row_and_column(administrator: Client) -> None:
    table = rows(administrator, CATALOGUE)
    table[1][0] = "12"
    answer = brought(administrator, CATALOGUE, edited(table))
    assert answer.status_code == 422
    assert "2 code “12”: mã thủ tục phải có dạng 1.000894" in words(answer)


@pytest.mark.parametrize("carried", ["", "khong-phai", "eJwDAAAAAAE="])
def test_what_does_not_come_back_whole_is_refused(administrator: Client, carried: str) -> None:
    answer = administrator.post(f"{PAGE}{AGENCIES}/", {"carried": carried, "seal": "x"})
    assert answer.status_code == 422


def test_a_leader_may_not(administrator: Client) -> None:
    leader = Client(headers={"host": "daklak.localhost"})
    leader.force_login(AssignmentFactory(role=Role.LEADER).user)
    assert leader.get(PAGE).status_code == 403
    assert [leader.get(f"{PAGE}{part.code}/tep.csv").status_code for part in PARTS] == [403] * len(PARTS)
