"""Forgetting a person leaves the rows and nothing that tells who it was. People and numbers are invented."""

import io
import json
import zipfile
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from dossiers.lifecycle.actions import consents
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Address, Consent, Contact
from messaging.inbound import privacy
from messaging.inbound.models import WebhookEvent
from messaging.outbox import phone_calls
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tests.messaging.conftest import NUMBER, SUBJECT, agreed, write
from tests.messaging.traces import places_of, tells

CANARY = "Chim Hoàng Yến"
EMAIL = "chim.hoangyen@example.vn"
KNOWN = (CANARY, NUMBER, NUMBER[1:], EMAIL)
OTHER_NUMBER = "0905000999"


@pytest.fixture
def administrator(province: Any) -> User:
    return User.objects.create_superuser("quantri", password="mật khẩu thử")


@pytest.fixture
def person(province: Any, administrator: User) -> Contact:
    """Somebody who left a trace in every table of this room; all of it is over."""
    contact = agreed(NUMBER, CANARY)
    contacts.set_address(contact, "email", EMAIL)
    message = write(
        contact, reader=CANARY, rows=[("Chủ hồ sơ", CANARY)], button_url=f"http://daklak.localhost/h/{CANARY}/",
        rendered=_words(),
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, finished_at=Now())
    with transaction.atomic():
        phone_calls.open_call(message, Call.Reason.FAILED)
        phone_calls.open_without_message(
            subject=f"{SUBJECT}9", event="2", intent="done", desk=None, name=CANARY, phone=NUMBER,
            title=f"Báo cho {CANARY}", body=f"Kính gửi {CANARY}", reason=Call.Reason.NO_CONSENT,
        )  # fmt: skip
    Call.objects.update(settled_at=Now(), outcome=Call.Outcome.INFORMED)
    _told(f'{{"from": "+84{NUMBER[1:]}", "text": "{CANARY}"}}')
    _told(f'{{"to": "{EMAIL.upper()}"}}')
    _told(f'{{"tracking_id": "{message.tracking_id}"}}')
    return contact


def _words() -> Any:
    from messaging.outbox.wording import Rendered

    return Rendered(f"Tin cho {CANARY}", f"Kính gửi ông/bà {CANARY}")


def _told(raw: str, state: str = "done") -> WebhookEvent:
    return WebhookEvent.objects.create(
        channel="mock", account="mock", key=f"{hash(raw)}", raw=raw, state=state, handled_at=Now()
    )


def test_no_trace_is_left_in_any_column_of_the_province(person: Contact, administrator: User) -> None:
    assert set(places_of(*KNOWN)) >= {
        "contacts_contact.name", "contacts_contact.phone", "contacts_address.value", "messaging_message.reader",
        "messaging_message.body", "messaging_message.button_url", "messaging_call.name", "messaging_call.phone",
        "messaging_call.body", "inbound_webhookevent.raw",
    }  # fmt: skip
    privacy.erase(person, administrator)
    assert places_of(*KNOWN) == []


def test_the_rows_stay_for_proof_and_counts_and_it_is_recorded_once(person, administrator):
    rows = (Message, Call, Consent, Address, WebhookEvent)
    before = [model._default_manager.count() for model in rows]
    done = privacy.erase(person, administrator)
    assert [model._default_manager.count() for model in rows] == before
    assert done == {"messages": 1, "calls": 2, "addresses": 1, "inbound": 3, "elsewhere": 0}
    assert set(Consent.objects.values_list("evidence", "withdrawn_how")) == {("đơn thử", privacy.HOW)}
    assert privacy.erase(person, administrator) == {}
    entry = AuditEntry.objects.get(action="contact.erase")
    assert (entry.subject, entry.actor, entry.detail) == (f"contact:{person.pk}", administrator, done)


