"""What Zalo tells of an account, and what operators are told of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from messaging.channels.zalo import ZaloChannel, client, quota
from messaging.channels.zalo.health import grant_words
from messaging.channels.zalo.templates import Quality

from .making import ACCESS, DAY, HOUR, NOON, OA, UID, Serve, account, asked, refusal, success

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


# --- One question each


def test_who_the_account_is() -> None:
    told = quota.read_account(
        {"oaid": OA, "is_verified": "true", "oa_type": "4", "package_valid_through_date": "2027-12-31"}
    )
    assert (told.verified, told.kind, told.package_until, told.linked_to_zbs) == (
        True,
        4,
        date(2027, 12, 31),
        None,
    )


def test_what_is_left_today(serve: Serve) -> None:
    house(serve)
    assert quota.daily_quota(account()) == quota.DailyQuota(500, 499)


def test_what_people_think(serve: Serve) -> None:
    serve({"/quality": success(oaCurrentQuality="UNDEFINED", oa7dayQuality="MEDIUM")})
    assert quota.quality(account()) == quota.Opinion(Quality.UNKNOWN, Quality.MEDIUM)


def test_what_may_be_written_to_one_person(serve: Serve) -> None:
    server = serve(
        {
            "/v3.0/oa/quota/message": success(
                last_interaction="1540363714000", cs_reply={"remain": 8, "total": 8}
            )
        }
    )
    told = quota.reader_quota(account(), UID)
    assert told == quota.ReaderQuota(datetime.fromtimestamp(1540363714, UTC), 8, 8)
    assert asked(server)[2] == {"user_id": UID}


def test_packets_of_messages(serve: Serve) -> None:
    server = serve(
        {
            "/v3.0/oa/quota/message": {
                "error": 0,
                "data": [{"total": 500, "remain": "12", "quota_type": "sub_quota"}],
            }
        }
    )
    (packet,) = quota.assets(account(), kind="sub_quota")
    assert (packet.quota_type, packet.total, packet.left) == ("sub_quota", 500, 12)
    assert asked(server)[2] == {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}


def test_trouble_is_told_without_zalos_words(serve: Serve) -> None:
    serve({"/quality": refusal(-9999, UID)})
    with pytest.raises(client.Trouble) as trouble:
        quota.quality(account())
    assert UID not in f"{trouble.value}{trouble.value.outcome!r}"


# --- How old the tokens are


@pytest.mark.parametrize(
    ("renewed", "until", "told"),
    [
        (NOON, NOON + 25 * HOUR, ""),
        (NOON - 80 * DAY, NOON + HOUR, "10 ngày"),
        (NOON - 91 * DAY, NOON + HOUR, "cấp quyền lại"),
        (NOON - 2 * DAY, NOON - timedelta(minutes=1), "chưa được gia hạn"),
    ],
)
def test_the_age_of_the_tokens_in_words(renewed: datetime, until: datetime, told: str) -> None:
    found = grant_words(renewed, until, NOON)
    assert told in found if told else not found
