"""Who is told of a dossier in a chat: the one reader who is tied to it, and nobody for its telephone number's sake."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Dossier
from messaging.contacts import contacts, followers
from messaging.contacts.models import Consent, Follower, Subscription
from messaging.inbound.handlers import erase
from tests.dossiers.chatting import READER, SOMEBODY_ELSE, Talk, address, new_code, words
from tests.dossiers.walking import received, take
from tests.factories import Office

AGENT_CLIENT = PersonData(name="Trần Văn Minh Họa", phone="0905000777", id_number="066190000002")


def test_the_same_reader_again_changes_nothing_more(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    events, consents = dossier.events.count(), Consent.objects.count()
    (answer,) = talk.type(new_code(dossier))
    assert "Đã nối" in answer
    assert (dossier.events.count(), Consent.objects.count()) == (events, consents)


def test_a_second_dossier_of_the_same_number(office: Office, talk: Talk) -> None:
    first, second = received(office), received(office)
    talk.type(new_code(first))
    assert "Đã nối" in talk.type(new_code(second))[0]
    second.refresh_from_db()
    assert "chat" in second.notice_channels


def test_nobody_takes_the_place_of_who_is_tied(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    (answer,) = talk.type(new_code(dossier), reader=SOMEBODY_ELSE)
    assert "đã nối với người khác" in answer
    assert sent_to(talk, office, dossier) == [READER]


def test_who_holds_the_page_ends_the_link_and_then_makes_another(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    services.stop_notices(dossier.pk, everywhere=False)
    assert not services.is_linked(dossier, "chat")
    assert "Đã nối" in talk.type(new_code(dossier), reader=SOMEBODY_ELSE)[0]
    assert sent_to(talk, office, dossier) == [SOMEBODY_ELSE]


def test_a_new_receipt_ends_what_was_tied_with_the_lost_one(office, talk, citizen):
    dossier = received(office)
    talk.type(new_code(dossier))
    assert sent_to(talk, office, dossier) == [READER]
    known = urlsplit(talk.channel.sent[-1].button_url).path
    assert citizen.get(known).status_code == 200
    services.reissue(dossier.pk, actor=office.clerk, seen=dossier.last_sequence, checked="Thẻ căn cước")
    assert not Subscription.objects.exists()
    assert citizen.get(known).status_code == 404
    assert "Đã nối" in talk.type(new_code(dossier), reader=SOMEBODY_ELSE)[0]


def test_notices_that_are_taken_up_again_do_not_go_to_the_chat_of_before(office: Office, talk: Talk) -> None:
    dossier = received(office, consents=frozenset())
    talk.type(new_code(dossier))
    services.stop_notices(dossier.pk, everywhere=False)
    services.resume_notices(dossier.pk)
    assert sent_to(talk, office, dossier) == [""]


# --- other dossiers


def test_another_dossier_of_the_same_number_is_not_told_there(office: Office, talk: Talk) -> None:
    """Who holds one receipt of a number may not know of its others."""
    mine, other = received(office), received(office, consents=frozenset({"chat", "mock"}))
    talk.deliver()
    talk.type(new_code(mine))
    take(office, other, "forward")
    before = len(talk.channel.sent)
    talk.deliver()
    (told,) = talk.channel.sent[before:]
    assert other.code in told.body
    assert (told.address, told.heard_ago, told.phone) == ("", None, other.recipient.phone)
    at_chat = [sent for sent in talk.channel.sent if sent.address == READER]
    assert at_chat
    assert not [sent for sent in at_chat if other.code in sent.body or sent.button_url == told.button_url]
    mine.refresh_from_db()
    assert (services.is_linked(mine, "chat"), services.is_linked(other, "chat")) == (True, False)


def test_its_page_does_not_say_that_it_is_linked(office: Office, talk: Talk, citizen: Client) -> None:
    mine, other = received(office), received(office, consents=frozenset({"chat"}))
    talk.type(new_code(mine))
    assert "Đã nối" in words(citizen.get(f"{address(mine)}nhan-tin/"))
    assert "Đã nối" not in words(citizen.get(f"{address(other)}nhan-tin/"))


def test_who_files_for_several_numbers_is_told_of_each(office: Office, talk: Talk) -> None:
    first, second = received(office), received(office, owner=AGENT_CLIENT)
    assert first.recipient.phone != second.recipient.phone
    for dossier in (first, second):
        assert "Đã nối" in talk.type(new_code(dossier))[0]
        assert sent_to(talk, office, dossier) == [READER]


@pytest.mark.parametrize("way", ["word", "erasure"])
def test_a_reader_who_has_enough_is_told_of_none(office: Office, talk: Talk, way: str) -> None:
    dossiers = [received(office), received(office, owner=AGENT_CLIENT)]
    for dossier in dossiers:
        assert "Đã nối" in talk.type(new_code(dossier))[0]
    if way == "word":
        talk.type("TẮT TIN")
    else:
        erase(followers.lock(Follower.objects.get().pk))
    assert not Subscription.objects.exists()
    for dossier in dossiers:
        assert sent_to(talk, office, dossier) == []
        assert not services.is_linked(dossier, "chat")


def test_a_reader_and_a_dossier_of_another_province_stay(office, talk, other_province, inside):
    with inside("dongnai"):
        there = received(Office("H19"))
        contact = contacts.contact_for(there.recipient.phone, "Người thử")
        reader = Follower.objects.create(channel="chat", account="chinh", address=READER)
        followers.link(reader, there.subject, contact, "mã liên kết thử")
    dossier = received(office)
    talk.type(new_code(dossier))
    erase(followers.lock(Follower.objects.get().pk))
    with inside("dongnai"):
        assert Subscription.objects.get().follower.address == READER
        assert followers.is_linked(there.subject, contact, "chat")


def sent_to(talk: Talk, office: Office, dossier: Dossier) -> list[str]:
    """Where the channel sends the next news of this dossier: the reader's address, "" for the telephone alone."""
    talk.deliver()
    before = len(talk.channel.sent)
    take(office, dossier, "forward")
    talk.deliver()
    return [sent.address for sent in talk.channel.sent[before:]]
