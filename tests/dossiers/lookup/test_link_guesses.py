"""Who guesses at the codes that tie a dossier to a chat."""

import pytest

from dossiers.lifecycle.models import LinkCode
from messaging.contacts.models import Subscription
from messaging.inbound.chat import dossiers as dossier_chat
from tests.dossiers.chatting import (
    SOMEBODY_ELSE,
    Talk,
    new_code,
)
from tests.dossiers.walking import received
from tests.factories import Office

WRONG = "chưa đúng, đã dùng rồi hoặc đã quá 10 phút"


def test_guessing_ends_after_a_few(office: Office, talk: Talk) -> None:
    code = new_code(received(office))
    for number in range(dossier_chat.PER_READER):
        assert WRONG in talk.type(f"B2C3H{number + 2}")[0]
    (told,) = talk.type(code)
    assert "thử nhiều lần" in told
    # Once is enough: what is typed on costs nobody anything.
    assert talk.type(code) == []
    assert LinkCode.objects.count() == 1


def test_somebody_else_may_still_type_theirs(office: Office, talk: Talk) -> None:
    for number in range(dossier_chat.PER_READER):
        talk.type(f"B2C3H{number + 2}")
    assert "Đã nối" in talk.type(new_code(received(office)), reader=SOMEBODY_ELSE)[0]


@pytest.mark.parametrize("first", ["H19.08-261109-0001", "linked"])
def test_guesses_count_whatever_dossier_was_named_before(office: Office, talk: Talk, first: str) -> None:
    """Where no key is looked at, of another province or one's own dossier, a guess at a link code is one too."""
    if first == "linked":
        own = received(office)
        talk.type(new_code(own))
        first = own.code
    code = new_code(received(office))
    for number in range(dossier_chat.PER_READER):
        talk.type(first)
        talk.type(f"B2C3H{number + 2}")
    assert "thử nhiều lần" in talk.type(code)[0]


@pytest.mark.parametrize(("limit", "size"), [("PER_ACCOUNT", 3), ("PER_PROVINCE", 3)])
def test_many_who_guess_end_as_well_and_a_fresh_code_of_another_still_links(
    office: Office, talk: Talk, monkeypatch: pytest.MonkeyPatch, limit: str, size: int
) -> None:
    monkeypatch.setattr(dossier_chat, limit, size)
    code = new_code(received(office))
    for number in range(4):
        talk.type(f"B2C3H{number + 2}", reader=f"99{number % 2}")
    assert "thử nhiều lần" in talk.type(code, reader="990")[0]
    assert "Đã nối" in talk.type(code)[0]


@pytest.mark.parametrize(
    "text", ["TPHCM2", "CCHC 24", "QLNN 24", "K22 222", "B2 2345", "234567", "234 567", "cchc-24"]
)
def test_an_abbreviation_or_number_is_answered_as_such_and_counts_as_a_guess(office, talk, monkeypatch, text):
    monkeypatch.setattr(dossier_chat, "PER_READER", 1)
    code = new_code(received(office))
    (answer,) = talk.type(text)
    assert WRONG not in answer
    assert "Ông/bà có thể" in answer
    assert "thử nhiều lần" in talk.type(code)[0]


@pytest.mark.parametrize(
    ("first", "text"), [("xin chào", "TPHCM2"), ("xin chào", "B2C3H4"), ("{code}", "B2C3H4")]
)
def test_while_a_person_answers_no_guess_is_commented_and_each_counts(office, talk, monkeypatch, first, text):
    monkeypatch.setattr(dossier_chat, "PER_READER", 1)
    dossier = received(office)
    code = new_code(dossier)
    talk.type(first.format(code=dossier.code))
    talk.tell({"by_hand": True})
    assert talk.carry_on() == []
    assert talk.type(text) == []
    assert talk.type(code) == []
    assert not Subscription.objects.exists()
