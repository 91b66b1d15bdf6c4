"""The desk in Django admin: receive, print, move, and what it refuses."""

import io
import re
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier, Event, Party
from messaging.outbox.models.messages import Message
from tenants.accounts.models import User
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office, ProcedureFactory, UserFactory

LIST = "/quan-tri/dossiers/dossier/"
ADD = f"{LIST}add/"


def logged_in(user: User) -> Client:
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(user)
    return client


def page_of(dossier: Dossier) -> str:
    return f"{LIST}{dossier.pk}/change/"


def step(dossier: Dossier, code: str) -> str:
    return f"{LIST}{dossier.pk}/buoc/{code}/"


@pytest.fixture
def dossier(office: Office) -> Dossier:
    return services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk).dossier


def typed(office: Office, **changed: Any) -> dict[str, Any]:
    """What a clerk types into the intake form."""
    values = {
        "procedure": "1.000894",
        "receiving_agency": office.desk.code,
        "competent_agency": office.department.code,
        "channel": "counter",
        "owner_kind": "person",
        "owner_name": "Nguyễn Thị Minh Họa",
        "owner_phone": "0905 000 678",
        "recipient": "submitter",
        "result_delivery": "Tại nơi tiếp nhận",
        "documents": "Tờ khai\nBản sao giấy tờ tùy thân",
    }
    return {**values, **changed}


def test_receiving_leads_to_the_slip(clerk: Client, office: Office) -> None:
    """Number, place and day, address and identity number, as the form of the law; numbers of people are masked."""
    sent = {"owner_id_number": "066190000001", "owner_address": "12 Đường Minh Họa"}
    page = clerk.post(ADD, typed(office, **sent), follow=True).content.decode().replace("\xa0", " ")
    received = Dossier.objects.get()
    for wanted in (
        received.code,
        f"{received.lookup_key[:3]} {received.lookup_key[3:]}",
        f"Số: {received.code[-4:]}/TNHS",
        "Đắk Lắk, ngày 25 tháng 11 năm 2026",
        "12 Đường Minh Họa",
        "•••• 0001",
        'class="slip__barcode"',
    ):
        assert wanted in page, wanted
    assert "066190000001" not in page
    assert received.documents == ["Tờ khai", "Bản sao giấy tờ tùy thân"]


def test_qr_picture_holds_the_address_of_the_dossier(clerk: Client, dossier: Dossier) -> None:
    picture = clerk.get(f"{LIST}{dossier.pk}/qr.png").content
    address = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))[0].text
    assert address == f"http://daklak.localhost:8000/h/{AccessToken.objects.get(purpose='receipt').value}/"


def test_reprint_shows_the_same_key_and_address(clerk: Client, dossier: Dossier) -> None:
    first, second = (clerk.get(f"{LIST}{dossier.pk}/giay-hen/").content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("walked", [(), ("return_filing",), ("refuse",)])
def test_no_appointment_is_printed_for_a_filing_that_nobody_accepted(
    clerk: Client, office: Office, walked: tuple[str, ...]
) -> None:
    filing = received(office, channel="online")
    for code in walked:
        take(office, filing, code)
    desk = clerk.get(page_of(filing)).content.decode()
    assert ("In giấy hẹn" in desk, "chưa được tiếp nhận nên chưa có giấy hẹn" in desk) == (False, True)
    answer = clerk.get(f"{LIST}{filing.pk}/giay-hen/")
    assert (answer.status_code, answer["Location"]) == (302, page_of(filing))
    assert clerk.get(f"{LIST}{filing.pk}/qr.png").status_code == 403
    assert "cấp mã mới" in clerk.get(f"{page_of(filing)}?tab=giay-to").content.decode()


def test_words_find_the_procedure_and_ask_when_several_fit(clerk: Client, office: Office) -> None:
    ProcedureFactory(
        code="2.000779", name="Đăng ký kết hôn có yếu tố nước ngoài", short_name="Kết hôn nước ngoài"
    )
    from procedures.catalogue.search.index import reindex

    reindex()
    page = clerk.post(ADD, typed(office, procedure="ket hon")).content.decode()
    assert "1.000894" in page
    assert "2.000779" in page
    assert not Dossier.objects.exists()
    clerk.post(ADD, typed(office, procedure="ket hon", choice="2.000779"))
    assert Dossier.objects.get().procedure.code == "2.000779"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"owner_name": ""}, "Xin nhập họ tên"),
        ({"owner_phone": "123"}, "Xin nhập số điện thoại 10 chữ số"),
        ({"owner_name": "A" * 300}, "Nội dung quá dài"),
        ({"procedure": "không có thủ tục này đâu xyz"}, "không tiếp nhận thủ tục nào"),
        ({"owner_phone": "", "consents": ["mock"]}, "phải có số điện thoại di động"),
        ({"receiving_agency": "H99"}, "hợp lệ|lựa chọn|chọn"),
    ],
)
def test_bad_intake_says_why_and_keeps_what_was_typed(
    clerk: Client, office: Office, changed: dict[str, Any], sentence: str
) -> None:
    response = clerk.post(ADD, typed(office, **changed, owner_address="12 Đường Minh Họa"))
    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(sentence, page)
    assert "12 Đường Minh Họa" in page
    assert (Dossier.objects.count(), Party.objects.count()) == (0, 0)


