"""Pages and addresses of the forms at the desk."""

import re
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import Dossier
from dossiers.printing.models import FormTemplate
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.printing import reading
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

DESK = "/quan-tri/dossiers/dossier/"


def address(dossier: Dossier, rest: str) -> str:
    return f"{DESK}{dossier.pk}/{rest}"


def test_a_form_comes_as_a_pdf_that_nobody_keeps(office: Office) -> None:
    dossier = received(office)
    answer = logged_in(office.clerk).get(address(dossier, "bieu-mau/01.pdf"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == f'inline; filename="mau-01-{dossier.code}.pdf"'
    assert reading.codes(answer.content)["Code 128"] == dossier.code


def test_sheet_and_act_can_be_chosen(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", papers=("Giấy thứ nhất",))
    answer = logged_in(office.clerk).get(address(dossier, "bieu-mau/02.pdf?viec=3&kho=a4"))
    assert reading.sheets(answer.content) == [(210, 297)]
    assert reading.holds(answer.content, "Giấy thứ nhất")


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("kho=a3", 200),
        ("kho=%00", 400),
        ("viec=abc", 200),
        ("viec=99999999999999999999", 200),
        ("viec=²", 200),
    ],
)
def test_odd_wishes_do_no_harm(office: Office, rest: str, status: int) -> None:
    answer = logged_in(office.clerk).get(address(received(office), f"bieu-mau/01.pdf?{rest}"))
    assert answer.status_code == status


@pytest.mark.parametrize(("form", "status"), [("02", 200), ("07", 200), ("xx", 200), ("%00", 400)])
def test_what_cannot_be_printed_is_explained(office: Office, form: str, status: int) -> None:
    client = logged_in(office.clerk)
    answer = client.get(address(received(office), f"bieu-mau/{form}.pdf"), follow=True)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")


def test_the_page_offers_just_what_can_be_printed(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement")
    page = logged_in(office.clerk).get(address(dossier, "change/?tab=giay-to")).content.decode()
    assert re.findall(r'data-form="(\d\d)"', page) == ["01", "02", "06"]


def test_a_stranger_and_who_is_not_signed_in_get_no_form(office: Office) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user
    where = address(received(office), "bieu-mau/01.pdf")
    assert logged_in(stranger).get(where).status_code == 404
    answer = Client(headers={"host": "daklak.localhost"}).get(where)
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)


def test_a_form_of_another_province_cannot_be_asked_for(office: Office, inside: Any) -> None:
    dossier = received(office)
    with inside("dongnai"):
        administrator = UserFactory(administrator=True)
        client = logged_in(administrator)
    where = address(dossier, "bieu-mau/01.pdf")
    assert client.get(where, headers={"host": "dongnai.localhost"}).status_code == 404


def test_a_template_that_broke_is_told_to_the_desk(office: Office, noon: Any) -> None:
    day = noon.date().isoformat()
    FormTemplate.publish({"circular": "tt03-2025", "effective_from": day, "source": "#khong_co"}, "06")
    answer = logged_in(office.clerk).get(address(received(office), "bieu-mau/06.pdf"))
    assert answer.status_code == 500
    assert "Mẫu giấy của tỉnh đang có lỗi" in answer.content.decode()


def test_a_lost_slip_gets_a_new_key_after_the_paper_was_checked(office: Office) -> None:
    dossier = received(office)
    client, old = logged_in(office.clerk), dossier.lookup_key
    page = client.get(address(dossier, "cap-ma-moi/")).content.decode()
    assert "Giấy tờ tùy thân đã kiểm tra" in page
    answer = client.post(address(dossier, "cap-ma-moi/"), {"seen": 1, "checked": " x "})
    assert (answer.status_code, "Xin ghi giấy tờ tùy thân" in answer.content.decode()) == (422, True)
    given = {"seen": 1, "checked": "thẻ căn cước"}
    assert client.post(address(dossier, "cap-ma-moi/"), given).status_code == 302
    dossier.refresh_from_db()
    assert dossier.lookup_key != old
    assert client.post(address(dossier, "cap-ma-moi/"), given).status_code == 409


def test_only_a_clerk_gives_a_new_key(office: Office) -> None:
    dossier = in_progress(office)
    client = logged_in(office.specialist)
    assert "Mất giấy hẹn" not in client.get(address(dossier, "change/?tab=giay-to")).content.decode()
    answer = client.post(address(dossier, "cap-ma-moi/"), {"seen": 2, "checked": "thẻ căn cước"})
    assert answer.status_code == 422
    assert "Chỉ cán bộ nơi tiếp nhận" in answer.content.decode()
