"""Contacts, addresses and consents. People and numbers are invented."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from messaging.channels.base import registry
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Address, Consent, Contact
from messaging.delivery import lane_loop
from messaging.outbox import enqueue
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.isolation.context import province_context
from tenants.isolation.crypto import blind_indexes
from tests.messaging import holding
from tests.messaging.conftest import NUMBER, SUBJECT, ScriptedChannel, agreed, write
from tests.messaging.letters import LetterChannel, letters

__all__ = ["letters"]
PROOF = "đơn thử"


def by_address(kind: str, value: str) -> Contact | None:
    indexes = blind_indexes(value, f"address:{kind}")
    return Contact.objects.filter(addresses__kind=kind, addresses__value_index__in=indexes).first()


@pytest.fixture
def stranger(province: Any) -> Contact:
    """A contact who agreed to nothing yet."""
    return contacts.contact_for(NUMBER, "Nguyễn Thị Thử")


# --- agreeing


def test_agreeing_twice_is_one_consent_with_its_first_evidence(stranger: Contact) -> None:
    contacts.grant(stranger, "mock", evidence="đơn thứ nhất")
    contacts.grant(stranger, "mock", evidence="đơn thứ hai")
    assert [row.evidence for row in Consent.objects.all()] == ["đơn thứ nhất"]


@pytest.mark.parametrize("evidence", ["", "   "])
def test_a_consent_without_evidence_or_a_known_purpose_is_refused(stranger: Contact, evidence: str) -> None:
    with pytest.raises(contacts.NoEvidence):
        contacts.grant(stranger, "mock", evidence=evidence)
    with pytest.raises(contacts.UnknownPurpose):
        contacts.grant(stranger, "mock", "ads", evidence=PROOF)
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "number", ["0905123217", "+84905123217", "84905123217", "0905 123 217", "0905.123.217"]
)
def test_evidence_never_holds_a_telephone_number(stranger: Contact, number: str) -> None:
    contacts.grant(stranger, "mock", evidence=f"Gọi từ {number}, hồ sơ H15.08.09-261125-0042")
    assert Consent.objects.get().evidence == "Gọi từ %s, hồ sơ H15.08.09-261125-0042" % (
        "09•• ••• 217" if number.startswith("0") else contacts.mask_numbers(number)
    )
    assert "123" not in Consent.objects.get().evidence


# --- withdrawing


@pytest.fixture
def manifold(stranger: Contact) -> Contact:
    """Agreed to two channels, one of them for two purposes."""
    contacts.grant(stranger, "mock", evidence=PROOF)
    contacts.grant(stranger, "scripted", evidence=PROOF)
    contacts.grant(stranger, "mock", contacts.FEEDBACK, evidence=PROOF)
    return stranger


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, []),
        ({"channel": "mock"}, [("scripted", "dossier_status")]),
        ({"purpose": "dossier_status"}, [("mock", "feedback")]),
        (
            {"channel": "mock", "purpose": "feedback"},
            [("mock", "dossier_status"), ("scripted", "dossier_status")],
        ),
    ],
)
def test_what_is_withdrawn_is_what_was_named(manifold, asked, left):
    contacts.withdraw(manifold, **asked, how="trang thử")
    active = Consent.objects.filter(withdrawn_at=None).order_by("channel", "purpose")
    assert list(active.values_list("channel", "purpose")) == left


def test_a_withdrawal_says_when_and_how_and_a_second_changes_nothing(manifold: Contact) -> None:
    moment = datetime(2026, 11, 25, 10, 0, tzinfo=clock.VIETNAM)
    with clock.frozen(moment):
        assert contacts.withdraw(manifold, how="lần một") == 3
    row = Consent.objects.get(channel="scripted")
    assert (row.withdrawn_how, row.withdrawn_at) == ("lần một", moment)
    before = list(Consent.objects.order_by("pk").values())
    assert contacts.withdraw(manifold, how="lần hai") == 0
    assert list(Consent.objects.order_by("pk").values()) == before


# --- at once


def at_once(province: Any, work: Callable[[], Any]) -> list[Any]:
    """What six who do this work at the same moment get."""
    found, start = list[Any](), threading.Barrier(6)

    def do() -> None:
        start.wait()
        found.append(work())

    assert holding.at_once(province, *[do] * 6) == []
    return found


@pytest.mark.committed
def test_granting_and_withdrawing_at_once_leave_one_active_consent_at_most(committed_province: Any) -> None:
    person = contacts.contact_for(NUMBER, "Nguyễn Thị Thử")

    def back_and_forth() -> int:
        contacts.grant(person, "mock", evidence=PROOF)
        ended = contacts.withdraw(person, how="thử")
        contacts.grant(person, "mock", evidence=PROOF)
        return ended

    ended = at_once(committed_province, back_and_forth)
    active = Consent.objects.filter(withdrawn_at=None).count()
    assert (active, Consent.objects.count()) == (1, 1 + sum(ended))


@pytest.mark.committed
def test_a_withdrawal_waits_for_consents_being_recorded(committed_province: Any) -> None:
    person = Contact.objects.get(pk=contacts.contact_for(NUMBER, "Nguyễn Thị Thử").pk)

    def lock() -> None:
        try:
            with province_context(committed_province.slug), transaction.atomic():
                list(Contact.objects.select_for_update(no_key=True, nowait=True))
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        contacts.grant_all(person, [("mock", contacts.NEWS)], PROOF)
        with pytest.raises(OperationalError):
            pool.submit(lock).result()


@pytest.mark.committed
def test_one_number_taken_in_twice_at_once_is_one_contact(committed_province: Any) -> None:
    found = at_once(committed_province, lambda: contacts.contact_for(NUMBER, "Thử").pk)
    assert (len(set(found)), Contact.objects.count()) == (1, 1)


# --- addresses


def test_another_channel_reaches_its_own_address_or_nobody(stranger: Contact, letters: LetterChannel) -> None:
    assert (contacts.address_of(stranger, registry.get("mock")), contacts.address_of(stranger, letters)) == (
        NUMBER,
        None,
    )
    contacts.set_address(stranger, "letterbox", "thu@example.vn")
    stranger.refresh_from_db()
    assert contacts.address_of(stranger, letters) == "thu@example.vn"


def test_a_new_address_takes_the_place_of_the_old(stranger: Contact) -> None:
    contacts.set_address(stranger, "letterbox", "cu@example.vn")
    contacts.set_address(stranger, "letterbox", "moi@example.vn")
    assert by_address("letterbox", "cu@example.vn") is None
    assert by_address("letterbox", "moi@example.vn") == stranger
    assert by_address("zalo_id", "moi@example.vn") is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, '') FROM contacts_address a")
        (everything,) = cursor.fetchone()
    assert "example" not in everything


def test_addresses_are_found_while_the_index_key_rotates(stranger: Contact, settings: Any) -> None:
    contacts.set_address(stranger, "letterbox", "thu@example.vn")
    settings.INDEX_KEYS = ["a-newer-key", *settings.INDEX_KEYS]
    assert by_address("letterbox", "thu@example.vn") == stranger
    assert contacts.contact_by_phone("+84 905 000 217") == stranger


def test_a_channel_that_reaches_nobody_is_not_chosen(stranger: Contact, letters: LetterChannel) -> None:
    for code in ("letters", "mock"):
        contacts.grant(stranger, code, evidence=PROOF)
    codes = ["letters", "mock", "not-installed"]
    assert contacts.consented_channels(stranger, SUBJECT, contacts.DOSSIER_STATUS, codes) == ["mock"]
    contacts.set_address(stranger, "letterbox", "thu@example.vn")
    for asked in (["letters", "mock"], ["mock", "letters"]):
        assert contacts.consented_channels(stranger, SUBJECT, contacts.DOSSIER_STATUS, asked) == asked


# --- what channels tell


def test_a_reader_opts_out_of_one_channel_for_everything(manifold: Contact) -> None:
    for unknown in ("0905999999", "không phải số", ""):
        assert contacts.opt_out("mock", unknown, "TẮT TIN") == 0
    assert contacts.opt_out("mock", "+84 905 000 217", "TẮT TIN") == 2
    assert set(Consent.objects.filter(withdrawn_at=None).values_list("channel", flat=True)) == {"scripted"}
    assert set(Consent.objects.exclude(withdrawn_at=None).values_list("withdrawn_how", flat=True)) == {
        "TẮT TIN"
    }


def test_everybody_at_an_address_is_opted_out(stranger: Contact, letters: LetterChannel) -> None:
    other = contacts.contact_for("0905000218", "Người Nhà")
    for person in (stranger, other):
        contacts.set_address(person, "letterbox", "chung@example.vn")
        contacts.grant(person, "letters", evidence=PROOF)
    assert contacts.opt_out("letters", " Chung@Example.vn ", "thư") == 2


# --- one subject alone


def test_one_subject_is_stopped_and_others_go_on(contact: Contact, scripted: ScriptedChannel) -> None:
    here, elsewhere = write(contact), write(contact, subject="dossier:H15.08-261125-0002")
    with transaction.atomic():
        assert enqueue.cancel_for_subject(SUBJECT, contact) == 1
    lane_loop.run_lane(here.lane_id)
    here.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (here.state, elsewhere.state) == (State.SUPPRESSED, State.DELIVERED)
    assert Call.objects.get().reason == Call.Reason.NO_CONSENT


def test_a_known_number_keeps_the_name_it_came_with(stranger: Contact) -> None:
    assert contacts.contact_for(NUMBER, "Tên Khác", is_organisation=True).name == "Nguyễn Thị Thử"
    assert agreed(NUMBER, "Tên Khác").pk == stranger.pk
    assert Address.objects.count() == 0
