"""Who is told of an act, in which words, and whom the desk has to call instead. Everybody is invented."""

from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import notices
from dossiers.lifecycle.actions.requirements import Handover
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Dossier
from messaging.contacts import contacts
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.wording import for_channel
from tests.dossiers.complaint_office import SECRET_SUBJECT, ComplaintOffice
from tests.dossiers.walking import in_progress, received, take
from tests.factories import Office

NOBODY: frozenset[str] = frozenset()


def message(dossier: Dossier, intent: str) -> Message:
    return Message.objects.get(subject=dossier.subject, intent=intent)


def shown(dossier: Dossier, intent: str) -> str:
    return for_channel(message(dossier, intent).body, may_show_phone=True)


def calls() -> list[tuple[str, str]]:
    return [(call.intent, call.reason) for call in Call.objects.order_by("pk")]


def test_a_message_names_its_reader_and_the_desk_that_answers_for_it(office: Office) -> None:
    told = message(received(office), "received")
    assert (told.reader, told.desk, Call.objects.count()) == ("Nguyễn Thị Minh Họa", office.desk, 0)


def test_without_consent_the_desk_has_to_call(office: Office) -> None:
    dossier = in_progress(office, consents=NOBODY)
    call = Call.objects.get()
    assert (call.intent, call.reason, call.desk) == ("in_progress", "no_consent", office.desk)
    assert (call.subject, call.name, call.phone) == (dossier.subject, "Nguyễn Thị Minh Họa", "0905000678")
    assert ("được Phòng Tư pháp giải quyết" in call.body, "⟦" in call.body) == (True, False)


@pytest.mark.parametrize("phone", ["02623812345", ""])
def test_a_number_that_no_channel_reaches_is_kept_for_the_call(office: Office, phone: str) -> None:
    in_progress(office, consents=NOBODY, owner=PersonData(name="Nguyễn Thị Minh Họa", phone=phone))
    call = Call.objects.get()
    assert (call.reason, call.phone) == ("no_channel", phone)


def test_a_channel_that_is_out_of_service_reaches_nobody(office: Office, settings: Any) -> None:
    dossier = received(office)
    settings.MESSAGING_CHANNELS = ["zalo"]
    take(office, dossier, "forward")
    assert calls() == [("in_progress", "no_channel")]


def test_who_stopped_all_messages_is_called(office: Office) -> None:
    dossier = received(office)
    contacts.withdraw(Contact.objects.get())
    take(office, dossier, "forward")
    assert calls() == [("in_progress", "no_consent")]


def test_who_leaves_the_desk_with_a_slip_is_not_called(office: Office) -> None:
    received(office, consents=NOBODY)
    assert calls() == []


def test_who_sent_papers_by_post_is_told_that_they_came(office: Office) -> None:
    received(office, consents=NOBODY, channel="post")
    assert calls() == [("received", "no_consent")]


@pytest.mark.parametrize(
    ("handover", "called"),
    [
        (Handover("counter", taken_by="Nguyễn Thị Minh Họa", identified=True, result="12/2026"), False),
        (Handover("post", waybill="EA000VN", no_paper=True), True),
    ],
)
def test_a_result_that_is_not_taken_in_person_is_announced(office, handover, called):
    dossier = in_progress(office, consents=NOBODY)
    take(office, dossier, "finish")
    take(office, dossier, "return", handover=handover)
    assert (("returned", "no_consent") in calls()) == called


def test_what_is_handed_over_at_the_counter_leaves_nothing_to_call_about(office: Office) -> None:
    dossier = in_progress(office, consents=NOBODY)
    take(office, dossier, "finish")
    take(
        office,
        dossier,
        "return",
        handover=Handover("counter", taken_by="Nguyễn Thị Minh Họa", identified=True, result="12/2026"),
    )
    assert not Call.objects.filter(settled_at__isnull=True).exists()


