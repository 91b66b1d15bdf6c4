"""What became of a message whose answer was lost: what proves it, and what does not."""

from datetime import timedelta
from typing import Any

import pytest

from messaging.channels.base import Finding, Question
from messaging.channels.zalo import protocol
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.settings import CHAT, TEMPLATE_PHONE, TEMPLATE_UID
from tests.messaging.channels.zalo.making import (
    CODE,
    NAME,
    NOON,
    OA,
    UID,
    Serve,
    account,
    asked,
    message,
    refusal,
    success,
)
from tests.messaging.scripted_server import cut

CHANNEL = ZaloChannel()
TALK, STATUS = "/v2.0/oa/conversation", "/message/status"
AGE = timedelta(minutes=3)


def line(said: str, ago: timedelta = timedelta(minutes=1), *, src: Any = 0) -> dict[str, Any]:
    moment = int((NOON - ago).timestamp() * 1000)
    return {"src": src, "time": moment, "type": "text", "message": said, "message_id": "m", "from_id": OA, "to_id": UID}  # fmt: skip


def talk(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"error": 0, "message": "Success", "data": list(lines)}


def ask(one=None, *, way=CHAT, age=AGE, sent_ago=None, provider_id=""):
    one = one or message()
    question = Question(one.tracking_id, provider_id, way, one, age, age if sent_ago is None else sent_ago)
    return CHANNEL.reconcile_unknown(account(), question)


# --- By telephone number


@pytest.mark.parametrize(
    ("status", "age", "found"),
    [
        (1, AGE, Finding.DELIVERED),
        ("1", AGE, Finding.DELIVERED),
        (0, AGE, Finding.ACCEPTED),
        (0, timedelta(hours=3), Finding.UNDELIVERED),
        (-1, timedelta(hours=3), Finding.ACCEPTED),
        (None, AGE, Finding.ACCEPTED),
    ],
)
def test_zalo_says_what_became_of_a_form(serve: Serve, status: Any, age: timedelta, found: Finding) -> None:
    server = serve({STATUS: success(status=status, message="…", delivery_time="")})
    assert ask(way=TEMPLATE_PHONE, age=age, provider_id="a4d0") == found
    assert asked(server)[0] == f"GET {STATUS}?message_id=a4d0 HTTP/1.1"


@pytest.mark.parametrize(("more", "sent_ago"), [({}, AGE), ({"template": None}, None)])
def test_the_time_of_a_form_begins_when_zalo_took_it_and_may_be_unknown(serve, more, sent_ago):
    serve({STATUS: success(status=0)})
    age = timedelta(hours=3)
    found = ask(message(**more), way=TEMPLATE_PHONE, age=age, sent_ago=sent_ago, provider_id="a")
    assert found == Finding.ACCEPTED


@pytest.mark.parametrize("answer", [refusal(-124), refusal(-100), cut, {}])
def test_a_question_that_failed_is_asked_again(serve: Serve, answer: Any) -> None:
    serve({STATUS: answer})
    assert ask(way=TEMPLATE_PHONE, provider_id="a") == Finding.LATER


def test_an_id_of_another_kind_still_says_that_zalo_has_it(serve: Serve) -> None:
    serve({STATUS: refusal(-107)})
    assert ask(way="", provider_id="a") == Finding.ACCEPTED


@pytest.mark.parametrize("age", [AGE, timedelta(hours=5)])
def test_without_zalos_id_the_receipt_is_waited_for(serve: Serve, age: timedelta) -> None:
    server = serve({})
    assert ask(way=TEMPLATE_PHONE, age=age) == Finding.AWAITED
    assert server.requests == []


# --- In the conversation


@pytest.mark.parametrize("way", [CHAT, TEMPLATE_UID])
def test_what_has_zalos_id_is_with_zalo(serve: Serve, way: str) -> None:
    server = serve({})
    assert ask(way=way, provider_id="m1") == Finding.ACCEPTED
    assert server.requests == []


