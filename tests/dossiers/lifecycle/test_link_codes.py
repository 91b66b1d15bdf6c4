"""News of a dossier in a chat: the code on the page, and what happens when it is typed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import LinkCode
from messaging.channels.states import State
from messaging.contacts import followers
from messaging.contacts.models import Consent, Follower, Subscription
from messaging.inbound.chat import conversation, turns
from messaging.inbound.handlers import erase
from messaging.inbound.models import IncomingMessage
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tests.dossiers.chatting import (
    READER,
    SOMEBODY_ELSE,
    ChatChannel,
    Talk,
    address,
    new_code,
    open_account,
    words,
)
from tests.dossiers.walking import received, take
from tests.factories import Office

WRONG = "chưa đúng, đã dùng rồi hoặc đã quá 10 phút"


# --- the page


def test_without_an_account_there_is_no_button(office: Office, channel: ChatChannel, citizen: Client) -> None:
    dossier = received(office)
    assert "nhan-tin/" not in words(citizen.get(address(dossier)))
    assert citizen.post(f"{address(dossier)}nhan-tin/").status_code == 404


def test_the_page_of_a_dossier_offers_it(office: Office, talk: Talk, citizen: Client) -> None:
    dossier = received(office)
    assert "Nhận tin qua Trò chuyện" in words(citizen.get(address(dossier)))


def test_not_where_only_the_progress_is_shown(office: Office, talk: Talk, citizen: Client) -> None:
    assert "nhan-tin" not in words(citizen.get(f"/ho-so/{received(office).code}/"))


@pytest.mark.parametrize("why", ["no mobile number", "over"])
def test_not_where_there_will_be_no_news(office: Office, talk: Talk, citizen: Client, why: str) -> None:
    dossier = received(office)
    if why == "over":
        take(office, dossier, "withdraw", actor=office.clerk)
    else:
        dossier.recipient.phone = "02623000000"
        dossier.recipient.save()
    assert "nhan-tin" not in words(citizen.get(address(dossier)))
    assert citizen.get(f"{address(dossier)}nhan-tin/").status_code == 404


def test_looking_makes_no_code(office: Office, talk: Talk, citizen: Client) -> None:
    page = words(citizen.get(f"{address(received(office))}nhan-tin/"))
    assert "Lấy mã liên kết" in page
    assert not LinkCode.objects.exists()


def test_the_code_is_shown_with_its_end_and_the_account(office: Office, talk: Talk, citizen: Client) -> None:
    answer = citizen.post(f"{address(received(office))}nhan-tin/")
    page = words(citizen.get(answer["Location"]))
    assert "dùng được một lần đến 10:10" in page
    assert "https://chat.example/388613280878808645" in page
    assert "<svg" in page


def test_only_a_digest_is_stored_and_the_address_tells_nothing(office, talk, citizen):
    dossier = received(office)
    answer = citizen.post(f"{address(dossier)}nhan-tin/")
    code = access_links.read_code(new_code(dossier))
    assert code is not None
    assert code not in answer["Location"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM dossiers_linkcode t")
        (row,) = cursor.fetchone()
    assert code not in row


def test_who_asks_again_and_again_has_to_wait(office: Office, talk: Talk, citizen: Client) -> None:
    here = f"{address(received(office))}nhan-tin/"
    assert [citizen.post(here).status_code for _ in range(11)] == [303] * 10 + [429]


# --- typing it


def test_a_code_that_is_typed_brings_the_news_there(office: Office, talk: Talk) -> None:
    dossier = received(office, consents=frozenset())
    (answer,) = talk.type(new_code(dossier))
    assert f"Đã nối với hồ sơ {dossier.code}" in answer
    take(office, dossier, "forward")
    before = len(talk.channel.sent)
    talk.deliver()
    (told,) = talk.channel.sent[before:]
    assert told.address == READER
    assert dossier.code in told.body


def test_the_consent_says_how_it_was_given(office: Office, talk: Talk) -> None:
    dossier = received(office, consents=frozenset())
    talk.type(new_code(dossier))
    consent = Consent.objects.get(channel="chat", withdrawn_at=None)
    assert consent.evidence.startswith(f"dossier:{dossier.code}; nhắn mã liên kết")
    assert READER not in consent.evidence
    link = Subscription.objects.get()
    assert (link.subject, link.contact) == (dossier.subject, consent.contact)
    assert link.evidence.startswith("nhắn mã liên kết")


def test_channels_agreed_to_before_stay(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    dossier.refresh_from_db()
    assert dossier.notice_channels == ["chat", "mock"]


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace(" ", ""), lambda code: f" {code}. "])
def test_however_it_is_typed(office: Office, talk: Talk, typed: Any) -> None:
    (answer,) = talk.type(typed(new_code(received(office))))
    assert "Đã nối" in answer


def test_a_code_is_good_once(office: Office, talk: Talk) -> None:
    code = new_code(received(office))
    talk.type(code)
    (answer,) = talk.type(code, reader=SOMEBODY_ELSE)
    assert WRONG in answer
    assert Subscription.objects.get().follower.address == READER


def test_a_code_is_good_for_ten_minutes(office: Office, talk: Talk, noon: datetime) -> None:
    code = new_code(received(office))
    with clock.frozen(noon + timedelta(minutes=10)):
        (answer,) = talk.type(code)
    assert WRONG in answer


def test_a_new_code_ends_the_one_before(office: Office, talk: Talk) -> None:
    dossier = received(office)
    first, second = new_code(dossier), new_code(dossier)
    assert WRONG in talk.type(first)[0]
    assert "Đã nối" in talk.type(second)[0]
    assert not LinkCode.objects.exists()


def test_a_code_ends_with_the_address_it_was_made_at(office: Office, talk: Talk) -> None:
    dossier = received(office)
    code = new_code(dossier)
    services.reissue(dossier.pk, actor=office.clerk, seen=1, checked="Thẻ căn cước")
    assert WRONG in talk.type(code)[0]


def test_a_code_of_another_province_does_nothing(office, talk, other_province, inside):
    with inside("dongnai"):
        open_account()
        there = received(Office("H19"))
        code = new_code(there, host="dongnai.localhost")
    access_links.clear_cache()
    assert WRONG in talk.type(code)[0]
    with inside("dongnai"):
        assert LinkCode.objects.count() == 1
        assert not Consent.objects.filter(channel="chat").exists()


def test_the_page_says_that_it_is_done(office: Office, talk: Talk, citizen: Client) -> None:
    dossier = received(office)
    answer = citizen.post(f"{address(dossier)}nhan-tin/")
    code = words(citizen.get(answer["Location"])).split('mc-ans__date mc-code">')[1].split("<")[0]
    talk.type(code)
    assert "Đã nối" in words(citizen.get(answer["Location"]))


def test_a_code_that_ran_out_says_so_on_its_page(office, talk, citizen, noon):
    answer = citizen.post(f"{address(received(office))}nhan-tin/")
    with clock.frozen(noon + timedelta(minutes=11)):
        page = words(citizen.get(answer["Location"]))
    assert "đã dùng hoặc đã quá 10 phút" in page


@pytest.mark.parametrize("hidden", ["x", "gAAAAA", "é"])
def test_a_changed_address_shows_no_code(office: Office, talk: Talk, citizen: Client, hidden: str) -> None:
    page = citizen.get(f"{address(received(office))}nhan-tin/?ma={hidden}")
    assert page.status_code == 200
    assert "mc-ans__date" not in words(page)


# --- what cannot be tied together


def test_without_a_mobile_number_it_says_so_and_not_that_all_is_over(office: Office, talk: Talk) -> None:
    dossier = received(office)
    code = new_code(dossier)
    dossier.recipient.phone = "02623000000"
    dossier.recipient.save()
    (answer,) = talk.type(code)
    assert "không có số điện thoại di động" in answer
    assert "không còn tin" not in answer


def test_of_a_finished_dossier_it_says_that_it_is_over(office: Office, talk: Talk) -> None:
    dossier = received(office)
    code = new_code(dossier)
    take(office, dossier, "withdraw", actor=office.clerk)
    assert "đã kết thúc, không còn tin" in talk.type(code)[0]


# --- the thread


def test_what_is_no_code_is_taken_for_none(office: Office, talk: Talk) -> None:
    for text in ("Xin chào", "234", "hồ sơ của tôi đâu", "BCGHKLM"):
        assert WRONG not in talk.type(text)[0]
    # What has no words is told once what can be read here.
    (line,) = talk.type("")
    assert ("gõ mã hồ sơ" in line, WRONG in line) == (True, False)
    assert talk.type("") == []
    assert not IncomingMessage.objects.filter(answer_due_at__isnull=False).exists()


def test_a_text_that_is_told_twice_is_answered_once(office: Office, talk: Talk) -> None:
    code = new_code(received(office))
    assert len(talk.type(code, message_id="same")) == 1
    assert talk.type(f"{code} ", message_id="same") == []


def test_nobody_is_called_about_an_answer_that_failed(office, talk, monkeypatch):
    from messaging.channels.base import Outcome, OutcomeKind

    talk.channel.answers = [Outcome(OutcomeKind.PERMANENT, detail="Không gửi được.")]
    talk.type("B2C3H2")
    assert Message.objects.get(intent="chat").state == State.FAILED
    assert not Call.objects.filter(subject__startswith="chat:").exists()


def test_what_fails_midway_is_shown_again_as_if_nothing_had_happened(office, talk, monkeypatch):
    code = new_code(received(office))

    def die(*arguments: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(conversation, "reply", die)
        assert talk.type(code) == []
    assert LinkCode.objects.count() == 1
    assert not Consent.objects.filter(channel="chat").exists()
    IncomingMessage.objects.update(answer_due_at="2026-01-01T00:00:00+07:00")
    turns.process_pending()
    talk.deliver()
    assert "Đã nối" in talk.channel.sent[-1].body


def test_a_text_that_always_fails_is_given_up(office, talk, monkeypatch):
    shown: list[int] = []

    def die(heard: conversation.IncomingText) -> bool:
        shown.append(heard.id)
        raise RuntimeError("always")

    monkeypatch.setattr(turns, "MACHINES", (die,))
    monkeypatch.setattr(turns, "HANDLERS", ())
    talk.type("Xin chào")
    for _ in range(conversation.MOST_TRIES + 3):
        IncomingMessage.objects.filter(answer_due_at__isnull=False).update(
            answer_due_at="2026-01-01T00:00:00+07:00"
        )
        turns.process_pending()
    assert len(shown) == conversation.MOST_TRIES
    assert not conversation.queue.has_pending()


def test_who_asked_to_be_forgotten_leaves_no_answer_behind(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    erase(followers.lock(Follower.objects.get().pk))
    assert Message.objects.get(intent="chat").body == ""


def test_a_code_looks_like_nothing_else(office: Office, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["HK2345", "K7M2QP"])
    monkeypatch.setattr(access_links, "make_lookup_key", lambda _below: next(drawn))
    assert new_code(received(office)).replace(" ", "") == "K7M2QP"
