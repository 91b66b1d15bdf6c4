"""The Graph host: who logged in, and the telephone number a Mini App was given a token for."""

from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import Answer, Request, json_answer
from tests.simulators.zalo.clock import MINUTE
from tests.simulators.zalo.hosts.errors import GRAPH, Refused
from tests.simulators.zalo.identities import secret_proof
from tests.simulators.zalo.model import Session

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

PHONE_TOKEN_SECONDS = 2 * MINUTE


def handle(sim: "Simulator", request: Request) -> Answer:
    doors = {("GET", "/v2.0/me"): _me, ("GET", "/v2.0/me/info"): _info}
    door = doors.get((request.method, request.path))
    if door is None:
        return json_answer({"error": 404, "message": "Not found"}, 404)
    try:
        content = door(sim, request) | {"error": 0, "message": "Success"}
    except Refused as refused:
        content = {"error": refused.code, "message": refused.text or GRAPH.get(refused.code, "Unknown error")}
    return json_answer(content)


def _session(sim: "Simulator", request: Request) -> Session:
    session = sim.world.sessions.get(request.headers.get("access_token", ""))
    if session is None or session.expires <= sim.clock.now():
        raise Refused(452)
    return session


def _me(sim: "Simulator", request: Request) -> dict[str, Any]:
    session = _session(sim, request)
    app = sim.world.apps[session.app_id]
    if request.headers.get("appsecret_proof") != secret_proof(app.secret, request.headers["access_token"]):
        raise Refused(-242)
    user = sim.world.users[session.user_id]
    known = {
        "id": sim.world.uid_by_app(app.app_id, user.user_id),
        "name": user.name,
        "picture": {"data": {"url": ""}},
    }
    wanted = request.query.get("fields", "id,name,picture").split(",")
    return {name: value for name, value in known.items() if name in wanted}


def _info(sim: "Simulator", request: Request) -> dict[str, Any]:
    session = _session(sim, request)
    if request.headers.get("secret_key") != sim.world.apps[session.app_id].secret:
        raise Refused(-201, "secret_key is invalid!")
    asked = sim.world.phone_tokens.pop(request.headers.get("code", ""), None)
    if asked is None or asked.expires <= sim.clock.now():
        raise Refused(-201)
    if (asked.app_id, asked.user_id) != (session.app_id, session.user_id):
        raise Refused(-201)
    return {"data": {"number": sim.world.users[session.user_id].phone}}


def new_phone_token(sim: "Simulator", app_id: str, user_id: str) -> str:
    """What `getPhoneNumber()` hands to a Mini App: for one exchange, within two minutes."""
    token = sim.world.ids.token("phone token", sim.world.ids.count("phone token"))
    sim.world.phone_tokens[token] = Session(app_id, user_id, sim.clock.now() + PHONE_TOKEN_SECONDS)
    return token
