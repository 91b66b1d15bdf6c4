"""Starting notices at home: a code to the dossier's own number, for who holds its address. People are invented."""

import re
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Dossier
from messaging.contacts.models import Consent
from messaging.outbox.models.messages import Message
from messaging.outbox.models.one_time_codes import OneTimeCode
from messaging.outbox.one_time_codes import codes
from tenants.audit.models import AuditEntry
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tests.dossiers.chatting import address, words
from tests.dossiers.walking import received, take
from tests.factories import Office
from tests.task_queue import TaskQueue

NUMBER = "0905000678"
PAGE = "tin-bao/bat/"


@pytest.fixture
def silent(office: Office) -> Dossier:
    """Its recipient agreed to nothing."""
    return received(office, consents=frozenset())


def asked(citizen: Client, dossier: Dossier) -> str:
    """The page that takes the code, once one was asked for."""
    answer = citizen.post(f"{address(dossier)}{PAGE}", {"gui": "1"})
    assert answer.status_code == 303
    return str(answer["Location"])


def reference_in(page: str) -> str:
    found = re.search(r'name="tham-chieu" value="([^"]+)"', page)
    assert found
    return found[1]


def typed(citizen: Client, dossier: Dossier, reference: str, code: str) -> Any:
    return citizen.post(f"{address(dossier)}{PAGE}", {"tham-chieu": reference, "ma": code})


def code_of(queue: TaskQueue) -> codes.OutgoingCode:
    return codes.OutgoingCode.decrypted(queue.sent[-1][2])


def test_the_code_starts_notices_of_this_dossier_alone_with_evidence(office, citizen, silent, task_queue):
    notices = words(citizen.get(f"{address(silent)}tin-bao/"))
    assert f"{address(silent)}{PAGE}" in notices
    other = received(office, consents=frozenset())
    answer = citizen.get(asked(citizen, silent))
    page = words(answer)
    assert (NUMBER in page, "678" in page, dict(answer.cookies)) == (False, True, {})
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert code_of(task_queue).phone == NUMBER
    answer = typed(citizen, silent, reference_in(page), code_of(task_queue).code)
    assert "Đã bật tin báo" in words(citizen.get(answer["Location"]))
    silent.refresh_from_db()
    event = silent.events.last()
    assert (silent.notice_channels, event.kind, event.note.data["channels"]) == (
        ["mock"],
        "consent",
        ["mock"],
    )
    assert Consent.objects.get().evidence == (
        f"{silent.subject}; trang tra cứu, mã xác nhận gửi đến số 09•• ••• 678"
    )
    assert AuditEntry.objects.filter(action="dossier.consent", subject=silent.subject).count() == 1
    take(office, silent, "forward")
    take(office, other, "forward")
    assert {message.subject for message in Message.objects.all()} == {silent.subject}


def test_a_wrong_code_or_one_of_another_dossier_starts_nothing(office, citizen, silent, task_queue):
    other = received(office, consents=frozenset())
    reference = reference_in(words(citizen.get(asked(citizen, silent))))
    wrong = f"{(int(code_of(task_queue).code) + 1) % 10**6:06d}"
    page = words(typed(citizen, silent, reference, wrong))
    assert "Mã chưa đúng, đã dùng hoặc đã hết hạn" in page
    assert reference_in(page) == reference
    assert "Mã chưa đúng" in words(typed(citizen, other, reference, code_of(task_queue).code))
    assert not Consent.objects.exists()


def test_a_number_that_changed_meanwhile_is_not_written_to(citizen, silent, task_queue):
    reference = reference_in(words(citizen.get(asked(citizen, silent))))
    silent.recipient.phone = "0905000679"
    silent.recipient.save()
    typed(citizen, silent, reference, code_of(task_queue).code)
    assert services.start_notices(silent.pk, proven=NUMBER) is None
    assert not Consent.objects.exists()


def test_looking_sends_nothing_and_costs_six_statements(
    citizen: Client, silent: Dossier, task_queue: TaskQueue, django_assert_max_num_queries: Any
) -> None:
    page = f"{address(silent)}{PAGE}"
    citizen.get(page)
    with public_context():
        Province.objects.count()  # the connection comes from somewhere else, as it does in service
    with django_assert_max_num_queries(6):
        assert "Gửi mã xác nhận" in words(citizen.get(page))
    assert not OneTimeCode.objects.exists()


def test_where_notices_go_out_already_the_page_is_the_other_one(office, citizen, task_queue):
    dossier = received(office)
    for answer in (citizen.get(f"{address(dossier)}{PAGE}"), citizen.post(f"{address(dossier)}{PAGE}")):
        assert (answer.status_code, answer["Location"]) == (303, f"{address(dossier)}tin-bao/")
    assert not OneTimeCode.objects.exists()


@pytest.mark.parametrize("why", ["no channel", "no mobile number", "closed"])
def test_where_no_code_can_help_the_page_says_where_to_go(office, citizen, settings, task_queue, why):
    phone = "02623000000" if why == "no mobile number" else NUMBER
    owner = PersonData(name="Nguyễn Thị Minh Họa", phone=phone)
    dossier = received(office, consents=frozenset(), owner=owner)
    if why == "no channel":
        settings.MESSAGING_CHANNELS = []
    if why == "closed":
        take(office, dossier, "withdraw", actor=office.clerk)
    for answer in (
        citizen.get(f"{address(dossier)}{PAGE}"),
        citizen.post(f"{address(dossier)}{PAGE}", {"gui": "1"}),
    ):
        page = words(answer)
        assert ("<form" in page.partition("<main")[2].partition("</main>")[0]) is False
        assert (office.desk.name in page) is (why != "closed")
    assert not OneTimeCode.objects.exists()


def test_too_many_codes_and_a_queue_that_is_down_are_said(citizen, silent, task_queue, monkeypatch):
    monkeypatch.setattr(codes, "PER_NUMBER", 1)
    asked(citizen, silent)
    answer = citizen.post(f"{address(silent)}{PAGE}", {"gui": "1"})
    assert (answer.status_code, "lấy mã khác từ 11:00, thứ Tư 25/11/2026" in words(answer)) == (429, True)
    OneTimeCode.objects.all().delete()
    task_queue.is_down = True
    answer = citizen.post(f"{address(silent)}{PAGE}", {"gui": "1"})
    assert (answer.status_code, "chưa gửi được mã" in words(answer)) == (503, True)


def test_typing_too_often_is_stopped(citizen: Client, silent: Dossier, task_queue: TaskQueue) -> None:
    answers = [typed(citizen, silent, "x", "000000").status_code for _turn in range(11)]
    assert (answers[9], answers[10]) == (200, 429)
