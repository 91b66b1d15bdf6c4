"""A web server as an installation runs it, the pretended Zalo that calls it, and nothing behind it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messaging.models import DEFAULT_ACCOUNT
from tests.simulators.zalo.process import ZaloProcess

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0
QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Door:
    """The webhook of all provinces, and the Official Account of the present one."""

    zalo: ZaloProcess
    account: dict[str, Any]

    @property
    def oa(self) -> str:
        return str(self.account["oa_id"])

    def post(self, count: int, *, per_second: float) -> list[dict[str, Any]]:
        """So many people write at this pace; what the simulator noted of each webhook, once all were posted."""
        control = self.zalo.control
        since = max((entry["n"] for entry in control.journal("webhook")), default=0)
        before = control.count("webhook.queued")
        time.sleep(control.traffic(self.oa, count, per_second))
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            counted = control.counters()
            queued = counted.get("webhook.queued", 0)
            if queued - before >= count and counted.get("webhook.attempts", 0) >= queued:
                told = control.journal("webhook", since=since)
                if len(told) >= queued - before:
                    return told
            if time.monotonic() > deadline:
                raise RuntimeError(f"{queued - before} of {count} were posted")
            time.sleep(0.2)


@contextmanager
def door(folder: Path, *, at_once: int, valkey: str = "") -> Iterator[Door]:
    """Inside the block the web server stands on this process's database, and its Valkey is away, or is there.

    `at_once`: as many webhooks the simulator has under way.
    """
    from messaging.accounts import channel_accounts
    from portal.demo.plan import from_environment, web_answers

    port = _free_port()
    with ZaloProcess(journal=folder / "zalo.jsonl", webhook_concurrency=at_once) as zalo:
        told = zalo.control.stage(users=0, webhook_url=f"http://localhost:{port}/webhooks/zalo/")
        app, oa = told["app"], told["oas"][0]["oa_id"]
        channel_accounts.save(
            "zalo",
            DEFAULT_ACCOUNT,
            config={"app_id": app["app_id"]},
            secrets={"app_secret": app["secret"], "oa_secret": app["oa_secret"]},
            external_id=oa,
        )
        environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "MESSAGING_CHANNELS": "zalo",
            "OUTBOUND_ALLOW": zalo.address,
            "NATIONAL_HOST": "localhost",
            "PUBLIC_SCHEME": "http",
            "PUBLIC_PORT": str(port),
            "REDIS_URL": valkey or f"redis://127.0.0.1:{_free_port()}/0",
            "DB_LOGIN": "runtime",
            "DEMO": "0",
            "DEBUG": "0",
        }
        environ.pop("DATABASE_OWNER_URL")
        command = next(
            one.command for one in from_environment({"PORT": str(port)}).servers if one.name == "web"
        )
        with (folder / "web.log").open("wb") as log:
            web = subprocess.Popen(
                command, cwd=PROJECT, env=environ, stdout=log, stderr=log, start_new_session=True
            )
            try:
                _wait_for(lambda: web_answers(port), web, folder / "web.log")
                yield Door(zalo, told["oas"][0])
            finally:
                _end(web)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(answers: Any, web: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers():
        if time.monotonic() > deadline or web.poll() is not None:
            raise RuntimeError(f"the web server does not answer\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
