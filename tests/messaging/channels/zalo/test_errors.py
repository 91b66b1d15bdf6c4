"""What each code of Zalo's comes to, one by one, against a table of its own that names the classes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from messaging.channels.base import OutcomeKind, Reason
from messaging.channels.zalo.errors import BUSINESS, OAUTH, OPENAPI, Closes, Rule, outcome_of, rule_of
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import CHAT, TEMPLATE_UID
from tenants.clock import VIETNAM
from tenants.web.http import Answered, Cut, NotSent
from tests.messaging.channels.zalo.making import NAME, NOON, heard, refusal, success

T, P, U = OutcomeKind.TEMPORARY, OutcomeKind.PERMANENT, OutcomeKind.UNKNOWN
R = Reason
NONE, WAY, FORM, READER = Closes.NOTHING, Closes.WAY, Closes.FORM, Closes.READER

OPENAPI_WANTED: dict[int, tuple[OutcomeKind, Reason, Closes]] = {
    -32: (T, R.RATE_LIMIT, NONE), -100: (T, R.BAD_PAYLOAD, NONE), -200: (T, R.PROVIDER, NONE),
    -201: (P, R.BAD_PAYLOAD, FORM), -204: (T, R.PLATFORM_BLOCK, NONE), -205: (T, R.CONFIG, NONE),
    -209: (T, R.CONFIG, NONE), -210: (P, R.BAD_PAYLOAD, FORM), -211: (T, R.DAILY_QUOTA, NONE),
    -212: (T, R.CONFIG, NONE), -213: (P, R.NOT_FOLLOWING, WAY), -214: (T, R.BAD_PAYLOAD, NONE),
    -216: (T, R.STALE, NONE), -217: (P, R.OPTED_OUT, READER), -218: (T, R.OUTSIDE_WINDOW, NONE),
    -219: (T, R.PLATFORM_BLOCK, NONE), -220: (T, R.STALE, NONE), -221: (T, R.CONFIG, NONE),
    -223: (T, R.CREDENTIAL, NONE), -224: (T, R.CONFIG, NONE), -227: (P, R.NO_ACCOUNT, READER),
    -230: (P, R.OUTSIDE_WINDOW, WAY), -232: (P, R.OUTSIDE_WINDOW, WAY), -233: (P, R.BAD_PAYLOAD, FORM),
    -234: (T, R.NIGHT, NONE), -235: (T, R.CONFIG, NONE), -237: (P, R.BAD_PAYLOAD, FORM),
    -238: (P, R.BAD_PAYLOAD, FORM), -240: (P, R.BAD_PAYLOAD, FORM), -241: (P, R.BAD_PAYLOAD, FORM),
    -242: (T, R.CREDENTIAL, NONE), -244: (P, R.OPTED_OUT, READER), -248: (P, R.BAD_PAYLOAD, FORM),
    -249: (P, R.TEMPLATE_UNUSABLE, WAY), -320: (T, R.CONFIG, NONE), -321: (T, R.BILLING, NONE),
    -403: (P, R.BAD_PAYLOAD, FORM), -1340: (P, R.BAD_PAYLOAD, FORM), -1341: (P, R.BAD_PAYLOAD, FORM),
}  # fmt: skip
BUSINESS_WANTED: dict[int, tuple[OutcomeKind, Reason, Closes]] = {
    -100: (T, R.PROVIDER, NONE), -101: (T, R.CONFIG, NONE), -102: (T, R.CONFIG, NONE), -103: (T, R.CONFIG, NONE),
    -104: (T, R.CREDENTIAL, NONE), -105: (T, R.CONFIG, NONE), -108: (P, R.BAD_ADDRESS, READER),
    -109: (T, R.TEMPLATE_UNUSABLE, FORM), -1091: (T, R.TEMPLATE_UNUSABLE, FORM),
    -110: (P, R.NO_ACCOUNT, READER), -1123: (T, R.TEMPLATE_UNUSABLE, NONE), -114: (T, R.NO_ACCOUNT, NONE),
    -115: (T, R.BILLING, NONE), -118: (P, R.NO_ACCOUNT, READER), -119: (P, R.NO_ACCOUNT, READER),
    -124: (T, R.STALE, NONE), -1241: (T, R.CREDENTIAL, NONE), -126: (T, R.BILLING, NONE),
    -131: (T, R.TEMPLATE_UNUSABLE, FORM), -133: (T, R.NIGHT, NONE), -134: (P, R.OPTED_OUT, READER),
    -1351: (T, R.PLATFORM_BLOCK, NONE), -137: (T, R.BILLING, NONE), -139: (P, R.OPTED_OUT, READER),
    -140: (P, R.OPTED_OUT, READER), -141: (P, R.OPTED_OUT, READER), -144: (T, R.DAILY_QUOTA, NONE),
    -1441: (P, R.TEMPLATE_UNUSABLE, FORM), -146: (T, R.TEMPLATE_UNUSABLE, FORM),
    -147: (T, R.TEMPLATE_UNUSABLE, NONE), -1471: (P, R.OUTSIDE_WINDOW, FORM),
    -1472: (T, R.OUTSIDE_WINDOW, NONE), -160: (T, R.TEMPLATE_UNUSABLE, NONE),
    **dict.fromkeys((-106, -107, -111, -112, -1121, -1122, -1124, -113, -1131, -1132, -116, -121, -122, -123, -125, -127, -130, -132, -142, -143, -148, -149, -1491, -150, -151, -152, -153, -158, -159, -161, -162), (P, R.BAD_PAYLOAD, FORM)),
    **dict.fromkeys((-117, -120, -1201, -1202, -135, -136, -138, -1381, -145), (T, R.CONFIG, NONE)),
}  # fmt: skip


@pytest.mark.parametrize(("table", "wanted"), [(OPENAPI, OPENAPI_WANTED), (BUSINESS, BUSINESS_WANTED)])
def test_what_each_code_comes_to(table: dict[int, Rule], wanted: dict[int, Any]) -> None:
    assert {code: (rule.kind, rule.reason, rule.closes) for code, rule in table.items()} == wanted


@pytest.mark.parametrize("table", [OPENAPI, BUSINESS, OAUTH], ids=["oa", "business", "oauth"])
def test_every_code_has_a_vietnamese_sentence(table: dict[int, Any]) -> None:
    assert [code for code, rule in table.items() if not str(rule.words).endswith(".")] == []


# --- The same number, another meaning


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (-32, "Your application reached limit call api", Reason.RATE_LIMIT),
        (-32, "Your OA reached limit call api", Reason.RATE_LIMIT),
        (-201, "user_id is invalid!", Reason.BAD_ADDRESS),
        (-201, "text is invalid!", Reason.BAD_PAYLOAD),
        (-223, "Official Account has not authorized this API", Reason.CREDENTIAL),
        (-223, "OA is out of article quota", Reason.DAILY_QUOTA),
    ],
)
def test_a_word_in_the_text_tells_them_apart(code: int, text: str, reason: Reason) -> None:
    assert outcome_of(heard(refusal(code, text))).reason == reason


def test_a_template_by_zalo_id_is_refused_in_the_words_of_templates() -> None:
    assert outcome_of(heard(refusal(-1121), way=TEMPLATE_UID)).reason == Reason.BAD_PAYLOAD


def test_a_chat_is_not() -> None:
    assert rule_of(Host.OPENAPI, -1121, way=CHAT) is None


# --- Which way is over


@pytest.mark.parametrize(
    ("code", "way", "next_way"),
    [
        (-230, CHAT, True), (-232, CHAT, True), (-213, CHAT, True), (-201, CHAT, True), (-210, CHAT, True),
        (-249, TEMPLATE_UID, True), (-201, TEMPLATE_UID, False), (-1121, TEMPLATE_UID, False),
        (-244, CHAT, False), (-217, CHAT, False), (-227, CHAT, False),
    ],
)  # fmt: skip
def test_whether_the_next_way_may_do(code: int, way: str, next_way: bool) -> None:
    outcome = outcome_of(heard(refusal(code), way=way))
    assert (outcome.kind, outcome.next_way) == (P, next_way)


# --- How often, and when again


@pytest.mark.parametrize(
    ("host", "code", "most"),
    [(Host.OPENAPI, -200, 4), (Host.OPENAPI, -100, 2), (Host.BUSINESS, -114, 2), (Host.BUSINESS, -1123, 3), (Host.BUSINESS, -100, 0)],
)  # fmt: skip
def test_how_often_it_is_worth_trying(host: Host, code: int, most: int) -> None:
    assert outcome_of(heard(refusal(code), host=host)).most_tries == most


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (at(12), datetime(2026, 11, 26, 0, 5, tzinfo=VIETNAM)),
        (at(23, 59), datetime(2026, 11, 26, 0, 5, tzinfo=VIETNAM)),
        (at(0, 2), at(0, 5)),
    ],
)
@pytest.mark.parametrize("spread", [0.0, 0.9])
def test_a_spent_day_lasts_until_five_past_midnight(now: datetime, then: datetime, spread: float) -> None:
    outcome = outcome_of(heard(refusal(-144), host=Host.BUSINESS, now=now, spread=spread))
    assert now + (outcome.retry_after or timedelta()) == then


@pytest.mark.parametrize(
    "host_and_code", [(Host.OPENAPI, -218), (Host.BUSINESS, -147), (Host.BUSINESS, -1472)]
)
def test_what_waits_alone_for_the_new_day_is_spread(host_and_code: tuple[Host, int]) -> None:
    host, code = host_and_code
    first, last = (
        outcome_of(heard(refusal(code), host=host, spread=spread)).retry_after for spread in (0.0, 1.0)
    )
    assert (last or timedelta()) - (first or timedelta()) == timedelta(minutes=10)


@pytest.mark.parametrize("code", [(Host.OPENAPI, -234), (Host.BUSINESS, -133)])
@pytest.mark.parametrize(
    ("now", "then"),
    [
        (at(22), datetime(2026, 11, 26, 6, 0, tzinfo=VIETNAM)),
        (at(2), at(6)),
        (at(5, 59), at(6)),
        # Refused after six: there it is night until seven.
        (at(6, 10), at(7)),
        # Refused in broad daylight: some clock is wrong.
        (at(12), at(13)),
    ],
)
def test_the_night_ends_in_the_morning(code: tuple[Host, int], now: datetime, then: datetime) -> None:
    outcome = outcome_of(heard(refusal(code[1]), host=code[0], now=now))
    assert now + (outcome.retry_after or timedelta()) == then


def test_the_morning_sees_no_herd() -> None:
    waits = {outcome_of(heard(refusal(-234), now=at(23), spread=n / 100)).retry_after for n in range(100)}
    assert len(waits) == 100
    assert max(waits, key=lambda one: one or timedelta()) > timedelta(hours=7, minutes=29)  # type: ignore[operator]


def test_a_limit_of_the_minute_ends_with_it() -> None:
    assert outcome_of(heard(refusal(-32))).retry_after == timedelta(seconds=40)


# --- Shapes


def test_an_id_that_is_a_bare_number_keeps_its_digits() -> None:
    raw = b'{"error":0,"data":{"message_id":12345678901234567890123}}'
    assert outcome_of(heard(raw)).provider_id == "12345678901234567890123"


@pytest.mark.parametrize(
    ("quota", "cost"), [("purchase_quota", 100), ("reward_quota", 0), ("sub_quota", 0), (None, 100)]
)
def test_what_was_given_costs_nothing(quota: str | None, cost: int) -> None:
    data = {"message_id": "1", "quota": {"quota_type": quota}}
    assert outcome_of(heard(success(**data), way=TEMPLATE_UID, cost=100)).cost == cost


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>", b'{"error":0,"data":{"mess', b"[]", b"5", b"null", b'{"data":{}}', b'{"error":true}',
     b'{"error":0.5}', b'{"error":null}', b"\xff\xfe", b"[" * 100_000, b'{"error":NaN}'],
)  # fmt: skip
def test_what_cannot_be_read_may_have_been_sent(raw: bytes) -> None:
    outcome = outcome_of(heard(raw, cost=100))
    assert (outcome.kind, outcome.reason, outcome.cost) == (U, Reason.UNMAPPED, 100)


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("host", [Host.OPENAPI, Host.BUSINESS])
def test_a_refusal_by_a_code_that_nobody_knows_was_not_sent(host: Host, status: int) -> None:
    outcome = outcome_of(heard(refusal(-9999, NAME), status, host))
    assert (outcome.kind, outcome.reason, outcome.code) == (T, Reason.UNMAPPED, "-9999")


@pytest.mark.parametrize("code", [1, 12])
def test_a_code_that_nobody_knows_may_have_been_sent(code: int) -> None:
    outcome = outcome_of(heard(refusal(code)))
    assert (outcome.kind, outcome.reason, outcome.code) == (U, Reason.UNMAPPED, str(code))


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (301, T, Reason.UNMAPPED), (401, T, Reason.UNMAPPED), (404, T, Reason.UNMAPPED),
        (429, T, Reason.RATE_LIMIT), (500, U, Reason.PROVIDER), (501, U, Reason.PROVIDER),
        (502, U, Reason.PROVIDER), (503, T, Reason.PROVIDER), (504, U, Reason.PROVIDER),
    ],
)  # fmt: skip
@pytest.mark.parametrize("raw", [b"", b"<html>busy</html>", b'{"error":0}'])
def test_a_status_without_a_code(status: int, kind: OutcomeKind, reason: Reason, raw: bytes) -> None:
    outcome = outcome_of(heard(raw, status))
    assert (outcome.kind, outcome.reason) == (kind, reason)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
@pytest.mark.parametrize("code", [-216, "-216"])
def test_a_known_code_counts_whatever_the_status(status: int, code: Any) -> None:
    assert outcome_of(heard(refusal(code), status)).reason == Reason.STALE


def test_an_unknown_route_was_not_taken() -> None:
    assert outcome_of(heard({"error": 404}, 404)).kind == T


def test_a_busy_zalo_says_for_how_long() -> None:
    answer = Answered(503, {"retry-after": "30"}, b"")
    assert outcome_of(heard(b"").__class__(Host.OPENAPI, answer, NOON)).retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("result", "kind", "reason"),
    [
        (NotSent("ConnectError"), T, Reason.TRANSPORT),
        (NotSent("not https", refused=True), T, Reason.CONFIG),
        (Cut("ReadTimeout"), U, Reason.TRANSPORT),
    ],
)
def test_a_call_that_came_to_nothing(result: Any, kind: OutcomeKind, reason: Reason) -> None:
    outcome = outcome_of(heard(b"").__class__(Host.OPENAPI, result, NOON))
    assert (outcome.kind, outcome.reason) == (kind, reason)
