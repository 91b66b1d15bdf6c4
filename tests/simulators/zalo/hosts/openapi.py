"""The OA host: which address is which call, and the envelope of its answers."""

from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import Answer, Request, json_answer
from tests.simulators.zalo.hosts import account, chat, people
from tests.simulators.zalo.hosts.errors import Refused, text_of
from tests.simulators.zalo.hosts.gate import Call

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

CALLS: dict[tuple[str, str], type[Call]] = {
    ("POST", "/v3.0/oa/message/cs"): chat.Consultation,
    ("POST", "/v3.0/oa/message/template"): chat.TemplateByUid,
    ("POST", "/v2.0/oa/message"): chat.Version2Message,
    ("GET", "/v3.0/oa/user/getlist"): people.ListUsers,
    ("GET", "/v2.0/oa/getoa"): account.AboutOA,
    ("GET", "/v2.0/oa/conversation"): people.Conversation,
    ("GET", "/v2.0/oa/tag/gettagsofoa"): people.Tags,
    ("POST", "/v2.0/article/create"): account.CreateArticle,
    ("POST", "/v2.0/article/verify"): account.VerifyArticle,
}


def handle(sim: "Simulator", request: Request) -> Answer:
    """A refusal is an answer like others here: HTTP 200 and `error` below zero, without `data`."""
    kind = CALLS.get((request.method, request.path))
    if kind is None:
        return json_answer({"error": 404, "message": "Not found"}, 404)
    call = kind(sim, request)
    try:
        data: Any = call.run()
        content: dict[str, Any] = {"data": data} if data is not None else {}
        content |= {"error": 0, "message": "Success"}
        if kind is chat.TemplateByUid and sim.settings.uid_sent_time == "outside":
            content["sent_time"] = call.stamp()
    except Refused as refused:
        content = {"error": refused.code, "message": refused.text or text_of("openapi", refused.code)}
    answer = json_answer(content)
    answer.headers |= _limits(sim, request)
    return answer


def _limits(sim: "Simulator", request: Request) -> dict[str, str]:
    token = sim.world.access_tokens.get(request.headers.get("access_token", ""))
    if token is None:
        return sim.rates.headers(None, None, sim.clock.now())
    grant = token.grant
    return sim.rates.headers(sim.world.apps[grant.app_id], sim.world.oas[grant.oa_id], sim.clock.now())