@pytest.mark.parametrize("field", ["procedure", "owner_name", "note", "documents"])
def test_nul_is_refused_in_any_kind_of_form(clerk: Client, office: Office, field: str) -> None:
    response = clerk.post(ADD, typed(office, **{field: "A\0"}))
    assert response.status_code == 400
    assert "ký tự không hợp lệ" in response.content.decode()
    assert not Dossier.objects.exists()


def test_page_shows_only_the_legal_steps_of_this_person(
    clerk: Client, office: Office, dossier: Dossier
) -> None:
    buttons = set(re.findall(r'data-transition="(\w+)"', clerk.get(page_of(dossier)).content.decode()))
    assert buttons == {"forward", "require_supplement", "refuse", "withdraw"}
    leader = logged_in(office.leader)
    buttons = set(re.findall(r'data-transition="(\w+)"', leader.get(page_of(dossier)).content.decode()))
    assert "stop" in buttons


def test_moving_writes_event_and_message_and_a_second_click_gets_a_conflict(
    clerk: Client, office: Office, dossier: Dossier
) -> None:
    answer = {"seen": 1, "assignee": office.specialist.pk, "note": ""}
    assert clerk.post(step(dossier, "forward"), answer).status_code == 302
    dossier.refresh_from_db()
    assert (dossier.status, dossier.assignee) == (4, office.specialist)
    assert Message.objects.filter(intent="in_progress").count() == 1
    response = clerk.post(step(dossier, "forward"), answer)
    assert response.status_code == 409
    assert "Hồ sơ vừa được người khác cập nhật" in response.content.decode()
    assert Event.objects.count() == 2


def test_a_colleague_is_chosen_by_post_office_and_work(office: Office, dossier: Dossier) -> None:
    User.objects.filter(pk=office.specialist.pk).update(position="Chuyên viên chính")
    in_progress(office)
    said = f"{office.specialist.get_full_name()} · Chuyên viên chính · Phòng Tư pháp · đang làm 1 hồ sơ<"
    assert said in logged_in(office.clerk).get(step(dossier, "forward")).content.decode()


def test_missing_papers_are_asked_for(office: Office, dossier: Dossier) -> None:
    response = logged_in(office.clerk).post(
        step(dossier, "require_supplement"), {"seen": 1, "papers": "", "note": "x"}
    )
    assert response.status_code == 422
    assert "Xin ghi các giấy tờ cần bổ sung" in response.content.decode()
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "got", "posted"),
    [
        ("nosuch", 302, 302),
        ("finish", 302, 422),
        ("stop", 403, 422),
        ("%00", 400, 400),
        ("x" * 300, 302, 302),
    ],
)
def test_impossible_step_changes_nothing(
    clerk: Client, dossier: Dossier, code: str, got: int, posted: int
) -> None:
    assert clerk.get(step(dossier, code)).status_code == got
    assert clerk.post(step(dossier, code), {"seen": 1}).status_code == posted
    assert Event.objects.count() == 1


def test_dossier_of_another_agency_is_not_found(office: Office, dossier: Dossier) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True)).user
    client = logged_in(stranger)
    assert client.get(page_of(dossier)).status_code == 404
    assert dossier.code not in client.get(LIST).content.decode()
    assert logged_in(UserFactory()).get(LIST).status_code == 403
    assert client.get(f"{LIST}{dossier.pk}/giay-hen/").status_code == 404


def test_forms_are_guarded_against_forgery(office: Office, dossier: Dossier) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "daklak.localhost"})
    client.force_login(office.clerk)
    assert client.post(step(dossier, "forward"), {"seen": 1}).status_code == 403
    assert Event.objects.count() == 1


def test_reading_a_dossier_is_recorded_and_its_numbers_are_masked(
    clerk: Client, office: Office, dossier: Dossier
) -> None:
    from tenants.audit.models import AuditEntry

    page = clerk.get(page_of(dossier)).content.decode()
    assert not any(number in page for number in ("0905000678", "066190000001"))
    entry = AuditEntry.objects.get(action="dossier.read")
    assert (entry.subject, entry.actor_name) == (dossier.subject, office.clerk.username)
