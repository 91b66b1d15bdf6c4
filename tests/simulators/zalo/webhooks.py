"""The webhook sender: exact bytes, signed, within two seconds, again by the ladder, and then no more."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import post
from tests.simulators.zalo.clock import HOUR, MINUTE
from tests.simulators.zalo.identities import SIGNATURE_HEADER, webhook_mac
from tests.simulators.zalo.journal import WEBHOOK
from tests.simulators.zalo.model import App

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

LADDER = (30.0, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR)
_ID_NAMES = frozenset([
    "app_id", "id", "oa_id", "oaId", "user_id", "user_id_by_app", "template_id", "timestamp",
])  # fmt: skip


@dataclass
class Delivery:
    """One body on its way to one App. `state`: waiting, delivered, refused (not tried again), given up,
    dropped (the App's webhook was off)."""

    number: int
    app_id: str
    oa_id: str
    event: str
    body: bytes
    headers: dict[str, str]
    attempts: int = 0
    state: str = "waiting"
    flaws: list[str] = field(default_factory=list)


def body_of(sim: "Simulator", event: dict[str, Any]) -> bytes:
    """The event as bytes, in the style of the settings."""
    settings = sim.settings
    content = _numbers(event) if settings.number_style == "number" else event
    if settings.body_order != "as_built":
        content = dict(sorted(content.items(), reverse=settings.body_order == "reversed"))
    text = json.dumps(
        content,
        ensure_ascii=settings.body_ascii,
        separators=(", ", ": ") if settings.body_spaces else (",", ":"),
    )
    return (text.replace("/", "\\/") if settings.body_slashes else text).encode()


def _numbers(content: Any, name: str = "") -> Any:
    """Ids and times as bare numbers, as old payloads had them."""
    if isinstance(content, dict):
        return {key: _numbers(value, key) for key, value in content.items()}
    if isinstance(content, list):
        return [_numbers(value, name) for value in content]
    plain = isinstance(content, str) and name in _ID_NAMES and content.isascii() and content.isdigit()
    return int(content) if plain else content


def signature(sim: "Simulator", app: App, oa_id: str, body: bytes, timestamp: str, *, by_phone: bool) -> str:
    settings = sim.settings
    key = settings.mac_key if not by_phone or settings.phone_mac_key == "same" else settings.phone_mac_key
    secret = app.secret if key == "app_secret" else sim.world.oa_secret(app, oa_id, settings.oa_secret_scope)
    first = app.app_id if settings.sign_first_term == "app_id" else oa_id
    return webhook_mac(first, body, timestamp, secret)


class Sender:
    """Queues on the agenda; the simulator's pump or its background task makes the attempts."""

    def __init__(self, sim: "Simulator") -> None:
        self._sim = sim
        self.deliveries: list[Delivery] = []

    def queue(
        self,
        app: App,
        oa_id: str,
        name: str,
        body: bytes,
        headers: dict[str, str],
        *,
        delay: float = 0.0,
        flaws: list[str] | None = None,
    ) -> Delivery:
        delivery = Delivery(
            len(self.deliveries) + 1, app.app_id, oa_id, name, body, headers, flaws=flaws or []
        )
        self.deliveries.append(delivery)
        self._sim.journal.count("webhook.queued")
        self._later(delivery, delay)
        return delivery

    def _later(self, delivery: Delivery, seconds: float) -> None:
        due = self._sim.clock.now() + seconds
        self._sim.agenda.add(due, f"webhook {delivery.number}", lambda: self._attempt(delivery))

    async def _attempt(self, delivery: Delivery) -> None:
        sim = self._sim
        app = sim.world.apps.get(delivery.app_id)
        if delivery.state != "waiting" or app is None:
            return
        if not (app.webhook_enabled and app.webhook_url):
            delivery.state = "dropped"
            sim.journal.count("webhook.dropped")
            return
        delivery.attempts += 1
        headers = dict(delivery.headers)
        if delivery.attempts > 1:
            headers["num_retry"] = str(delivery.attempts - 1)
        sim.journal.count("webhook.attempts")
        answer, connected, took = await post(
            app.webhook_url, delivery.body, headers, sim.settings.webhook_seconds
        )
        sim.journal.note(
            WEBHOOK, delivery=delivery.number, app_id=app.app_id, oa_id=delivery.oa_id, event=delivery.event,
            attempt=delivery.attempts, headers=headers, body=delivery.body.decode(errors="replace"),
            answer=answer, seconds=round(took, 4), flaws=delivery.flaws,
        )  # fmt: skip
        if answer == "200":
            delivery.state = "delivered"
            sim.journal.count("webhook.delivered")
        elif connected and sim.settings.retry_on == "connect_only":
            delivery.state = "refused"
            sim.journal.count("webhook.refused")
        elif delivery.attempts <= len(LADDER):
            self._later(delivery, LADDER[delivery.attempts - 1])
        else:
            delivery.state = "given up"
            app.webhook_enabled = False
            sim.journal.count("webhook.disabled")


def headers_of(mac: str, extra: dict[str, str]) -> dict[str, str]:
    return {SIGNATURE_HEADER: f"mac={mac}", **extra}


EventOf = Callable[[App], dict[str, Any]]
