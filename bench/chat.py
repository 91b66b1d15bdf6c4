"""How soon a citizen's question in the chat is answered: twenty a second, from the webhook that tells of it until
the pretended Zalo has taken the answer, with web server, worker, beat and relay as in an installation. Then once
more a few, while one person writes as fast as no person can."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import Figure, Stage

if TYPE_CHECKING:
    from bench.traffic.callbacks import Door

RATE = int(os.environ.get("CHAT_RATE", "20"))
SECONDS = int(os.environ.get("CHAT_SECONDS", "20"))
PROMISE_SECONDS = 2.0
AT_ONCE = 200
WARM_SECONDS = 5
PATIENCE_SECONDS = 60.0
# One person's texts, and how many a second; the others ask one a second meanwhile.
FLOOD = 400
FLOOD_RATE = 80


def measure(stage: Stage) -> Iterable[Figure]:
    from bench.traffic import callbacks, processes
    from bench.traffic.durable import durable_database
    from dossiers.lifecycle import actions as services
    from procedures.catalogue.search.index import reindex

    with tempfile.TemporaryDirectory() as name, durable_database(), stage.province() as ground:
        reindex()
        dossier = services.receive(ground.office.intake(), actor=ground.office.clerk).dossier
        # What people ask most: their dossier, an errand, the hours.
        texts = (
            f"cho hoi ho so {dossier.code.lower()} den dau roi",
            "đăng ký kết hôn cần gì",
            "giờ làm việc",
        )
        with callbacks.door(Path(name), at_once=AT_ONCE, valkey=os.environ["REDIS_URL"]) as door:
            _connect(door)
            hosts = {
                f"ZALO_{host.upper()}_URL": getattr(door.zalo.urls, host)
                for host in ("oauth", "openapi", "business")
            }
            with processes.installation(Path(name), door.zalo.address, MESSAGING_CHANNELS="zalo", **hosts):
                _ask(door, texts, WARM_SECONDS)
                stage.say(f"{RATE} questions a second for {SECONDS} seconds")
                seconds = _ask(door, texts, SECONDS)
                stage.say(f"one person writes {FLOOD} times, others ask meanwhile")
                beside = _beside_a_flood(door, texts[-1])
    asked = _each(texts, SECONDS) * len(texts)
    hundredths = statistics.quantiles(seconds, n=100)
    yield Figure("questions answered", len(seconds) / asked, "part", bound=0.99)
    yield Figure("answer accepted, median", statistics.median(seconds), "s")
    yield Figure("answer accepted, p95", hundredths[94], "s", bound=PROMISE_SECONDS, better="less")
    yield Figure("answer accepted, p99", hundredths[98], "s")
    yield Figure("answer accepted, slowest", max(seconds), "s")
    yield Figure("beside a flood, slowest", max(beside), "s", bound=PROMISE_SECONDS, better="less")


def _connect(door: "Door") -> None:
    """The account may send."""
    from datetime import timedelta

    from messaging.channels.accounts import credentials
    from messaging.channels.models import ChannelAccount

    pair = {name: door.account[name] for name in ("access_token", "refresh_token")}
    credentials.store(ChannelAccount.objects.get(channel="zalo"), pair, timedelta(hours=25))


def _ask(door: "Door", texts: tuple[str, ...], seconds: int) -> list[float]:
    """Somebody else asks each time; how long each waited for the answer, by the provider's own clock."""
    control, count = door.zalo.control, _each(texts, seconds)
    since = _now(door)
    for text in texts:
        control.traffic(door.oa, count, RATE / len(texts), text=text)
    time.sleep(seconds)
    return _answered(door, since, count * len(texts))


def _beside_a_flood(door: "Door", text: str) -> list[float]:
    """How long others waited for their answers while one person wrote; each for whom none came, as long as patience
    lasted."""
    control, seconds = door.zalo.control, FLOOD // FLOOD_RATE
    flooding = control.add_user()["user_id"]
    since = _now(door)
    control.traffic(door.oa, FLOOD, FLOOD_RATE, text=text, user=flooding)
    control.traffic(door.oa, seconds, 1, text=text)
    time.sleep(seconds)
    found = _answered(door, since, seconds, but=control.uid(flooding, door.oa))
    return [*found, *[PATIENCE_SECONDS] * (seconds - len(found))]


def _now(door: "Door") -> int:
    return max((entry["n"] for entry in door.zalo.control.journal()), default=0)


def _answered(door: "Door", since: int, count: int, but: str = "") -> list[float]:
    """How long so many people waited for their answers, as far as they came in time; without this one's."""
    control = door.zalo.control
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        told = {_sender(one): one["mono"] - one["seconds"] for one in control.journal("webhook", since=since)}
        answered = {
            _reader(one): one["mono"]
            for one in control.journal("request", since=since)
            if one["path"].endswith("/message/cs") and one.get("message_id")
        }
        both = (answered.keys() & told.keys()) - {but}
        if len(both) >= count or time.monotonic() > deadline:
            return [answered[reader] - told[reader] for reader in both]
        time.sleep(0.5)


def _each(texts: tuple[str, ...], seconds: int) -> int:
    return RATE * seconds // len(texts)


def _sender(webhook: dict[str, Any]) -> str:
    told = json.loads(webhook["body"])
    return str(told["sender"]["id"]) if told["event_name"] == "user_send_text" else ""


def _reader(request: dict[str, Any]) -> str:
    body = request["body"]
    content = json.loads(body) if isinstance(body, str) else body
    return str(content["recipient"]["user_id"])
