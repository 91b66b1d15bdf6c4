"""The filters over the list: what each leaves, that an index answers it, and what cannot be read."""

import re
from typing import Any

import pytest

from dossiers.lifecycle.models import Dossier
from tenants.organisation.models import Role
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.desk.test_dossier_page import auditor
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AssignmentFactory, Office


def found(office: Office, **asked: Any) -> set[str]:
    """The codes in the list of the leader."""
    page = logged_in(office.leader).get(
        LIST, {name.replace("_", "-"): str(value) for name, value in asked.items()}
    )
    assert page.status_code == 200
    return set(re.findall(r"/change/[^>]*>(H15[\d.]*-\d{6}-\d{4})<", page.content.decode()))


@pytest.fixture
def two(office: Office) -> tuple[Dossier, Dossier]:
    """One just taken in, one in a specialist's hands."""
    return received(office), in_progress(office)


def test_each_filter_leaves_what_was_asked_for(office: Office, two: tuple[Dossier, Dossier]) -> None:
    fresh, given = two
    codes = {fresh.code, given.code}
    assert found(office) == codes
    assert found(office, trang_thai=4) == {given.code}
    assert found(office, dang_o=office.desk.pk) == {fresh.code}
    assert found(office, linh_vuc=office.procedure.sector_id) == codes
    assert found(office, nguoi=office.specialist.pk) == {given.code}
    assert found(office, nguoi="chua-giao") == {fresh.code}
    assert found(office, nguoi="toi") == set()
    assert found(office, loai="complaint") == set()


def test_days_are_counted_whole_and_read_as_in_vietnam(office: Office, two: tuple[Dossier, Dossier]) -> None:
    day = f"{two[0].due_at:%d/%m/%Y}"
    assert len(found(office, hen_tu=day, hen_den=day)) == 2
    assert found(office, hen_den="25/11/2026") == set()
    assert found(office, hen_tu="1/1/2027") == set()


def test_filters_hold_together_with_a_view(office: Office, two: tuple[Dossier, Dossier]) -> None:
    take(office, two[0], "withdraw", actor=office.clerk)
    assert found(office, viec="tat-ca", trang_thai=7) == {two[0].code}
    assert found(office, trang_thai=7) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [("hen-tu", "12/31/2026"), ("hen-den", "x"), ("trang-thai", "99"), ("dang-o", "x"), ("nguoi", "0' OR 1")],
)
def test_what_cannot_be_read_narrows_nothing_and_stays(
    office: Office, two: tuple[Dossier, Dossier], name: str, value: str
) -> None:
    page = logged_in(office.leader).get(LIST, {name: value}).content.decode()
    assert two[0].code in page
    assert two[1].code in page
    if name.startswith("hen"):
        assert f'value="{value}"' in page
        assert "ngày, tháng, năm" in page


def test_a_row_is_looked_at_without_leaving_the_list(office: Office, two: tuple[Dossier, Dossier]) -> None:
    page = logged_in(office.clerk).get(LIST).content.decode()
    button = re.search(r'<button[^>]*data-look="([^"]+)"[^>]*>', page)
    assert button is not None
    assert 'aria-expanded="false"' in button[0]
    piece = logged_in(office.clerk).get(f"{LIST}{two[0].pk}/xem-nhanh/").content.decode()
    assert "<html" not in piece
    assert "Tiếp nhận hồ sơ" in piece
    assert f"{LIST}{two[0].pk}/buoc/forward/" in piece
    assert f"{LIST}{two[0].pk}/change/" in piece
    read = logged_in(auditor(office)).get(f"{LIST}{two[0].pk}/xem-nhanh/").content.decode()
    assert "/buoc/" not in read


def test_the_look_shows_three_acts_and_what_is_waited_for(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist, papers=("Bản vẽ hoàn công",))
    take(office, dossier, "supplement_received", actor=office.specialist)
    piece = logged_in(office.specialist).get(f"{LIST}{dossier.pk}/xem-nhanh/").content.decode()
    assert "Tiếp nhận hồ sơ" not in piece
    assert piece.count("<li>") == 3
    assert "Đã yêu cầu bổ sung 1 lần" in piece


def test_the_list_has_one_way_in_says_its_name_once_and_offers_people_of_what_is_seen(office: Office) -> None:
    stranger = AssignmentFactory(agency=office.consulted, role=Role.SPECIALIST).user
    page = logged_in(office.leader).get(LIST).content.decode()
    offered = page.partition('name="nguoi"')[2].partition("</select>")[0]
    assert office.specialist.get_full_name() in offered
    assert stranger.get_full_name() not in offered
    assert "Bởi" not in page
    assert 'for="loc_trang-thai"' in page
    assert "addlink" not in page
    title = re.sub(r"<[^>]+>", " ", page.partition("<h1")[2].partition("</h1>")[0].partition(">")[2])
    assert title.split() == ["Hồ", "sơ"]
