"""What each event says to its account, and how it is known again."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    Destination,
    ErasureAsked,
    MessageIn,
    QuotaChanged,
    Rated,
    Receipt,
    ReceiptKind,
    TemplateChanged,
)
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.webhooks import FROM_PEOPLE
from tests.messaging.channels.zalo.making import APP, NAME, OA, UID, account

CHANNEL = ZaloChannel()
BY_APP, MESSAGE = "552177279717587730", "96d3cdf3af150460909"
TRACKING = UUID("7c0f8c1e-52a2-4b3c-9f0e-0d3a4a1b2c3d")
STAMP, TOLD = "1540363714987", datetime.fromtimestamp(1540363714.987, UTC)
OTHER_OA = "111222333444555666"


def raw(event_name: str, **told: Any) -> bytes:
    whole = {"app_id": APP, "user_id_by_app": BY_APP, "event_name": event_name, "timestamp": STAMP, **told}
    return json.dumps(whole, ensure_ascii=False).encode()


def from_person(event_name: str = "user_send_text", **message: Any) -> bytes:
    told = {"msg_id": MESSAGE, "text": "Hồ sơ đến đâu rồi?", **message}
    return raw(event_name, sender={"id": UID}, recipient={"id": OA}, message=told)


def parse(told: bytes) -> list[Any]:
    return list(CHANNEL.parse_events(account(), told))


def about_person(event_name: str, **told: Any) -> bytes:
    return raw(event_name, oa_id=OA, **told)


# --- Event by event


HEARD = Approached(ContactKind.HEARD, UID, TOLD, BY_APP)
TYPED = {"name": NAME, "phone": "84905000217", "full_address": {"user_city": "Đắk Lắk"}}


def between(event_name: str, sender: Any, recipient: str, **message: Any) -> bytes:
    parties = {
        "sender": sender if isinstance(sender, dict) else {"id": sender},
        "recipient": {"id": recipient},
    }
    return raw(event_name, **parties, message={"msg_id": MESSAGE, **message})


ARRIVED = Receipt(ReceiptKind.DELIVERED, TRACKING, MESSAGE)


@pytest.mark.parametrize(
    ("told", "items"),
    [
        (from_person(), [MessageIn(UID, MESSAGE, "Hồ sơ đến đâu rồi?", TOLD, BY_APP)]),
        # By hand, with the provider's tools; what we sent comes back as well.
        (between("oa_send_text", {"id": OA, "admin_id": "99"}, UID), [AnsweredByHand(UID, MESSAGE, TOLD)]),
        (between("oa_send_text", OA, UID), []),
        # Whichever side the account stands.
        (between("user_received_message", OA, UID), [Receipt(ReceiptKind.DELIVERED, None, MESSAGE)]),
        (between("user_received_message", UID, OA), [Receipt(ReceiptKind.DELIVERED, None, MESSAGE)]),
        # A template that something else sent is not ours.
        (between("user_received_message", OA, "8490", tracking_id="n-88213"), []),
        (
            between("user_seen_message", UID, OA, msg_ids=["a", "b", "a", ""]),
            [Receipt(ReceiptKind.SEEN, None, "a"), Receipt(ReceiptKind.SEEN, None, "b")],
        ),
        (about_person("follow", follower={"id": UID}), [Approached(ContactKind.FOLLOWED, UID, TOLD, BY_APP)]),
        (
            about_person("unfollow", follower={"id": UID}),
            [Approached(ContactKind.UNFOLLOWED, UID, TOLD, BY_APP)],
        ),
        (about_person("user_click_chatnow", user_id=UID), [HEARD]),
        (about_person("widget_interaction_accepted", data={"user_id": UID}), [HEARD]),
        # A number that somebody typed is a sign of life and no more.
        (raw("user_submit_info", sender={"id": UID}, recipient={"id": OA}, info=TYPED), [HEARD]),
        (about_person("user_withdraw", user_id=UID), [ErasureAsked(UID)]),
        # An event that spells the account otherwise.
        (raw("change_oa_daily_quota", oaId=OA, quota={"new_value": 2000}), [QuotaChanged(2000, TOLD)]),
        (raw("change_oa_daily_quota", oaId=OA, quota={"new_value": "2000"}), [QuotaChanged(2000, TOLD)]),
        (
            about_person(
                "user_feedback",
                message={
                    "rate": 4,
                    "note": "Nhanh",
                    "feedbacks": ["Thái độ tốt"],
                    "tracking_id": str(TRACKING),
                },
            ),
            [Rated(TRACKING, 4, "Nhanh; Thái độ tốt")],
        ),
        *((about_person("user_feedback", message={"rate": rate}), []) for rate in (0, 6, "nhiều", None)),
        # A template of ours arrived at a telephone, of which a number or its digest is told.
        *(
            (between("user_received_message", OA, number, tracking_id=str(TRACKING)), [ARRIVED])
            for number in ("84905000217", "116ce31ae9170769b075a11dedca1198f41d30318334919fb90917e9c617b438")
        ),
        # What is nothing to us.
        (
            raw("anonymous_send_text", sender={"id": "ẩn danh"}, recipient={"id": OA}, message={"text": "?"}),
            [],
        ),
        (
            raw(
                "user_reacted_message",
                sender={"id": UID},
                recipient={"id": OA},
                message={"msg_id": "a", "react_icon": "/-strong"},
            ),
            [],
        ),
        (about_person("add_user_to_tag", tag={"name": "x", "user_ids": [UID]}), []),
        (about_person("user_click_response_button", msg_id="a", message={"tracking_id": str(TRACKING)}), []),
        (about_person("change_template_quota", template_id="1"), []),
        (about_person("shop_has_order", order={}), []),
        (about_person("mot_su_kien_moi"), []),
        (about_person(""), []),
    ],
)
def test_what_an_event_says(told: bytes, items: list[Any]) -> None:
    assert parse(told) == items


@pytest.mark.parametrize("event_name", sorted(FROM_PEOPLE))
def test_a_person_sends_anything(event_name: str) -> None:
    (item,) = parse(
        from_person(event_name, text=None, attachments=[{"payload": {"url": "https://x.zdn.vn/"}}])
    )
    assert (type(item), item.text) == (MessageIn, "")


def test_more_than_anybody_reads_is_no_event() -> None:
    told = raw("user_seen_message", sender={"id": OA}, message={"msg_ids": [str(one) for one in range(1001)]})
    with pytest.raises(ValueError):
        parse(told)


@pytest.mark.parametrize(
    ("word", "state"),
    [("ENABLE", "enabled"), ("PENDING_REVIEW", "pending"), ("REJECT", "rejected"), ("DISABLE", "disabled"), ("MỚI", "")],
)  # fmt: skip
def test_a_template_changes(word: str, state: str) -> None:
    status = {"prev_status": "ENABLE", "new_status": word}
    told = about_person("change_template_status", template_id=123456, status=status, reason="Sai")
    assert parse(told) == [TemplateChanged("123456", state=state, cause="Sai", reported_at=TOLD)]


@pytest.mark.parametrize("quality", [{"prev_quality": "HIGH", "new_quality": "LOW"}, "LOW"])
def test_a_template_falls_in_opinion(quality: Any) -> None:
    told = about_person("change_template_quality", template_id="123456", quality=quality)
    assert parse(told) == [TemplateChanged("123456", quality="low", reported_at=TOLD)]


# --- Whose it is


@pytest.mark.parametrize(
    "told",
    [
        from_person().replace(OA.encode(), OTHER_OA.encode()),
        about_person("follow", follower={"id": UID}).replace(OA.encode(), OTHER_OA.encode()),
        about_person("user_withdraw", user_id=UID).replace(OA.encode(), OTHER_OA.encode()),
        raw("change_oa_daily_quota", oaId=OTHER_OA, quota={"new_value": 0}),
        raw("user_received_message", sender={"id": OTHER_OA}, recipient={"id": UID}, message={"msg_id": "a"}),
        # A message whose sender is the account is from nobody.
        raw("user_send_text", sender={"id": OA}, recipient={"id": UID}, message={"msg_id": "a"}),
    ],
)
def test_what_another_account_is_told_says_nothing_to_this_one(told: bytes) -> None:
    assert parse(told) == []


# --- Spelling


def test_bare_numbers_keep_each_digit() -> None:
    told = (
        f'{{"app_id":{APP},"event_name":"user_send_text","timestamp":{STAMP},"user_id_by_app":{BY_APP},'
        f'"sender":{{"id":{UID}}},"recipient":{{"id":{OA}}},"message":{{"msg_id":"{MESSAGE}","text":"a"}}}}'
    )
    assert parse(told.encode()) == [MessageIn(UID, MESSAGE, "a", TOLD, BY_APP)]


@pytest.mark.parametrize(
    ("text", "kept"), [("a\\u0000b", "ab"), ("\\ud83d", "\ufffd"), ("\\ud83d\\ude00", "😀")]
)
def test_texts_come_fit_to_be_stored(text: str, kept: str) -> None:
    told = from_person().replace("Hồ sơ đến đâu rồi?".encode(), text.encode())
    assert parse(told)[0].text == kept


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b"5", b"null", b'"a"', b"\xff\xfe", b"{" * 9, b"[" * 90_000, b'{"a":NaN}']
)
def test_what_cannot_be_read_says_so(bad: bytes) -> None:
    with pytest.raises(ValueError):
        parse(bad)


@pytest.mark.parametrize("nonsense", [None, 5, "x", [], [[]], {"id": {}}, {"id": None}, True])
@pytest.mark.parametrize("event_name", ["user_send_text", "oa_send_text", "user_received_message", "user_seen_message",
    "follow", "user_submit_info", "user_withdraw", "change_template_status", "change_template_quality",
    "change_oa_daily_quota", "user_feedback", "user_click_chatnow", "widget_interaction_accepted"])  # fmt: skip
def test_nonsense_inside_an_event_says_nothing(event_name: str, nonsense: Any) -> None:
    fields = ("message", "follower", "user_id", "info", "template_id", "quota", "data")
    told = {**dict.fromkeys(fields, nonsense), "oa_id": OA, "sender": nonsense, "recipient": nonsense}
    assert [item for item in parse(raw(event_name, **told)) if not isinstance(item, TemplateChanged)] == []


# --- Whom an unproven callback names, and by what it is known again


@pytest.mark.parametrize(
    ("told", "accounts"),
    [
        (from_person(), (OA, UID)),
        (about_person("follow", follower={"id": UID}), (OA,)),
        (raw("change_oa_daily_quota", oaId=OA), (OA,)),
    ],
)
def test_whom_it_names(told: bytes, accounts: tuple[str, ...]) -> None:
    assert CHANNEL.destination(told) == Destination(APP, accounts)


@pytest.mark.parametrize(
    "told", [b"{}", b"[]", b"", raw("follow"), b'{"oa_id":"5"}', b'{"app_id":"","oa_id":"5"}']
)
def test_what_names_nobody_says_so(told: bytes) -> None:
    with pytest.raises(ValueError):
        CHANNEL.destination(told)


def test_a_message_told_in_other_bytes_is_the_same() -> None:
    again = json.dumps(json.loads(from_person()), indent=1, sort_keys=True).encode()
    assert CHANNEL.event_key(from_person()) == CHANNEL.event_key(again)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (from_person(), from_person(msg_id="b")),
        (from_person(), from_person("user_send_image")),
        (about_person("follow", follower={"id": UID}), about_person("follow", follower={"id": "246845883529197923"})),
        (about_person("follow", follower={"id": UID}), about_person("unfollow", follower={"id": UID})),
        (about_person("follow", follower={"id": UID}), about_person("follow", follower={"id": UID}, timestamp="1540363714988")),
        (raw("user_seen_message", sender={"id": OA}, message={"msg_ids": ["a"]}),
         raw("user_seen_message", sender={"id": OA}, message={"msg_ids": ["a", "b"]})),
        (about_person("change_template_status", template_id="1"), about_person("change_template_status", template_id="2")),
        (from_person(), from_person().replace(APP.encode(), b"77")),
        (from_person(), from_person().replace(OA.encode(), OTHER_OA.encode())),
    ],
)  # fmt: skip
def test_different_events_are_known_apart(one: bytes, other: bytes) -> None:
    assert CHANNEL.event_key(one) != CHANNEL.event_key(other)


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b'{"app_id":"1"}', from_person(msg_id=""), raw("follow", timestamp="")]
)
def test_what_has_no_name_is_known_by_its_bytes(told: bytes) -> None:
    assert CHANNEL.event_key(told) == told
