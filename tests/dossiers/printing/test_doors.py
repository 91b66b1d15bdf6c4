"""Pages and addresses of the forms at the desk."""

import re
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import Dossier
from dossiers.printing import printing
from dossiers.printing.models import FormTemplate
from tenants import clock
from tenants.audit.models import AuditEntry
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.printing import reading
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

DESK = "/quan-tri/dossiers/dossier/"
REGISTER = f"{DESK}so-theo-doi.pdf"


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


def asked(office: Office, **changed: str) -> dict[str, str]:
    return {"desk": office.desk.code, "from": "01/11/2026", "to": "30/11/2026", **changed}


def test_the_register_lists_what_the_desk_took_in_with_masked_telephones_and_is_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    AgencyFactory(code="H15.70", name="Bộ phận một cửa nơi khác", desk=True)
    page = logged_in(office.clerk).get(f"{DESK}so-theo-doi/").content.decode()
    assert (office.desk.name in page, "nơi khác" in page) == (True, False)
    dossiers = [received(office) for _ in range(3)]
    answer = logged_in(office.clerk).get(REGISTER, asked(office))
    assert answer["Content-Type"] == "application/pdf"
    assert reading.sheets(answer.content) == [(297, 210)]
    assert reading.lost(answer.content, [dossier.code for dossier in dossiers]) == []
    assert reading.lost(answer.content, ["Tổng số: 3 hồ sơ", "••• ••• 678", "0905000678"]) == ["0905000678"]
    entry = AuditEntry.objects.get(action="dossier.register")
    assert entry.detail == {
        "first": "2026-11-01", "last": "2026-11-30", "desk": office.desk.code, "dossiers": 3
    }  # fmt: skip
    monkeypatch.setattr(printing, "MOST_ROWS", 2)
    answer = logged_in(office.clerk).get(REGISTER, asked(office))
    assert (answer.status_code, "Xin chọn khoảng ngắn hơn" in answer.content.decode()) == (422, True)


def test_the_register_counts_days_in_viet_nam(office: Office, noon: Any) -> None:
    with clock.frozen(noon.replace(hour=0, minute=1)):
        early = received(office)
    with clock.frozen(noon.replace(hour=23, minute=59)):
        late = received(office)
    with clock.frozen(noon.replace(day=26, hour=0, minute=0)):
        next_day = received(office)
    day = asked(office, **{"from": "25/11/2026", "to": "25/11/2026"})
    pdf = logged_in(office.clerk).get(REGISTER, day).content
    assert reading.lost(pdf, [early.code, late.code, next_day.code]) == [next_day.code]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"from": "01/12/2026", "to": "31/12/2026"}, "Không có hồ sơ nào"),
        ({"from": "30/11/2026", "to": "01/11/2026"}, "Ngày cuối phải từ ngày đầu"),
        ({"from": "12/31/2026"}, "ngày, tháng, năm"),
        ({"desk": "H15.70"}, "H15.70"),
    ],
)
def test_a_register_that_cannot_be_is_explained(office: Office, changed: dict[str, str], words: str) -> None:
    AgencyFactory(code="H15.70", desk=True)
    received(office)
    answer = logged_in(office.clerk).get(REGISTER, asked(office, **changed))
    assert answer.status_code == 422
    assert words in answer.content.decode()


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
