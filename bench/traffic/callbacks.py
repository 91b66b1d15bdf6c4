"""A web server as an installation runs it, the pretended Zalo that calls it, and nothing behind it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.traffic.web_server import free_port, web_server
from messaging.channels.models import DEFAULT_ACCOUNT
from tests.simulators.zalo.process import ZaloProcess

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
    from messaging.channels.accounts import channel_accounts

    port = free_port()
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
        with web_server(
            folder,
            port=port,
            MESSAGING_CHANNELS="zalo",
            OUTBOUND_ALLOW=zalo.address,
            REDIS_URL=valkey or f"redis://127.0.0.1:{free_port()}/0",
        ):
            yield Door(zalo, told["oas"][0])
