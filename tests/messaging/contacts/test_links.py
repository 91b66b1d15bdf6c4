"""What ties a reader to one subject, and what ends it. People and numbers are invented."""

import pytest
from django.db import IntegrityError, transaction

from messaging.contacts import contacts, followers
from messaging.contacts.models import Consent, Contact, Follower, Subscription
from messaging.outbox import enqueue
from tenants.audit.models import AuditEntry
from tests.messaging.conftest import SUBJECT, ScriptedChannel, agreed

READER, OTHER_READER = "246845883529197922", "246845883529190000"
OTHER_SUBJECT = "dossier:H15.08-261125-0002"


@pytest.fixture(autouse=True)
def readers(contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who are known to the account by an id that nobody says at a desk."""
    monkeypatch.setattr(ScriptedChannel, "address_kind", "chat_id")
    monkeypatch.setattr(ScriptedChannel, "typed_at_desk", False)
    for reader in (READER, OTHER_READER):
        Follower.objects.create(channel="scripted", account="chinh", address=reader)


def linked_to(contact: Contact, subject: str = SUBJECT, reader: str = READER) -> bool:
    with transaction.atomic():
        found = followers.find("scripted", "chinh", reader)
        return followers.link(found, subject, contact, "mã liên kết")


def test_a_reader_is_linked_to_one_subject_alone(contact: Contact) -> None:
    assert linked_to(contact)
    assert followers.is_linked(SUBJECT, contact, "scripted")
    assert not followers.is_linked(OTHER_SUBJECT, contact, "scripted")
    link = Subscription.objects.get()
    assert (link.follower.address, link.evidence) == (READER, "mã liên kết")


def test_nobody_takes_the_place_of_who_is_linked(contact: Contact) -> None:
    linked_to(contact)
    assert not linked_to(contact, reader=OTHER_READER)
    assert Subscription.objects.get().follower.address == READER


def test_one_reader_may_be_linked_to_subjects_of_several_numbers(contact: Contact) -> None:
    other = agreed("0905000218")
    assert linked_to(contact)
    assert linked_to(other, OTHER_SUBJECT)
    found = followers.subscribers([SUBJECT, OTHER_SUBJECT], "scripted", "chinh")
    assert {key: address for key, (address, _ago) in found.items()} == {
        (SUBJECT, contact.pk): READER,
        (OTHER_SUBJECT, other.pk): READER,
    }


def test_the_database_lets_each_subject_have_one_reader(contact: Contact) -> None:
    linked_to(contact)
    other = Follower.objects.exclude(pk=Subscription.objects.get().follower_id).get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(
            follower=other, channel="scripted", subject=SUBJECT, contact=contact, evidence="x"
        )


def test_linked_twice_it_changes_nothing(contact: Contact) -> None:
    linked_to(contact)
    before = Subscription.objects.values_list("pk", "linked_at").get()
    assert linked_to(contact)
    assert Subscription.objects.values_list("pk", "linked_at").get() == before
    assert AuditEntry.objects.filter(action="follower.link").count() == 1


@pytest.mark.parametrize("code", [None, "scripted"])
def test_it_ends_with_the_consent_it_lives_on(contact: Contact, code: str | None) -> None:
    other = agreed("0905000218")
    linked_to(contact)
    linked_to(other, OTHER_SUBJECT)
    contacts.withdraw(contact, channel=code, how="tại quầy")
    contacts.grant(contact, "scripted", evidence="đơn mới")
    assert [link.contact for link in Subscription.objects.all()] == [other]


def test_it_outlives_consents_to_something_else(contact: Contact) -> None:
    linked_to(contact)
    contacts.withdraw(contact, channel="mock")
    contacts.withdraw(contact, purpose="feedback")
    assert Subscription.objects.exists()


def test_it_ends_where_its_subject_gives_up_the_channel(contact: Contact) -> None:
    linked_to(contact)
    linked_to(contact, OTHER_SUBJECT, OTHER_READER)
    with transaction.atomic():
        enqueue.cancel_for_subject(SUBJECT, contact, keep=["mock"])
    assert [link.subject for link in Subscription.objects.all()] == [OTHER_SUBJECT]


def test_a_word_to_stop_ends_all_of_the_reader(contact: Contact) -> None:
    other, stranger = agreed("0905000218"), agreed("0905000219")
    linked_to(contact)
    linked_to(other, OTHER_SUBJECT)
    linked_to(stranger, "dossier:khac", OTHER_READER)
    assert contacts.opt_out("scripted", READER, "TẮT TIN") == 2
    assert [link.contact for link in Subscription.objects.all()] == [stranger]
    ended = Consent.objects.filter(channel="scripted", withdrawn_at__isnull=False)
    assert {consent.contact for consent in ended} == {contact, other}
