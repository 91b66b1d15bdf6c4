"""Starting, stopping, the control token, time, the journal, and the telephone people look at."""

import http.client
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.simulators.journal import read_journal
from tests.simulators.process import ROOT
from tests.simulators.tests.caller import Caller
from tests.simulators.tests.receiver import Receiver
from tests.simulators.zalo import Control, ControlError, ZaloProcess, ZaloSimulator


def test_a_process_with_a_journal(tmp_path: Path, receiver: Receiver) -> None:
    with ZaloProcess(journal=tmp_path / "zalo.jsonl", oas=2, state_echo=False) as zalo:
        control = zalo.control
        assert control.settings()["state_echo"] is False
        oa = control.state("oas")["oas"][0]["oa_id"]
        control.set_app(control.state("apps")["apps"][0]["app_id"], webhook_url=receiver.url)
        user = control.state("users")["users"][0]["user_id"]
        control.act_follow(user, oa)
        control.pump()
        assert receiver.names == ["follow"]
        zalo.kill()
    kinds = [entry["kind"] for entry in read_journal(tmp_path / "zalo.jsonl")]
    assert "webhook" in kinds


def test_another_address_than_loopback_is_refused() -> None:
    command = [sys.executable, "-m", "tests.simulators.zalo", "--host", "0.0.0.0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "--allow-any-host" in done.stderr


def test_four_bases_and_an_end() -> None:
    with ZaloSimulator() as zalo:
        assert zalo.urls.business == f"http://127.0.0.1:{zalo.port}/business"
        assert zalo.control.counters() == {}
    with pytest.raises(OSError):
        zalo.control.counters()


def test_the_background_delivers_when_it_is_on(receiver: Receiver) -> None:
    with ZaloSimulator(background=True, delivery_seconds=0.0) as zalo:
        caller = Caller(zalo, receiver.url)
        for number in range(20):
            caller.by_phone(tracking_id=f"r-{number}")
        caller.control.pump()
        assert len(receiver.received) == 20


def test_the_token_is_wanted(simulator: ZaloSimulator, control: Control) -> None:
    with pytest.raises(ControlError, match="token"):
        Control(simulator.url, "wrong").counters()


def test_a_body_that_is_no_object_is_refused(control: Control) -> None:
    for path in ("faults/clear", "act/follow", "settle", "admin/probe"):
        with pytest.raises(ControlError):
            control.call("POST", path, ["senseless"])


@pytest.mark.parametrize("path", ["nothing", "act/fly", "admin/nothing", "users", "settings"])
def test_what_makes_no_sense_is_refused(control: Control, path: str) -> None:
    with pytest.raises(ControlError):
        control.do(path, senseless=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"retry_on": "never"},
        {"check_order": ["body"]},
        {"state_echo": 1},
        {"app_rate_limit": "many"},
        {"webhook_seconds": True},
    ],
)
def test_settings_are_checked(control: Control, wrong: dict[str, object]) -> None:
    before = control.settings()
    with pytest.raises(ControlError):
        control.settings(**wrong)
    assert control.settings() == before


def test_a_clock_that_stands_and_one_that_runs(control: Control) -> None:
    assert control.now() == control.now()
    control.advance(3600)
    assert control.ask("clock")["local"] == "2026-11-25T13:00:00.000+07:00"
    control.set_clock(freeze=False)
    first = control.now()
    assert first < control.now() < first + 60


def test_a_jump_leaves_what_is_overdue_for_the_next_pump(zalo: Caller) -> None:
    zalo.by_phone()
    zalo.control.advance(60, jump=True)
    assert zalo.control.phone(zalo.user) == []
    zalo.control.pump()
    (shown,) = zalo.control.phone(zalo.user)
    assert shown.delivered_at == zalo.control.now()


def test_the_journal_tells_requests_with_answers(zalo: Caller) -> None:
    before = zalo.control.journal()[-1]["n"]
    message = zalo.by_phone().data["msg_id"]
    (entry,) = zalo.control.requests(since=before)
    assert (entry["host"], entry["path"], entry["oa_id"]) == ("business", "/message/template", zalo.oa)
    assert (entry["status"], entry["error"], entry["message_id"], entry["accepted"]) == (200, 0, message, 1)
    assert json.loads(entry["body"])["tracking_id"] == "r-1"
    assert json.loads(entry["answer"])["data"]["msg_id"] == message
    assert zalo.control.count("business POST /message/template") == 1
    assert zalo.control.count("accepted.template_phone") == 1


def test_a_stale_worker_makes_one_refresh_alone(zalo: Caller) -> None:
    """What a fleet that locks and reads again looks like from here."""
    zalo.control.expire_access(zalo.app, zalo.oa)
    lock, used = threading.Lock(), {"access": zalo.access}

    def work(number: int) -> int:
        mine = used["access"]
        if zalo.request("GET", "/openapi/v2.0/oa/getoa", access_token=mine).error == -220:
            with lock:
                if used["access"] == mine:
                    used["access"] = zalo.refresh().json["access_token"]
        return int(zalo.request("GET", "/openapi/v2.0/oa/getoa", access_token=used["access"]).error)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(16))) == {0}
    counters = zalo.control.counters()
    assert (counters["refresh.ok"], counters.get("refresh.spent", 0)) == (1, 0)


def test_many_connections_stay_open(zalo: Caller) -> None:
    connections = [
        http.client.HTTPConnection("127.0.0.1", zalo.simulator.port, timeout=5) for _ in range(200)
    ]
    for _round in range(2):
        for one in connections:
            one.request("GET", "/openapi/v2.0/oa/getoa", headers={"access_token": zalo.access})
        assert {json.loads(one.getresponse().read())["error"] for one in connections} == {0}
    for one in connections:
        one.close()


def test_chunked_bodies_are_read(zalo: Caller) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", zalo.simulator.port, timeout=5)
    body = json.dumps(
        {"recipient": {"user_id": zalo.control.act_follow(zalo.user, zalo.oa)}, "message": {"text": "x"}}
    )
    headers = {"access_token": zalo.access, "Content-Type": "application/json"}
    connection.request(
        "POST", "/openapi/v3.0/oa/message/cs", iter([body[:9].encode(), body[9:].encode()]), headers,
        encode_chunked=True,
    )  # fmt: skip
    assert json.loads(connection.getresponse().read())["error"] == 0
    connection.close()


def test_the_telephone_people_look_at(zalo: Caller) -> None:
    zalo.control.act_send_text(zalo.user, zalo.oa, "<b>hỏi</b>")
    zalo.by_phone()
    zalo.control.settle()
    for user in (zalo.user, ""):
        target = zalo.control.phone_page(user).removeprefix(zalo.simulator.url)
        page = zalo.request("GET", target).body.decode()
        assert "Mô phỏng" in page
        assert "<b>hỏi" not in page
    page = zalo.request(
        "GET", zalo.control.phone_page(zalo.user).removeprefix(zalo.simulator.url)
    ).body.decode()
    assert "H15-0001" in page
    assert "tin mẫu gửi theo số điện thoại" in page
