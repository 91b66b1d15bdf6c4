"""From an event to the bodies that go out: signed as Zalo does, or spoilt as the rules of faults say."""

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo.clock import HOUR, MINUTE
from tests.simulators.zalo.faults import Facts, Rule
from tests.simulators.zalo.identities import SIGNATURE_HEADER
from tests.simulators.zalo.model import App
from tests.simulators.zalo.webhooks import body_of, headers_of, signature

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

LATE_SECONDS = HOUR + 50 * MINUTE
REPLAY_SECONDS = 13 * HOUR
_ID_PLACES = ("sender", "recipient", "follower")


@dataclass
class Outgoing:
    """`delays`: one posting for each, in seconds from now."""

    event: dict[str, Any]
    headers: dict[str, str]
    delays: list[float] = field(default_factory=lambda: [0.0])
    held: bool = False


def dispatch(sim: "Simulator", app: App, oa_id: str, event: dict[str, Any], headers: dict[str, str]) -> None:
    """Queue the event for the App, spoilt by the rules that strike it; then what was held back for this OA."""
    name = event["event_name"]
    rules = sim.faults.fire(Facts(oa=oa_id, users=_users(event), event=name))
    going = Outgoing(dict(event), dict(headers))
    for rule in rules:
        _change_event(sim, rule, going, oa_id)
    body = body_of(sim, going.event)
    for rule in rules:
        body = _change_body(rule, body)
    mac = signature(
        sim, app, oa_id, body, str(going.event["timestamp"]), by_phone="X-ZEvent-Server" in going.headers
    )
    going.headers = headers_of(mac, going.headers)
    for rule in rules:
        body = _change_signed(rule, going, body)
    flaws = [rule.do for rule in rules]

    def queue() -> None:
        for delay in going.delays:
            sim.sender.queue(app, oa_id, name, body, going.headers, delay=delay, flaws=flaws)

    if going.held:
        sim.held.setdefault((app.app_id, oa_id), []).append(queue)
    else:
        queue()
        for waiting in sim.held.pop((app.app_id, oa_id), []):
            waiting()


def _users(event: dict[str, Any]) -> frozenset[str]:
    ids = [event[place].get("id", "") for place in _ID_PLACES if place in event]
    return frozenset([*ids, event.get("user_id", "")])


def _change_event(sim: "Simulator", rule: Rule, going: Outgoing, oa_id: str) -> None:
    event = going.event
    match rule.do:
        case "lost":
            going.delays = []
        case "late":
            going.delays = [delay + (rule.seconds or LATE_SECONDS) for delay in going.delays]
        case "duplicate":
            going.delays = going.delays * 2
        case "burst":
            going.delays = going.delays * rule.count
        case "replay":
            going.delays = [*going.delays, rule.seconds or REPLAY_SECONDS]
        case "hold":
            going.held = True
        case "other_oa":
            other = rule.value or next((one for one in sim.world.oas if one != oa_id), "")
            going.event = _replaced(event, oa_id, other)
        case "unknown_oa":
            going.event = _replaced(event, oa_id, sim.world.ids.digits("nobody's oa"))
        case "unknown_event":
            event["event_name"] = rule.value or "something_new_happened"
        case "big_body":
            event["padding"] = "x" * 1_000_000
        case "huge_ids":
            for place in _ID_PLACES:
                if place in event:
                    event[place] = {**event[place], "id": "9" * 60}
        case "nfd_text":
            going.event = _decomposed(event)


def _change_body(rule: Rule, body: bytes) -> bytes:
    if rule.do == "invalid_utf8":
        return body[:-1] + b',"note":"\xff\xfe\xc3"}'
    return body


def _change_signed(rule: Rule, going: Outgoing, body: bytes) -> bytes:
    """What happens to it after signing."""
    mac = going.headers.get(SIGNATURE_HEADER, "").removeprefix("mac=")
    match rule.do:
        case "wrong_signature":
            going.headers[SIGNATURE_HEADER] = "mac=" + mac[::-1]
        case "no_signature":
            going.headers.pop(SIGNATURE_HEADER, None)
        case "upper_hex":
            going.headers[SIGNATURE_HEADER] = "mac=" + mac.upper()
        case "no_mac_prefix":
            going.headers[SIGNATURE_HEADER] = mac
        case "tampered":
            return body[:-1] + b" }"
    return body


def _replaced(value: Any, before: str, after: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, before, after) for key, one in value.items()}
    return after if value == before else value


def _decomposed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decomposed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_decomposed(one) for one in value]
    return unicodedata.normalize("NFD", value) if isinstance(value, str) else value