ONE = message()
OURS = protocol.compose(ONE)
OLD = timedelta(hours=2)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([line("Vâng", src=1), line(OURS)], Finding.ACCEPTED),
        # However they are spaced.
        ([line(" ".join(OURS.split()))], Finding.ACCEPTED),
        # By the reader, or of long ago, the same words prove nothing; without them it is surely absent.
        ([line(OURS, src=1)], Finding.ABSENT),
        ([line(OURS, OLD)], Finding.ABSENT),
        ([line("Xin chào")], Finding.ABSENT),
        # A full page is enough where it reaches back far enough, and its newest lines stand first.
        ([*[line("a")] * 9, line("b", OLD)], Finding.ABSENT),
        ([line("a", OLD - timedelta(minutes=one)) for one in range(10)], Finding.AWAITED),
        ([], Finding.AWAITED),
    ],
)
def test_what_a_conversation_proves(serve: Serve, lines: list[dict[str, Any]], found: Finding) -> None:
    server = serve({TALK: talk(*lines)})
    assert (ask(ONE), len(server.requests) == 1 or found == Finding.AWAITED) == (found, True)


def test_a_busy_conversation_is_read_on(serve: Serve) -> None:
    one = message()
    server = serve({TALK: [talk(*[line("a")] * 10), talk(line(protocol.compose(one)))]})
    assert (ask(one), len(server.requests)) == (Finding.ACCEPTED, 2)


def test_a_conversation_that_does_not_end_proves_nothing(serve: Serve) -> None:
    server = serve({TALK: talk(*[line("a")] * 10)})
    assert (ask(), len(server.requests)) == (Finding.AWAITED, 3)


@pytest.mark.parametrize("answer", [refusal(-216), refusal(-32), cut, b"<html>"])
def test_a_conversation_that_cannot_be_read_now_is_read_later(serve: Serve, answer: Any) -> None:
    serve({TALK: answer if callable(answer) or isinstance(answer, dict) else {"x": 1}})
    assert ask() == Finding.LATER


def test_a_conversation_that_zalo_hides_tells_nothing(serve: Serve) -> None:
    serve({TALK: refusal(-213)})
    assert ask() == Finding.AWAITED


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"Tiếp nhận hồ sơ\nten: {NAME}\nma_ho_so: {CODE}", Finding.ACCEPTED),
        # One that does not stand there may have come all the same.
        (f"Chào {NAME}", Finding.AWAITED),
    ],
)
def test_a_form_by_zalo_id_is_known_by_its_values(serve: Serve, said: str, found: Finding) -> None:
    serve({TALK: talk(line(said))})
    assert ask(message(heard_ago=None), way=TEMPLATE_UID) == found


# --- When nobody knows which way it went


@pytest.mark.parametrize(
    ("more", "lines", "found"),
    [
        ({}, [line(OURS)], Finding.ACCEPTED),
        # It may have gone to the telephone.
        ({}, [], Finding.AWAITED),
        ({"template": None}, [line("Xin chào", src=1)], Finding.ABSENT),
    ],
)
def test_the_sender_died(serve, more, lines, found):
    serve({TALK: talk(*lines)})
    assert ask(message(**more), way="") == found


@pytest.mark.parametrize("way", [CHAT, TEMPLATE_UID, TEMPLATE_PHONE, ""])
def test_a_message_that_cannot_be_read(serve: Serve, way: str) -> None:
    serve({})
    question = Question(message().tracking_id, way=way, age=AGE)
    assert CHANNEL.reconcile_unknown(account(), question) == Finding.AWAITED


@pytest.mark.parametrize("who", [account(app_id="x"), account(tokens={})])
def test_an_account_that_cannot_ask_asks_later(who: Any) -> None:
    assert CHANNEL.reconcile_unknown(who, Question(message().tracking_id)) == Finding.LATER