def test_others_keep_what_is_theirs(person: Contact, administrator: User) -> None:
    other = agreed(OTHER_NUMBER, "Người Khác")
    write(other, "9", reader="Người Khác")
    theirs = _told(f'{{"from": "{OTHER_NUMBER}"}}')
    waiting = _told(f'{{"from": "{NUMBER}", "n": 2}}', state="new")
    privacy.erase(person, administrator)
    other.refresh_from_db()
    theirs.refresh_from_db()
    waiting.refresh_from_db()
    assert NUMBER in waiting.raw, "it is not worked off yet"
    message = Message.objects.get(contact=other)
    assert (other.phone, message.reader, bool(message.body)) == (OTHER_NUMBER, "Người Khác", True)
    assert OTHER_NUMBER in theirs.raw
    assert Consent.objects.filter(contact=other, withdrawn_at=None).count() == 2


def test_the_number_comes_back_as_somebody_new(person: Contact, administrator: User) -> None:
    privacy.erase(person, administrator)
    again = contacts.contact_for(NUMBER, "Người Mới")
    assert again.pk != person.pk
    assert contacts.active_channels(again, "dossier_status") == set()
    privacy.erase(again, administrator)
    assert Contact.objects.filter(phone="").count() == 2


@pytest.mark.parametrize("state", [State.QUEUED, State.DEFERRED, State.SENDING, State.UNKNOWN])
def test_nobody_is_forgotten_while_a_message_is_on_its_way_or_a_call_is_open(
    person: Contact, administrator: User, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Message.objects.update(state=state, finished_at=None)
    with pytest.raises(privacy.MessageUnderWay, match="tin đang chờ"):
        privacy.erase(person, administrator)
    Message.objects.update(state=State.FAILED, finished_at=Now())
    Call.objects.filter(message=None).update(settled_at=None, outcome="")
    with pytest.raises(privacy.MessageUnderWay, match="cuộc gọi"):
        privacy.erase(person, administrator)
    Call.objects.update(settled_at=Now(), outcome=Call.Outcome.INFORMED)
    monkeypatch.setattr(consents, "find_erasure_hindrance", lambda contact: f"Còn việc của {contact.pk}.")
    with pytest.raises(privacy.MessageUnderWay, match="Còn việc"):
        privacy.erase(person, administrator)
    person.refresh_from_db()
    assert person.name == CANARY


def test_the_retention_period_erases_who_was_silent_and_passes_over_who_is_busy(person: Contact) -> None:
    busy = agreed(OTHER_NUMBER, "Người Khác")
    message = write(busy, "9")
    long_ago = Now() - timedelta(days=400)
    Contact.objects.update(created_at=long_ago)
    Message.objects.update(created_at=long_ago)
    Consent.objects.update(withdrawn_at=long_ago)
    assert "2 người nhận sẽ được xóa" in _forget("--dry-run")
    assert "đã xóa dữ liệu của 1 người nhận, còn vướng 1" in _forget()
    assert list(Contact.objects.exclude(phone="")) == [busy]
    assert Message.objects.get(pk=message.pk).body


def _forget(*more: str) -> str:
    output = StringIO()
    call_command("contacts", "forget", "daklak", "--idle-days", "365", *more, stdout=output)
    return output.getvalue()


# --- the administrators' page


def _post(browser: Client, action: str, contact: Contact, query: str = "", **more: str) -> str:
    address = reverse("admin:contacts_contact_changelist", urlconf="portal.urls") + query
    form = {"action": action, "_selected_action": contact.pk, **more}
    answer = browser.post(address, form, headers={"host": "daklak.localhost"}, follow=True)
    return answer.content.decode()


@pytest.mark.parametrize("query", ["", "?p=1", "?o=1"])
def test_an_administrator_confirms_before_anything_is_lost(person, administrator, client, query):
    client.force_login(administrator)
    page = _post(client, "erase", person, query)
    assert "không khôi phục được" in page
    Message.objects.update(state=State.QUEUED, finished_at=None)
    assert "Còn tin đang chờ gửi" in _post(client, "erase", person, query, confirmed="1")
    Message.objects.update(state=State.FAILED, finished_at=Now())
    person.refresh_from_db()
    assert person.name == CANARY
    page = _post(client, "erase", person, query, confirmed="1")
    person.refresh_from_db()
    assert (person.name, CANARY in page, "(đã xóa)" in page) == ("", False, True)


@pytest.mark.parametrize(
    ("typed", "found"), [(NUMBER, True), (NUMBER[-4:], True), ("0905 999 998", False), (CANARY, True)]
)
def test_an_administrator_finds_a_person_by_number(person, administrator, client, typed, found):
    client.force_login(administrator)
    address = reverse("admin:contacts_contact_changelist", urlconf="portal.urls")
    page = client.get(address, {"q": typed}, headers={"host": "daklak.localhost"}).content.decode()
    assert (
        reverse("admin:contacts_contact_change", args=[person.pk], urlconf="portal.urls") in page
    ) == found


def test_an_administrator_takes_out_what_is_kept_of_a_person(person, administrator, client):
    client.force_login(administrator)
    address = reverse("admin:contacts_contact_changelist", urlconf="portal.urls")
    form = {"action": "export", "_selected_action": person.pk}
    page = client.post(address, form, headers={"host": "daklak.localhost"})
    assert "Chỉ giao cho chính người ấy" in page.content.decode()
    assert not AuditEntry.objects.filter(action="contact.export").exists()
    answer = client.post(address, {**form, "confirmed": "1"}, headers={"host": "daklak.localhost"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]
    data = json.loads(archive.read(privacy.DATA_FILE))
    assert (data["phone"], data["contacts"][0]["name"], data["addresses"][0]["value"]) == (
        NUMBER,
        CANARY,
        EMAIL,
    )
    assert (data["messages"][0]["reader"], len(data["calls"]), len(data["consents"])) == (CANARY, 2, 2)
    entry = AuditEntry.objects.get(action="contact.export")
    assert (entry.subject, entry.actor) == (f"contact:{person.pk}", administrator)
    assert not any(tells(text, *KNOWN) for text in (entry.subject, str(entry.detail)))


def test_the_operator_takes_out_what_is_kept_of_a_number_into_a_new_file(person, tmp_path):
    to = tmp_path / "du-lieu.zip"
    for _time in ("a new file", "the same again"):
        with suppress(CommandError):
            call_command("contacts", "export", "daklak", "--phone", "+84 905 000 217", "--to", str(to))
    with zipfile.ZipFile(to) as archive:
        assert json.loads(archive.read(privacy.DATA_FILE))["contacts"][0]["name"] == CANARY
    assert to.stat().st_mode & 0o077 == 0
    assert AuditEntry.objects.filter(action="contact.export").count() == 1


def test_the_operator_is_told_when_nothing_is_kept_of_a_number(person, tmp_path, capsys):
    to = str(tmp_path / "du-lieu.zip")
    call_command("contacts", "export", "daklak", "--phone", "0905000999", "--to", to)
    assert "không giữ gì của số này" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["erase", "export"])
def test_staff_without_the_right_are_not_offered_it(person: Contact, client: Client, action: str) -> None:
    from django.contrib.auth.models import Permission

    clerk = User.objects.create(username="canbo", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_contact"))
    client.force_login(clerk)
    _post(client, action, person, confirmed="1")
    person.refresh_from_db()
    assert person.name == CANARY
    assert not AuditEntry.objects.filter(action="contact.export").exists()


def test_an_administrator_stops_everything_for_a_number(person, administrator, client):
    client.force_login(administrator)
    assert "kể cả tin đang chờ" in _post(client, "stop_everything", person)
    assert Consent.objects.filter(withdrawn_at=None).count() == 2
    _post(client, "stop_everything", person, confirmed="1")
    assert set(Consent.objects.values_list("withdrawn_how", flat=True)) == {"trang quản trị; quantri"}


def test_the_page_of_a_contact_says_whom_its_messages_greeted(person, administrator, client):
    write(person, "7", reader="Con Của Chim")
    client.force_login(administrator)
    address = reverse("admin:contacts_contact_change", args=[person.pk], urlconf="portal.urls")
    page = client.get(address, headers={"host": "daklak.localhost"}).content.decode()
    assert "Con Của Chim, Chim Hoàng Yến" in page
    assert "tên ghi lần đầu" in page.lower()
    assert NUMBER not in page
    assert EMAIL not in page
