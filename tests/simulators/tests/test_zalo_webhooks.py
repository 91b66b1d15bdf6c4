"""Webhooks: exact bytes, signatures, the ladder, and each event's ids in their place."""

import hashlib
import itertools
import json
import threading
from typing import Any

import pytest

from tests.simulators.tests.caller import DATA, Caller
from tests.simulators.tests.receiver import Receiver

LADDER = [30, 300, 900, 1800, 3600]


def mac(first: str, body: bytes, key: str) -> str:
    return hashlib.sha256(
        first.encode() + body + str(json.loads(body)["timestamp"]).encode() + key.encode()
    ).hexdigest()


def keys(caller: Caller) -> dict[str, str]:
    (app,) = caller.control.state("apps")["apps"]
    return {"oa_secret": app["oa_secret"], "app_secret": app["secret"]}


@pytest.mark.parametrize("first", ["app_id", "oa_id"])
@pytest.mark.parametrize("key", ["oa_secret", "app_secret"])
def test_the_signature_in_its_four_plays(hooked: Caller, receiver: Receiver, first: str, key: str) -> None:
    hooked.control.settings(sign_first_term=first, mac_key=key)
    hooked.control.act_follow(hooked.user, hooked.oa)
    assert hooked.control.pump() == 1
    ((method, headers, body),) = receiver.received
    term = {"app_id": hooked.app, "oa_id": hooked.oa}[first]
    assert headers["x-zevent-signature"] == "mac=" + mac(term, body, keys(hooked)[key])
    assert (method, headers["content-type"]) == ("POST", "application/json")
    assert "num_retry" not in headers


