"""The control surface under `/_sim/`: everything a test or a person at a demonstration does to the simulator."""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import Answer, Request, html_answer, json_answer
from tests.simulators.zalo import staging
from tests.simulators.zalo.clock import iso, read_moment
from tests.simulators.zalo.control import acts, console, phones
from tests.simulators.zalo.faults import Rule

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

TOKEN_HEADER = "x-sim-token"
REGISTERS = ("apps", "oas", "grants", "users", "relations", "templates", "messages", "articles")


def handle(sim: "Simulator", request: Request) -> Answer | Awaitable[Answer]:
    given = request.headers.get(TOKEN_HEADER) or request.query.get("token", "")
    if not hmac.compare_digest(given.encode(), sim.token.encode()):
        return json_answer({"error": "the control token is missing or wrong"}, 403)
    try:
        return _read(sim, request) if request.method == "GET" else _do(sim, request)
    except (KeyError, ValueError, TypeError) as error:
        return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _read(sim: "Simulator", request: Request) -> Answer:
    asked = {name: value for name, value in request.query.items() if name != "token"}
    first, _, rest = request.path.strip("/").partition("/")
    match first:
        case "state":
            return json_answer(_state(sim, asked.get("only", ",".join(REGISTERS)).split(",")))
        case "journal":
            kind, since = asked.pop("kind", ""), int(asked.pop("since", "0"))
            return json_answer(sim.journal.entries(kind, since, **asked))
        case "counters":
            return json_answer(dict(sim.journal.counters))
        case "clock":
            return json_answer({"now": sim.clock.now(), "local": iso(sim.clock.now())})
        case "phone":
            return json_answer(phones.shown(sim, sim.user(asked["user"]), asked.get("oa", "")))
        case "dien-thoai":
            return html_answer(phones.page(sim, sim.user(rest)))
        case _:
            return json_answer({"error": f"nothing to read at {first}"}, 404)


def _do(sim: "Simulator", request: Request) -> Answer | Awaitable[Answer]:
    given = json.loads(request.body or b"{}")
    if not isinstance(given, dict):
        raise TypeError("an object is wanted")
    path = request.path.strip("/")
    sim.journal.note("control", path=path, given=given)
    first, _, rest = path.partition("/")
    if first == "act":
        return json_answer(acts.ACTS[rest](sim, **given))
    if path in _LATER:
        return _answered(_LATER[path](sim, given))
    if first == "admin":
        return json_answer(sim.admin(rest, given))
    if path not in _NOW:
        return json_answer({"error": f"nothing to do at {path}"}, 404)
    return json_answer(_NOW[path](sim, given))


async def _answered(coming: Awaitable[Any]) -> Answer:
    try:
        return json_answer(await coming)
    except Exception as error:  # whatever a thing that was due ran into, the caller must hear of it
        return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _state(sim: "Simulator", names: list[str]) -> dict[str, Any]:
    if unknown := set(names) - set(REGISTERS):
        raise ValueError(f"no such register: {', '.join(sorted(unknown))}")
    return {name: [_plain(one) for one in getattr(sim.world, name).values()] for name in names}


def _plain(thing: Any) -> Any:
    if is_dataclass(thing):
        return {one.name: _plain(getattr(thing, one.name)) for one in fields(thing)}
    if isinstance(thing, (set, frozenset)):
        return sorted(thing)
    return [_plain(one) for one in thing] if isinstance(thing, list) else thing


def _set_clock(sim: "Simulator", given: dict[str, Any]) -> dict[str, Any]:
    moment = read_moment(given["moment"]) if "moment" in given else sim.clock.now()
    sim.clock.set(moment, freeze=given.get("freeze"))
    return {"now": sim.clock.now()}


def _add_fault(sim: "Simulator", given: dict[str, Any]) -> dict[str, Any]:
    rule = Rule.read(given)
    if rule.admin and rule.admin not in console.COMMANDS:
        raise ValueError(f"no such command: {rule.admin}")
    return {"number": sim.faults.add(rule)}


def _clear_faults(sim: "Simulator", given: dict[str, Any]) -> dict[str, Any]:
    number = given.get("number")
    sim.faults.rules = [] if number is None else [one for one in sim.faults.rules if one.number != number]
    return {}


def _settings(sim: "Simulator", given: dict[str, Any]) -> dict[str, Any]:
    sim.settings.update(given)
    return sim.settings.as_dict()


def _uid(sim: "Simulator", given: dict[str, Any]) -> dict[str, Any]:
    return {"uid": sim.world.relation(sim.world.oas[given["oa"]].oa_id, sim.user(given["user"]).user_id).uid}


async def _delivered(sim: "Simulator", doing: Awaitable[int]) -> dict[str, Any]:
    return {"delivered": await doing, "now": sim.clock.now()}


_NOW: dict[str, Callable[["Simulator", dict[str, Any]], Any]] = {
    "reset": lambda sim, given: sim.reset() or {},
    "settings": _settings,
    "clock/set": _set_clock,
    "faults": _add_fault,
    "faults/clear": _clear_faults,
    "uid": _uid,
    "apps": lambda sim, given: _plain(sim.world.add_app(**given)),
    "oas": lambda sim, given: _plain(sim.world.add_oa(**given)),
    "users": lambda sim, given: _plain(sim.world.add_user(**given)),
    "templates": lambda sim, given: _plain(sim.world.add_template(**given)),
    "stage": lambda sim, given: staging.stage(sim, **given),
    "traffic": lambda sim, given: staging.traffic(sim, **given),
    "crowd": lambda sim, given: staging.crowd(sim, **given),
}
_LATER: dict[str, Callable[["Simulator", dict[str, Any]], Awaitable[Any]]] = {
    "pump": lambda sim, given: _delivered(sim, sim.pump()),
    "clock/advance": lambda sim, given: _delivered(sim, sim.advance(given["seconds"])),
    "settle": lambda sim, given: _delivered(sim, sim.settle(given.get("within", 5.0))),
}
