"""What ties a reader to one subject, and what ends it. People and numbers are invented."""

import pytest
from django.db import IntegrityError, transaction

from messaging.contacts import contacts, followers
from messaging.contacts.models import Contact, Follower, Subscription
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


def test_the_database_lets_each_subject_have_one_reader(contact: Contact) -> None:
    linked_to(contact)
    other = Follower.objects.exclude(pk=Subscription.objects.get().follower_id).get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(
            follower=other, channel="scripted", subject=SUBJECT, contact=contact, evidence="x"
        )


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