def test_templates_by_phone_may_be_signed_with_another_key(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(phone_mac_key="app_secret")
    hooked.by_phone()
    hooked.control.settle()
    ((_method, headers, body),) = receiver.received
    assert headers["x-zevent-signature"] == "mac=" + mac(hooked.app, body, keys(hooked)["app_secret"])
    assert headers["x-zevent-server"] == "ZNS"


def test_the_oa_secret_may_be_one_per_oa(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(oa_secret_scope="oa")
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.pump()
    ((_method, headers, body),) = receiver.received
    assert headers["x-zevent-signature"] != "mac=" + mac(hooked.app, body, keys(hooked)["oa_secret"])


@pytest.mark.parametrize(
    ("style", "sign"),
    [
        ({"body_spaces": True}, b'": "'),
        ({"body_ascii": True}, b"\\u00e0"),
        ({"body_slashes": True}, b"a\\/b"),
        ({"body_order": "sorted"}, b'{"app_id"'),
        ({"body_order": "reversed"}, b'{"user_id_by_app"'),
        ({"number_style": "number"}, b'"timestamp":1'),
        ({}, "chào a/b".encode()),
    ],
)
def test_the_style_of_the_body(
    hooked: Caller, receiver: Receiver, style: dict[str, Any], sign: bytes
) -> None:
    hooked.control.settings(**style)
    hooked.control.act_send_text(hooked.user, hooked.oa, "chào a/b")
    hooked.control.pump()
    ((_method, headers, body),) = receiver.received
    assert sign in body
    assert headers["x-zevent-signature"] == "mac=" + mac(hooked.app, body, keys(hooked)["oa_secret"])
    assert json.loads(body)["message"]["text"] == "chào a/b"


def test_numbers_keep_all_their_digits(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(number_style="number")
    uid = hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.pump()
    assert receiver.events[0]["follower"]["id"] == int(uid)


def retries(hooked: Caller) -> list[float]:
    """The waits between the attempts."""
    moments = [entry["at"] for entry in hooked.control.journal("webhook")]
    return [round(after - before) for before, after in itertools.pairwise(moments)]


@pytest.mark.parametrize("setting", ["connect_only", "any_non_200"])
def test_a_refused_connection_climbs_the_ladder_and_ends_the_webhook(
    hooked: Caller, receiver: Receiver, setting: str
) -> None:
    hooked.control.settings(retry_on=setting)
    receiver.close()
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.advance(86400)
    assert retries(hooked) == LADDER
    assert [entry["headers"].get("num_retry") for entry in hooked.control.journal("webhook")] == [
        None,
        *"12345",
    ]
    assert len({entry["body"] for entry in hooked.control.journal("webhook")}) == 1
    assert hooked.control.state("apps")["apps"][0]["webhook_enabled"] is False
    hooked.control.act_send_text(hooked.user, hooked.oa, "nghe không?")
    assert len(hooked.control.webhooks()) == 1, "nothing more is queued until it is switched on again"


@pytest.mark.parametrize(("setting", "waits"), [("connect_only", []), ("any_non_200", LADDER)])
def test_another_status_than_200(hooked: Caller, receiver: Receiver, setting: str, waits: list[int]) -> None:
    hooked.control.settings(retry_on=setting)
    receiver.status = 503
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.advance(86400)
    assert retries(hooked) == waits
    assert hooked.control.state("apps")["apps"][0]["webhook_enabled"] is (setting == "connect_only")


def test_an_answer_on_the_way_up_ends_the_ladder(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(retry_on="any_non_200")
    receiver.status = 500
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.pump()
    receiver.status = 200
    assert hooked.control.advance(30) == 1
    assert hooked.control.webhooks()[0]["state"] == "delivered"


def test_an_answer_that_takes_too_long(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(retry_on="any_non_200", webhook_seconds=0.1)
    receiver.wait = threading.Event()
    hooked.control.act_follow(hooked.user, hooked.oa)
    assert hooked.control.pump() == 0
    receiver.wait.set()
    assert hooked.control.journal("webhook")[0]["answer"] == "timeout"
    assert hooked.control.advance(30) == 1


def test_webhooks_go_to_this_machine_alone(hooked: Caller) -> None:
    hooked.control.set_app(hooked.app, webhook_url="http://203.0.113.9/webhook")
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.pump()
    assert hooked.control.journal("webhook")[0]["answer"] == "not this machine"


def test_switches_and_syntax_filter(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.set_app(hooked.app, events_off=["follow"], syntax_filter=True)
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.act_send_text(hooked.user, hooked.oa, "xin chào")
    hooked.control.act_click_menu(hooked.user, hooked.oa, "#tracuu")
    hooked.control.pump()
    assert [event["message"]["text"] for event in receiver.events] == ["#tracuu"]


def test_an_oa_that_withdrew_its_grant_is_silent(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.admin("ungrant", app=hooked.app, oa=hooked.oa)
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.act_follow(hooked.user, hooked.other_oa)
    hooked.control.pump()
    assert [event["oa_id"] for event in receiver.events] == [hooked.other_oa]


def test_ids_of_what_people_do(hooked: Caller, receiver: Receiver) -> None:
    control, user, oa = hooked.control, hooked.user, hooked.oa
    uid = control.act_follow(user, oa)
    control.act_send_text(user, oa, "H15-0001")
    control.act_send_image(user, oa)
    control.act_send_file(user, oa)
    control.act_click_chatnow(user, oa)
    control.act_click_chatnow(user, oa)
    control.act_submit_info(user, oa, {"name": "Người mô phỏng", "phone": hooked.phone})
    control.act("send_other", user=user, oa=oa, kind="location", payload={"coordinates": {"latitude": "1"}})
    control.act("anonymous_text", oa=oa, conversation="c1", text="ẩn danh")
    control.act_withdraw(user, oa)
    control.act_unfollow(user, oa)
    control.pump()
    events = {event["event_name"]: event for event in receiver.events}
    assert receiver.names == [
        "follow", "user_send_text", "user_send_image", "user_send_file", "user_click_chatnow",
        "user_submit_info", "user_send_location", "anonymous_send_text", "user_withdraw", "unfollow",
    ]  # fmt: skip
    for name in ("follow", "unfollow"):
        assert (events[name]["oa_id"], events[name]["follower"]["id"]) == (oa, uid)
    for name in ("user_send_text", "user_send_image", "user_send_file", "user_submit_info"):
        assert (events[name]["sender"]["id"], events[name]["recipient"]["id"]) == (uid, oa)
    for name in ("user_click_chatnow", "user_withdraw"):
        assert (events[name]["oa_id"], events[name]["user_id"]) == (oa, uid)
    assert events["user_send_file"]["message"]["attachments"][0]["payload"]["name"] == "mo-phong.pdf"
    assert all(isinstance(event["timestamp"], str) for event in receiver.events)


@pytest.mark.parametrize("direction", ["oa_sender", "user_sender"])
def test_received_and_seen_in_both_directions(hooked: Caller, receiver: Receiver, direction: str) -> None:
    hooked.control.settings(received_direction=direction)
    uid = hooked.control.last_interaction(hooked.user, hooked.oa, hours_ago=1)
    message = hooked.cs(uid).data["message_id"]
    hooked.control.settle()
    assert hooked.control.act_see(hooked.user, hooked.oa) == [message]
    hooked.control.settle()
    assert receiver.names == ["oa_send_text", "user_received_message", "user_seen_message"]
    _echo, received, seen = receiver.events
    ids = (hooked.oa, uid) if direction == "oa_sender" else (uid, hooked.oa)
    for event in (received, seen):
        assert (event["sender"]["id"], event["recipient"]["id"]) == ids
    assert (received["message"]["msg_id"], seen["message"]["msg_ids"]) == (message, [message])


@pytest.mark.parametrize("echo", [True, False])
def test_templates_by_uid_may_be_echoed(hooked: Caller, receiver: Receiver, echo: bool) -> None:
    hooked.control.settings(echo_templates=echo)
    hooked.by_uid(hooked.control.uid(hooked.user, hooked.oa))
    hooked.control.settle()
    assert receiver.names == ["oa_send_template"] * echo + ["user_received_message"]


@pytest.mark.parametrize("shown", ["phone", "hash"])
def test_the_receipt_of_a_template_by_phone(hooked: Caller, receiver: Receiver, shown: str) -> None:
    hooked.control.settings(receipt_phone=shown)
    message = hooked.by_phone().data["msg_id"]
    hooked.control.settle()
    (event,) = receiver.events
    person = hooked.staged["users"][0]
    assert event["sender"]["id"] == hooked.oa
    assert event["recipient"]["id"] == (person["phone"] if shown == "phone" else person["phone_hash"])
    assert event["message"]["msg_id"] == message
    assert event["message"]["tracking_id"] == "r-1"
    assert event["message"]["delivery_time"].isdigit()


def test_receipts_go_to_the_app_that_sent_and_from_mobile_telephones(
    hooked: Caller, receiver: Receiver
) -> None:
    second = hooked.control.add_app(webhook_url=receiver.url)
    hooked.control.grant(second["app_id"], hooked.oa)
    uid = hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.cs(uid)
    hooked.control.settle()
    names = [(event["app_id"] == hooked.app, event["event_name"]) for event in receiver.events]
    assert sorted(names) == [
        (False, "follow"), (False, "oa_send_text"),
        (True, "follow"), (True, "oa_send_text"), (True, "user_received_message"),
    ]  # fmt: skip
    hooked.control.set_user(hooked.user, mobile=False)
    hooked.cs(uid)
    hooked.control.settle()
    assert receiver.names.count("user_received_message") == 1


def test_an_official_types_in_the_oas_window(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.act_admin_types(hooked.user, hooked.oa, "Chào ông/bà")
    hooked.control.settle()
    (event,) = receiver.events
    assert (event["event_name"], event["sender"]["id"]) == ("oa_send_text", hooked.oa)
    assert event["sender"]["admin_id"]
    assert [one.kind for one in hooked.control.phone(hooked.user)] == ["admin"]


def test_events_of_the_consoles(hooked: Caller, receiver: Receiver) -> None:
    control = hooked.control
    control.disable_template(hooked.template, "chất lượng thấp")
    control.approve_template(hooked.template)
    control.admin("set_template_quality", template=hooked.template, quality="LOW")
    control.set_quota(hooked.oa, 100)
    message = hooked.by_phone(template_data=DATA).data["msg_id"]
    control.act_feedback(message, 5, "nhanh")
    control.act("response_button", message_id=message, data="đồng ý")
    control.act_react(hooked.user, hooked.oa, message)
    control.pump()
    status, _approved, quality, quota, rated, pressed, reacted = receiver.events
    assert status["status"] == {"prev_status": "ENABLE", "new_status": "DISABLE"}
    assert (status["template_id"], status["reason"], status["oa_id"]) == (
        hooked.template,
        "chất lượng thấp",
        hooked.oa,
    )
    assert quality["event_name"] == "change_template_quality"
    assert (quota["oaId"], "oa_id" in quota, quota["quota"]) == (
        hooked.oa,
        False,
        {"prev_value": 500, "new_value": 100},
    )
    assert (rated["message"]["rate"], rated["message"]["msg_id"], rated["message"]["tracking_id"]) == (
        5,
        message,
        "r-1",
    )
    assert (pressed["msg_id"], pressed["message"]["button_type"]) == (message, "response")
    assert reacted["message"] == {"msg_id": message, "react_icon": "/-strong"}


def test_the_consoles_test_button_signs_nothing(hooked: Caller, receiver: Receiver) -> None:
    assert hooked.control.admin("test_button", app=hooked.app) == {"answer": "200"}
    assert "x-zevent-signature" not in receiver.received[0][1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_probe(hooked: Caller, receiver: Receiver, method: str) -> None:
    assert hooked.control.admin("probe", app=hooked.app, method=method) == {"answer": "200"}
    assert (receiver.received[0][0], receiver.received[0][2]) == (method, b"")


def test_webhooks_can_be_carried_by_hand(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.act_follow(hooked.user, hooked.oa)
    (webhook,) = hooked.control.take_webhooks()
    assert webhook.headers["X-ZEvent-Signature"] == "mac=" + mac(
        hooked.app, webhook.body, keys(hooked)["oa_secret"]
    )
    assert hooked.control.pump() == 0
    assert receiver.received == []


def test_a_reset_secret_signs_from_now_on(hooked: Caller, receiver: Receiver) -> None:
    fresh = hooked.control.admin("reset_secret", app=hooked.app)["oa_secret"]
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.pump()
    ((_method, headers, body),) = receiver.received
    assert headers["x-zevent-signature"] == "mac=" + mac(hooked.app, body, fresh)


def test_traffic_is_spread_evenly_and_timed(hooked: Caller, receiver: Receiver) -> None:
    assert hooked.control.traffic(hooked.oa, 40, 20.0) == 2.0
    hooked.control.advance(1)
    assert len(receiver.received) == 21
    assert hooked.control.advance(1) == 19
    attempts = hooked.control.journal("webhook")
    assert all(0 < entry["seconds"] < 2 for entry in attempts)
    assert len({event["sender"]["id"] for event in receiver.events}) == 40


def test_one_person_may_write_all_of_the_traffic(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.traffic(hooked.oa, 5, 20.0, user=hooked.user)
    hooked.control.advance(1)
    (writer,) = {event["sender"]["id"] for event in receiver.events}
    assert (writer, len(receiver.events)) == (hooked.control.uid(hooked.user, hooked.oa), 5)
