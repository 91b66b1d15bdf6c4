"""Each fault does what its name says, to whom it should and no one else."""

import gzip
import http.client
import json
import socket
import time
import unicodedata
from typing import Any

import pytest

from tests.simulators.tests.caller import Caller
from tests.simulators.tests.receiver import Receiver
from tests.simulators.zalo import Control, ControlError
from tests.simulators.zalo.identities import webhook_mac

GETOA = "/openapi/v2.0/oa/getoa"


def arrived(zalo: Caller) -> int:
    zalo.control.settle()
    return len(zalo.control.phone(zalo.user))


@pytest.mark.parametrize(("do", "count"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection(zalo: Caller, do: str, count: int) -> None:
    zalo.control.fault(do, path="/message/template", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        zalo.by_phone()
    assert arrived(zalo) == count
    assert zalo.by_phone().error == 0


@pytest.mark.parametrize(("do", "count"), [("hang", 0), ("hang_after", 1)])
def test_no_answer_ever(zalo: Caller, do: str, count: int) -> None:
    zalo.control.fault(do, host="business")
    content = {"phone": zalo.phone, "template_id": zalo.template, "template_data": {}}
    content["template_data"] = {"ten": "A", "ma_ho_so": "B", "trang_thai": "C"}
    body = json.dumps(content).encode()
    head = (
        f"POST /business/message/template HTTP/1.1\r\naccess_token: {zalo.access}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", zalo.simulator.port), timeout=0.2) as client:
        client.sendall(head.encode() + body)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert arrived(zalo) == count


def test_tokens_rotated_and_the_answer_lost(zalo: Caller) -> None:
    zalo.control.fault("cut_after", host="oauth", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        zalo.refresh()
    assert zalo.refresh().error == -14014
    assert zalo.get(GETOA).error == -220
    assert zalo.control.count("refresh.ok") == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_status(zalo: Caller, status: int) -> None:
    zalo.control.fault("http", status=status, retry_after="7", html=True)
    got = zalo.by_phone()
    assert (got.status, got.headers["Retry-After"], got.body[:6]) == (status, "7", b"<html>")
    zalo.control.clear_faults()
    assert arrived(zalo) == 0


def test_a_status_after_the_work(zalo: Caller) -> None:
    zalo.control.fault("http", status=500, processed=True)
    assert (zalo.by_phone().status, arrived(zalo)) == (500, 1)


def test_spoilt_bodies(zalo: Caller) -> None:
    found = {}
    for do in ("html", "truncated", "empty", "content_type", "gzip", "error_string", "no_data"):
        number = zalo.control.fault(do)
        found[do] = zalo.by_phone()
        zalo.control.clear_faults(number)
    assert found["html"].body.startswith(b"<html>")
    assert found["empty"].body == b""
    assert found["content_type"].headers["Content-Type"] == "text/plain"
    assert found["gzip"].headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(found["gzip"].body))["error"] == 0
    assert found["error_string"].error == "0"
    assert "data" not in found["no_data"].json
    with pytest.raises(ValueError):
        _ = found["truncated"].json
    assert arrived(zalo) == 7


def test_a_redirect(zalo: Caller) -> None:
    zalo.control.fault("redirect", value="/elsewhere", status=307)
    got = zalo.get(GETOA)
    assert (got.status, got.headers["Location"]) == (307, "/elsewhere")


@pytest.mark.parametrize("code", [-32, -200, -244, -9999])
def test_any_code_by_force(zalo: Caller, code: int) -> None:
    zalo.control.fault("code", code=code, path="/v3.0/oa/message/cs", text="vì thử")
    got = zalo.cs(zalo.control.last_interaction(zalo.user, zalo.oa, hours_ago=0))
    assert (got.json, zalo.get(GETOA).error) == ({"error": code, "message": "vì thử"}, 0)


def test_the_token_is_called_expired(zalo: Caller) -> None:
    zalo.control.fault("expired_text")
    assert zalo.get(GETOA).json == {"error": -216, "message": "Access token has expired"}


def test_spoilt_answers_of_the_token_call(zalo: Caller) -> None:
    zalo.control.fault("empty_tokens", host="oauth", nth=1)
    zalo.control.fault("error_name", host="oauth", nth=2, code=-14004)
    zalo.control.fault("no_refresh_token", host="oauth", nth=3)
    assert zalo.refresh().json["access_token"] == ""
    assert zalo.refresh().json["error_name"] == "Invalid secret key."
    assert set(zalo.refresh().json) == {"access_token", "expires_in"}
    assert zalo.control.count("refresh.ok") == 1


def test_latency(zalo: Caller) -> None:
    zalo.control.fault("latency", oa=zalo.oa, seconds=0.15)
    begun = time.monotonic()
    zalo.get(GETOA)
    slow = time.monotonic()
    zalo.access = zalo.staged["oas"][1]["access_token"]
    zalo.get(GETOA)
    assert slow - begun >= 0.15 > time.monotonic() - slow


@pytest.mark.parametrize(
    ("condition", "errors"),
    [
        ({"nth": 2}, [0, -200, 0]),
        ({"times": 2}, [-200, -200, 0]),
        ({"method": "POST"}, [0, 0, 0]),
        ({"host": "business"}, [0, 0, 0]),
        ({"oa": "1"}, [0, 0, 0]),
        ({"path": "/v2.0/oa"}, [-200, -200, -200]),
    ],
)
def test_conditions(zalo: Caller, condition: dict[str, Any], errors: list[int]) -> None:
    zalo.control.fault("code", code=-200, **condition)
    assert [zalo.get(GETOA).error for _time in range(3)] == errors


def test_a_person_by_any_name(zalo: Caller) -> None:
    zalo.control.fault("code", code=-114, user=zalo.user, host="business")
    zalo.control.fault("code", code=-227, user=zalo.phone, host="openapi")
    assert zalo.by_phone().error == -114
    assert zalo.by_phone(zalo.staged["users"][1]["phone"]).error == 0
    assert zalo.by_uid(zalo.control.uid(zalo.user, zalo.oa)).error == -227


def test_probabilities_repeat_by_seed(zalo: Caller) -> None:
    def drawn() -> list[int]:
        zalo.control.fault("code", code=-200, probability=0.5)
        return [zalo.get(GETOA).error for _time in range(12)]

    first = drawn()
    assert {0, -200} == set(first)
    zalo.control.reset()
    zalo.control.stage(oas=2, users=2)
    assert drawn() == first


def test_something_happens_in_a_console_in_the_middle(zalo: Caller) -> None:
    zalo.control.fault("admin_after", nth=2, admin="disable_template", arguments={"template": zalo.template})
    assert [zalo.by_phone().error for _time in range(3)] == [0, 0, -146]
    zalo.control.clear_faults()
    zalo.control.fault("admin", nth=1, admin="reset_secret", arguments={"app": zalo.app, "which": "app"})
    assert zalo.refresh().error == -14004


def test_a_skewed_clock(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.settings(clock_skew_seconds=-300)
    hooked.by_phone()
    hooked.control.settle()
    assert int(receiver.events[0]["timestamp"]) / 1000 == pytest.approx(hooked.control.now() - 300, abs=2)


@pytest.mark.parametrize(
    "wrong", [{"do": "latenzy"}, {"do": "latency", "secundz": 1}, {"do": "admin", "admin": "x"}]
)
def test_a_misspelt_fault_is_refused(control: Control, wrong: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="no such"):
        control.do("faults", **wrong)


def posted(
    hooked: Caller, receiver: Receiver, do: str, **more: Any
) -> list[tuple[str, dict[str, str], bytes]]:
    hooked.control.fault(do, **more)
    hooked.control.act_send_text(hooked.user, hooked.oa, "nghìn")
    hooked.control.pump()
    return receiver.received


@pytest.mark.parametrize(("do", "times"), [("lost", 0), ("duplicate", 2), ("burst", 5)])
def test_how_often_an_event_comes(hooked: Caller, receiver: Receiver, do: str, times: int) -> None:
    assert len(posted(hooked, receiver, do)) == times
    assert len(set(receiver.bodies)) == min(times, 1)


@pytest.mark.parametrize(("do", "now", "seconds"), [("late", 0, 6600), ("replay", 1, 46800)])
def test_when_an_event_comes(hooked: Caller, receiver: Receiver, do: str, now: int, seconds: float) -> None:
    assert len(posted(hooked, receiver, do)) == now
    hooked.control.advance(seconds - 1)
    assert len(receiver.received) == now
    hooked.control.advance(1)
    assert len(receiver.received) == now + 1


def test_seen_before_received(hooked: Caller, receiver: Receiver) -> None:
    hooked.control.fault("hold", event="user_received_message")
    hooked.cs(hooked.control.last_interaction(hooked.user, hooked.oa, hours_ago=0))
    hooked.control.settle()
    hooked.control.act_see(hooked.user, hooked.oa)
    hooked.control.pump()
    assert receiver.names == ["oa_send_text", "user_seen_message", "user_received_message"]


def test_spoilt_signatures(hooked: Caller, receiver: Receiver) -> None:
    good = posted(hooked, receiver, "duplicate", nth=99)[0][1]["x-zevent-signature"]
    shown: dict[str, str] = {}
    for do in ("wrong_signature", "no_signature", "upper_hex", "no_mac_prefix"):
        receiver.received.clear()
        hooked.control.clear_faults()
        shown[do] = posted(hooked, receiver, do)[0][1].get("x-zevent-signature", "")
    assert shown["no_signature"] == ""
    assert shown["upper_hex"] == "mac=" + shown["upper_hex"][4:].upper()
    assert len(shown["no_mac_prefix"]) == 64
    assert len(shown["wrong_signature"]) == len(good) == 68


def test_spoilt_bodies_are_signed_but_a_tampered_one_is_not(hooked: Caller, receiver: Receiver) -> None:
    secret = hooked.staged["app"]["oa_secret"]
    stamp = str(int(hooked.control.now() * 1000))
    right = {}
    for do in (
        "other_oa",
        "unknown_oa",
        "unknown_event",
        "big_body",
        "huge_ids",
        "invalid_utf8",
        "nfd_text",
        "tampered",
    ):
        receiver.received.clear()
        hooked.control.clear_faults()
        ((_method, headers, body),) = posted(hooked, receiver, do)
        right[do] = headers["x-zevent-signature"] == "mac=" + webhook_mac(hooked.app, body, stamp, secret)
        event = json.loads(body.decode(errors="replace"))
        match do:
            case "other_oa":
                assert event["recipient"]["id"] == hooked.other_oa
            case "unknown_oa":
                assert event["recipient"]["id"] not in (hooked.oa, hooked.other_oa)
            case "unknown_event":
                assert event["event_name"] == "something_new_happened"
            case "big_body":
                assert len(body) > 1_000_000
            case "huge_ids":
                assert len(event["sender"]["id"]) == 60
            case "invalid_utf8":
                with pytest.raises(UnicodeDecodeError):
                    body.decode()
            case "nfd_text":
                assert event["message"]["text"] == unicodedata.normalize("NFD", "nghìn") != "nghìn"
    assert [do for do, is_right in right.items() if not is_right] == ["tampered"]
