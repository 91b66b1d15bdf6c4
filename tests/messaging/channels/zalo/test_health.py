"""What Zalo tells of an account, and what operators are told of it."""

from typing import Any

import pytest

from messaging.channels.zalo.channel import ZaloChannel
from tests.messaging.channels.zalo.making import ACCESS, OA, UID, Serve, account, refusal, success
from tests.messaging.scripted_server import cut, plain

CHANNEL = ZaloChannel()
SOUND: dict[str, Any] = {
    "oaid": OA,
    "name": "Một cửa tỉnh",
    "is_verified": True,
    "oa_type": 4,
    "num_follower": 1200,
    "package_name": "Nâng cao",
    "package_valid_through_date": "31/12/2027",
    "linked_ZCA": "x",
}


def house(serve: Serve, *, left: str = "499", quality: str = "HIGH", **change: Any) -> None:
    serve(
        {
            "/v2.0/oa/getoa": success(**{**SOUND, **change}),
            "/message/quota": success(dailyQuota="500", remainingQuota=left),
            "/quality": success(oaCurrentQuality=quality, oa7dayQuality="HIGH"),
        }
    )


def test_a_sound_account_says_what_is_left(serve: Serve) -> None:
    house(serve)
    found = CHANNEL.health(account())
    assert (found.well, found.detail) == (True, "Một cửa tỉnh. Hôm nay còn 499 trong 500 mẫu tin.")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"oa_type": 2}, "không phải loại tài khoản của cơ quan"),
        ({"linked_ZCA": False}, "Chưa nối với tài khoản ZBS"),
        ({"package_valid_through_date": "10/12/2026"}, "Gói hết hạn ngày 10/12/2026"),
        ({"left": "40"}, "Sắp hết hạn mức"),
        ({"quality": "LOW"}, "chất lượng gửi tin thấp"),
    ],
)
def test_what_is_worth_saying_is_said(serve: Serve, change: dict[str, Any], told: str) -> None:
    house(serve, **change)
    found = CHANNEL.health(account())
    assert (found.well, told in found.detail) == (True, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"is_verified": "false"}, "chưa được xác thực"),
        ({"oaid": "111222333"}, "Official Account khác (111222333)"),
        ({"is_verified": False}, "chưa được xác thực"),
        ({"package_valid_through_date": "24/11/2026"}, "đã hết hạn ngày 24/11/2026"),
    ],
)
def test_what_stops_it_is_said(serve: Serve, change: dict[str, Any], told: str) -> None:
    house(serve, **change)
    found = CHANNEL.health(account())
    assert (found.well, told in found.detail) == (False, True)


def test_a_dead_token_is_told_in_words(serve: Serve) -> None:
    serve({"/v2.0/oa/getoa": refusal(-216)})
    found = CHANNEL.health(account())
    assert (found.well, found.detail) == (False, "Mã truy cập Zalo không còn giá trị. (mã -216)")


def test_an_account_without_templates_is_well(serve: Serve) -> None:
    serve({"/v2.0/oa/getoa": success(**SOUND), "/message/quota": refusal(-136)})
    assert CHANNEL.health(account()).well


@pytest.mark.parametrize("who", [account(app_id="x"), account(tokens={})])
def test_what_was_never_set_up_is_not_asked(serve: Serve, who: Any) -> None:
    serve({})
    found = CHANNEL.health(who)
    assert (found.well, bool(found.detail), ACCESS in found.detail) == (False, True, False)


def test_an_address_that_may_not_be_called_is_named(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = frozenset()
    settings.ZALO_BUSINESS_URL = "http://127.0.0.1:9"
    found = CHANNEL.health(account())
    assert (found.well, "ZALO_BUSINESS_URL" in found.detail) == (False, True)


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ({}, True),
        ({"/message/quota": refusal(-135)}, True),
        ({"/v2.0/oa/getoa": refusal(-216)}, True),
        ({"/message/quota": plain(b"<html></html>")}, False),
        ({"/v2.0/oa/getoa": plain(b'{"error": 500}', "500 Internal Server Error")}, False),
        ({"/message/quota": cut}, False),
    ],
)
def test_any_answer_that_can_be_read_shows_that_zalo_answers(serve, answers, wanted):
    sound = {"/v2.0/oa/getoa": success(**SOUND), "/message/quota": success(dailyQuota="500")}
    serve({**sound, **answers})
    assert CHANNEL.is_answering(account()) is wanted


def test_trouble_is_told_without_zalos_words(serve: Serve) -> None:
    serve({"/v2.0/oa/getoa": refusal(-9999, UID)})
    found = CHANNEL.health(account())
    assert (found.well, UID in found.detail) == (False, False)
