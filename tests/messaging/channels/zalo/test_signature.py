"""Which callbacks are Zalo's. The first vector is worked out from the published formula."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from messaging.channels.base import Account
from messaging.channels.inbound_items import Rejected
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.webhooks import FORMS, HEADER, SERVER, mac
from tenants import clock
from tests.messaging.channels.zalo.making import APP, APP_SECRET, NOON, OA, OA_SECRET, account

CHANNEL = ZaloChannel()
VECTOR = (
    b'{"app_id":"360846524940903967","event_name":"follow","oa_id":"388613280878808645",'
    b'"follower":{"id":"246845883529197922"},"source":"oa_profile","timestamp":"1540363714987"}'
)
SIGNED = "e259b5759370c21c238ec8479d1cbd1eee8b53f718453acec7714a4a539ae314"
THEN = datetime.fromtimestamp(1540363714.987, UTC)


def event(moment: datetime = NOON, **more: Any) -> bytes:
    told = {
        "app_id": APP,
        "event_name": "follow",
        "oa_id": OA,
        "timestamp": str(int(moment.timestamp() * 1000)),
    }
    return json.dumps({**told, **more}, ensure_ascii=False).encode()


def signed(raw: bytes, *, first: str = APP, key: str = OA_SECRET) -> dict[str, str]:
    timestamp = str(json.loads(raw)["timestamp"])
    return {HEADER: f"mac={mac(first, raw, timestamp, key)}"}


def verify(raw: bytes, headers: dict[str, str], who: Account | None = None) -> Rejected | None:
    return CHANNEL.verify_webhook(who or account(), headers, raw)


@pytest.mark.parametrize(
    "shown", [f"mac={SIGNED}", SIGNED, f"mac={SIGNED.upper()}", f"MAC={SIGNED}", f" mac={SIGNED} "]
)
def test_the_published_formula(shown: str) -> None:
    with clock.frozen(THEN):
        assert verify(VECTOR, {HEADER: shown}) is None


@pytest.mark.parametrize(
    "age", [timedelta(0), timedelta(minutes=110), timedelta(hours=12, minutes=59), -timedelta(minutes=5)]
)
def test_retries_come_late(age: timedelta) -> None:
    raw = event(NOON - age)
    assert verify(raw, signed(raw)) is None


AGES = (timedelta(hours=13, minutes=1), timedelta(days=400), -timedelta(hours=2))
NO_TIMES: tuple[Any, ...] = ("", "0", "-5", "hôm nay", "9" * 20, None, ["1"])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        *((event(NOON - age), "too old, or of no time") for age in AGES),
        *((event(timestamp=timestamp), "too old, or of no time") for timestamp in NO_TIMES),
        (event(oa_id="111222333444555666"), "another account"),
        (event(app_id="999"), "another app"),
    ],
)
def test_what_is_signed_and_not_for_us_now_is_refused(raw: bytes, why: str) -> None:
    first = "999" if why == "another app" else APP
    assert verify(raw, signed(raw, first=first)) == Rejected(why)


@pytest.mark.parametrize("shown", ["", "mac=", "mac=đ", "0" * 64, SIGNED[:-1], "mac=" + "z" * 64])
def test_what_is_no_signature_is_refused(shown: str) -> None:
    assert isinstance(verify(event(), {HEADER: shown}), Rejected)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 50_000])
def test_what_cannot_be_read_is_refused(raw: bytes) -> None:
    assert isinstance(verify(raw, {HEADER: "0" * 64}), Rejected)


def test_settings_that_cannot_be_used_believe_nothing() -> None:
    raw = event()
    assert isinstance(verify(raw, signed(raw), account(app_id="x")), Rejected)


SCHEMES = [
    ("app_id+oa_secret", APP, OA_SECRET), ("oa_id+oa_secret", OA, OA_SECRET),
    ("app_id+app_secret", APP, APP_SECRET), ("oa_id+app_secret", OA, APP_SECRET),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "first", "key"), SCHEMES)
@pytest.mark.parametrize("setting", [scheme for scheme, _first, _key in SCHEMES])
def test_an_account_believes_exactly_one_scheme(scheme: str, first: str, key: str, setting: str) -> None:
    raw = event()
    found = verify(raw, signed(raw, first=first, key=key), account(signature=setting))
    assert (found is None) == (scheme == setting)


@pytest.mark.parametrize(
    ("setting", "key", "believed"),
    [("same", OA_SECRET, True), ("same", APP_SECRET, False), ("app_id+app_secret", APP_SECRET, True),
     ("app_id+app_secret", OA_SECRET, False)],
)  # fmt: skip
def test_receipts_of_forms_may_have_a_scheme_of_their_own(setting: str, key: str, believed: bool) -> None:
    raw = event()
    headers = {**signed(raw, key=key), SERVER: FORMS}
    assert (verify(raw, headers, account(form_signature=setting)) is None) == believed


def test_the_scheme_of_forms_is_for_forms_alone() -> None:
    raw = event()
    one = account(form_signature="app_id+app_secret")
    assert isinstance(verify(raw, signed(raw, key=APP_SECRET), one), Rejected)