@pytest.mark.parametrize("change", [{"legacy": True}, {"kind": "feed"}, {"kind": "import"}])
def test_history_of_an_older_system_gives_nobody_to_call(office: Office, change: dict[str, Any]) -> None:
    dossier = in_progress(office, consents=NOBODY)
    Call.objects.all().delete()
    event = dossier.events.last()
    assert event is not None
    for name, value in change.items():
        setattr(event, name, value)
    notices.send(dossier, event, "in_progress", hold_seconds=0)
    assert calls() == []


def test_a_call_about_a_complaint_does_not_tell_what_it_is_about(province: object, noon: object) -> None:
    office = ComplaintOffice()
    dossier = office.received(consents=NOBODY).dossier
    office.act(dossier, "accept_first")
    call = Call.objects.get()
    assert call.intent == "complaint_accepted"
    assert (SECRET_SUBJECT in call.title + call.body, dossier.procedure.short_name in call.body) == (
        False,
        False,
    )


def test_the_lines_of_a_complaint_name_neither_procedure_nor_person(province: object, noon: object) -> None:
    office = ComplaintOffice()
    dossier = office.received().dossier
    office.act(dossier, "accept_first")
    labels = [label for label, _value in message(dossier, "complaint_accepted").rows]
    assert labels == ["Mã hồ sơ", "Trạng thái", "Lúc", "Nơi giải quyết"]


def test_a_receipt_tells_where_by_whom_and_when(office: Office) -> None:
    rows = dict(message(received(office), "received").rows)
    assert (rows["Nơi tiếp nhận"], rows["Người tiếp nhận"], rows["Lúc"]) == (
        office.desk.name,
        office.clerk.get_full_name(),
        "10:00, 25/11/2026",
    )


def test_a_step_tells_who_handles_it_and_since_when(office: Office) -> None:
    dossier = in_progress(office)
    rows = dict(message(dossier, "in_progress").rows)
    assert (rows["Nơi giải quyết"], rows["Người phụ trách"], rows["Lúc"]) == (
        office.department.name,
        office.specialist.get_full_name(),
        "10:00, 25/11/2026",
    )
    assert office.specialist.get_full_name() not in shown(dossier, "in_progress")


def test_an_organisation_is_greeted_by_its_name(office: Office) -> None:
    firm = PersonData(name="Công ty TNHH Minh Họa", kind="organisation", phone="0905000678")
    assert shown(received(office, owner=firm), "received").startswith("Kính gửi Công ty TNHH Minh Họa, lúc")


def test_a_long_name_leaves_room_for_the_news(office: Office) -> None:
    owner = PersonData(name="Nguyễn " * 20, phone="0905000678")
    greeting = shown(received(office, owner=owner), "received").partition(", lúc")[0]
    assert len(greeting) <= len("Kính gửi ông/bà ") + notices.NAME_MAX


@pytest.mark.parametrize(
    ("source", "how"),
    [("", "nộp trên trang hồ sơ hoặc tại Trung tâm"), ("cu", "nộp trên Cổng Dịch vụ công quốc gia hoặc tại")],
)
def test_papers_are_brought_the_way_they_came(office: Office, source: str, how: str) -> None:
    dossier = received(office, channel="online")
    Dossier.objects.update(source=source)
    take(office, dossier, "return_filing")
    assert how in shown(dossier, "supplement")


def test_a_payment_is_asked_for_and_acknowledged_with_its_sum(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_payment")
    take(office, dossier, "payment_received")
    assert "cần nộp 100.000 đồng cho nơi thu ghi trong thông báo nộp tiền" in shown(dossier, "payment")
    assert "chúng tôi đã nhận 100.000 đồng cho hồ sơ" in shown(dossier, "payment_received")


def test_who_collects_is_named_when_the_desk_said_so(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_payment", payee="Kho bạc minh họa")
    assert "cho Kho bạc minh họa, hạn" in shown(dossier, "payment")


def test_a_sum_that_was_taken_back_is_not_acknowledged(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_payment", amount="900.000")
    services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    take(office, dossier, "require_payment")
    take(office, dossier, "payment_received")
    assert "đã nhận 100.000 đồng" in shown(dossier, "payment_received")
