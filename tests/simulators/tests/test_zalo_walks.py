"""Walks through the pretended Zalo, each from the first call to what the telephone or the webhook shows."""

import itertools
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.simulators.tests.caller import Caller
from tests.simulators.tests.receiver import Receiver
from tests.simulators.zalo import Control, ControlError, ZaloSimulator
from tests.simulators.zalo.identities import challenge, webhook_mac

CALLBACK = "http://127.0.0.1:8000/zalo/callback"
VERIFIER = "A" * 43
GETOA = "/openapi/v2.0/oa/getoa"


def test_consent_a_code_and_refresh_tokens_that_work_once(zalo: Caller) -> None:
    asked = {
        "app_id": zalo.app,
        "redirect_uri": CALLBACK,
        "code_challenge": challenge(VERIFIER),
        "state": "s1",
    }
    got = zalo.request("GET", "/oauth/v4/oa/permission?" + urlencode(asked))
    back = {name: values[0] for name, values in parse_qs(urlsplit(got.headers["Location"]).query).items()}
    assert (got.status, back["oa_id"], back["state"]) == (302, zalo.oa, "s1")
    form = {"grant_type": "authorization_code", "code": back["code"]}
    assert zalo.token(**form, code_verifier="B" * 43).error == -14005
    got = zalo.request("GET", "/oauth/v4/oa/permission?" + urlencode(asked))
    form["code"] = parse_qs(urlsplit(got.headers["Location"]).query)["code"][0]
    tokens = zalo.token(**form, code_verifier=VERIFIER).json
    assert zalo.token(**form, code_verifier=VERIFIER).error == -14005
    zalo.access = tokens["access_token"]
    fresh = zalo.refresh(tokens["refresh_token"]).json
    assert zalo.refresh(tokens["refresh_token"]).error == -14014
    assert (zalo.get(GETOA).error, zalo.get("/business/message/quota").error) == (-220, -124)
    zalo.access = fresh["access_token"]
    assert zalo.get(GETOA).data["oaid"] == zalo.oa
    zalo.control.advance(25 * 3600)
    assert zalo.get(GETOA).error == -220
    zalo.control.advance(90 * 86400)
    assert zalo.refresh(fresh["refresh_token"]).error == -14014
    counters = zalo.control.counters()
    assert (counters["refresh.ok"], counters["refresh.spent"], counters["refresh.expired"]) == (1, 1, 1)


def test_a_chat_is_free_then_billed_then_refused(zalo: Caller) -> None:
    assert zalo.cs(zalo.control.uid(zalo.user, zalo.oa)).error == -232
    for hours, error, charged in [(48, 0, 0), (48.1, 0, 55), (168, 0, 110), (168.1, -230, 110)]:
        uid = zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=hours)
        assert zalo.cs(uid).error == error
        zalo.control.settle()
        (oa,) = [one for one in zalo.control.state("oas")["oas"] if one["oa_id"] == zalo.oa]
        assert (oa["charged"], oa["reserved"]) == (charged, 0)
    assert len(zalo.control.phone(zalo.user)) == 3


def test_a_template_from_the_call_to_the_telephone(zalo: Caller) -> None:
    data = zalo.by_phone().data
    asked = {"message_id": data["msg_id"]}
    assert data["quota"] == {"dailyQuota": "500", "remainingQuota": "499"}
    assert zalo.get("/business/message/status", **asked).data["status"] == 0
    zalo.control.settle()
    assert zalo.get("/business/message/status", **asked).data["status"] == 1
    assert zalo.control.state("oas")["oas"][0]["charged"] == 120
    (shown,) = zalo.control.phone(zalo.user)
    assert shown.message_id == data["msg_id"]
    (entry,) = zalo.control.requests("/message/template")
    assert (entry["host"], entry["error"], entry["message_id"]) == ("business", 0, data["msg_id"])
    assert "H15-0001" in shown.text


def test_what_people_do_is_posted_and_signed(hooked: Caller, receiver: Receiver) -> None:
    control, user, oa = hooked.control, hooked.user, hooked.oa
    uid = control.act_follow(user, oa)
    control.act_send_text(user, oa, "chào a/b")
    hooked.cs(uid)
    hooked.by_phone()
    control.settle()
    control.act_see(user, oa)
    control.pump()
    assert sorted(receiver.names) == [
        "follow", "oa_send_text", "user_received_message", "user_received_message",
        "user_seen_message", "user_send_text",
    ]  # fmt: skip
    for event, (method, headers, body) in zip(receiver.events, receiver.received, strict=True):
        secret = hooked.staged["app"]["oa_secret"]
        mac = webhook_mac(hooked.app, body, event["timestamp"], secret)
        assert (method, headers["x-zevent-signature"]) == ("POST", f"mac={mac}")
    text = next(event for event in receiver.events if event["event_name"] == "user_send_text")
    assert (text["sender"]["id"], text["recipient"]["id"], text["message"]["text"]) == (uid, oa, "chào a/b")


def test_a_webhook_that_nobody_answers_climbs_the_ladder(hooked: Caller, receiver: Receiver) -> None:
    receiver.close()
    hooked.control.act_follow(hooked.user, hooked.oa)
    hooked.control.advance(86400)
    tries = hooked.control.journal("webhook")
    waits = [round(after["at"] - before["at"]) for before, after in itertools.pairwise(tries)]
    assert waits == [30, 300, 900, 1800, 3600]
    assert [entry["headers"].get("num_retry") for entry in tries] == [None, *"12345"]
    assert len({entry["body"] for entry in tries}) == 1
    assert hooked.control.state("apps")["apps"][0]["webhook_enabled"] is False


def test_what_a_test_asks_is_checked(simulator: ZaloSimulator, control: Control) -> None:
    before = control.settings()
    with pytest.raises(ControlError, match="token"):
        Control(simulator.url, "wrong").counters()
    with pytest.raises(ControlError, match="no such"):
        control.do("faults", do="latenzy")
    for wrong in ({"retry_on": "never"}, {"state_echo": 1}, {"app_rate_limit": "many"}):
        with pytest.raises(ControlError):
            control.settings(**wrong)
    assert control.settings() == before
