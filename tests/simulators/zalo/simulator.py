"""The whole simulator: one world, one clock, one journal, and the way of a request through them."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.simulators.local_http import Answer, Request, json_answer
from tests.simulators.zalo import outgoing
from tests.simulators.zalo.clock import Agenda, Clock, Entry
from tests.simulators.zalo.control import calls, console
from tests.simulators.zalo.faults import Facts, Faults, afterwards, instead
from tests.simulators.zalo.hosts import business, oauth, openapi
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Rates
from tests.simulators.zalo.journal import REQUEST, Journal
from tests.simulators.zalo.model import User
from tests.simulators.zalo.settings import Settings
from tests.simulators.zalo.webhooks import EventOf, Sender
from tests.simulators.zalo.world import World, read_phone

HOSTS = ("oauth", "openapi", "business")
KEPT_HEADERS = ("access_token", "appsecret_proof", "content-type", "authorization", "user-agent")
LONGEST_KEPT_BODY = 20_000
TICK_SECONDS = 0.01


class Simulator:
    """Everything happens on the thread of one event loop. `token` opens `/_sim/`."""

    world: World
    faults: Faults
    rates: Rates
    agenda: Agenda
    sender: Sender

    def __init__(
        self, *, seed: int = 1, token: str = "", journal: Path | None = None, settings: Settings | None = None
    ) -> None:
        self.seed = seed
        self.token = token or secrets.token_urlsafe(16)
        self.clock = Clock()
        self.settings = settings or Settings()
        self._first_settings = self.settings.as_dict()
        self.journal = Journal(self.clock, journal)
        self._tasks: set[asyncio.Task[None]] = set()
        self.reset()

    def reset(self) -> None:
        """Nothing exists; settings are as at the start; the clock is the machine's."""
        self.settings.update(self._first_settings)
        self.clock = Clock()
        self.journal.follow(self.clock)
        self.journal.clear()
        self.world = World(self.seed, self.clock)
        self.faults = Faults(self.seed)
        self.rates = Rates(self.settings)
        self.agenda = Agenda()
        self.sender = Sender(self)
        self.held: dict[tuple[str, str], list[Callable[[], None]]] = {}

    # Requests

    def handle(self, request: Request) -> Answer | Awaitable[Answer]:
        first = request.path.strip("/").partition("/")[0]
        if first == "_sim":
            return calls.handle(self, request.below("/_sim"))
        if first in HOSTS:
            return self._serve(first, request.below(f"/{first}"))
        return json_answer({"error": 404, "message": "Not found"}, 404)

    def _serve(self, host: str, request: Request) -> Answer:
        self.journal.count(f"{host} {request.method} {request.path}")
        rules = self.faults.fire(self._facts(host, request)) if self.faults.rules else []
        oa_id, before = self._oa_of(request), len(self.world.messages)
        answer = next((made for rule in rules if (made := instead(self, rule, host)) is not None), None)
        if answer is None:
            answer = self._work(host, request)
            for rule in rules:
                answer = afterwards(self, rule, host, answer)
        answer.latency = sum(
            rule.seconds + rule.jitter * self.faults.random.random() for rule in rules if rule.do == "latency"
        )
        number = len(self.world.messages) - before
        self._note(host, request, answer, oa_id, number, [rule.do for rule in rules])
        return answer

    def _work(self, host: str, request: Request) -> Answer:
        try:
            match host:
                case "oauth":
                    return oauth.handle(self, request)
                case "openapi":
                    return openapi.handle(self, request)
                case _:
                    return business.handle(self, request)
        except Refused as refused:  # the OAuth host's own shape; the others have written theirs
            return json_answer(oauth.error_body(self, refused.code))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self.journal.note("mistake", host=host, path=request.path, error=repr(error))
            return json_answer({"error": 500, "message": "Internal error"}, 500)

    def _note(
        self,
        host: str,
        request: Request,
        answer: Answer,
        oa_id: str,
        accepted: int,
        struck: list[str],
    ) -> None:
        content = answer.json()
        error = content.get("error", 0) if isinstance(content, dict) else None
        multipart = request.headers.get("content-type", "").startswith("multipart/")
        self.journal.note(
            REQUEST, host=host, method=request.method, path=request.path, query=request.query,
            headers={name: request.headers[name] for name in KEPT_HEADERS if name in request.headers},
            body="" if multipart else request.body[:LONGEST_KEPT_BODY].decode(errors="replace"),
            oa_id=oa_id, status=answer.status, error=error, ending=answer.ending,
            answer=answer.body[:LONGEST_KEPT_BODY].decode(errors="replace"),
            message_id=next(reversed(self.world.messages)) if accepted else "", accepted=accepted, faults=struck,
        )  # fmt: skip

    def _oa_of(self, request: Request) -> str:
        """The OA a token or refresh token belongs to, dead or alive."""
        token = self.world.access_tokens.get(request.headers.get("access_token", ""))
        if token is not None:
            return token.grant.oa_id
        refresh = self.world.refresh_tokens.get(request.form.get("refresh_token", ""))
        if refresh is not None:
            return refresh.grant.oa_id
        code = self.world.codes.get(request.form.get("code", ""))
        return code.subject if code else ""

    def _facts(self, host: str, request: Request) -> Facts:
        oa_id = self._oa_of(request)
        body = Answer(body=request.body).json() if request.body[:1] == b"{" else None
        names: set[str] = set()
        if isinstance(body, dict):
            recipient = body.get("recipient")
            asked = [body.get("user_id"), body.get("phone")]
            asked += [recipient.get("user_id")] if isinstance(recipient, dict) else []
            names = {str(name) for name in asked if name}
            for name in list(names):
                try:
                    user = self.user(name, oa_id)
                except KeyError:
                    continue
                names |= {user.user_id, user.phone}
        return Facts(host, request.path, request.method, oa_id, frozenset(names))

    # What the rooms share

    def user(self, name: str, oa_id: str = "") -> User:
        """By user id, telephone number, or the id in this OA. Raises KeyError."""
        world = self.world
        if found := world.users.get(name):
            return found
        if relation := world.by_uid.get((oa_id, name)):
            return world.users[relation.user_id]
        try:
            return world.by_phone[read_phone(name)]
        except ValueError:
            raise KeyError(name) from None

    def admin(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Something done in a console, by name; see `console`."""
        return console.COMMANDS[command](self, **arguments)

    def emit(
        self,
        oa_id: str,
        event_of: EventOf,
        *,
        only: set[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Tell the Apps this OA has granted (`only`: these alone), if they asked to be told."""
        for grant in list(self.world.grants_of(oa_id)):
            app = self.world.apps[grant.app_id]
            if only is not None and app.app_id not in only:
                continue
            if app.webhook_url and app.webhook_enabled:
                outgoing.dispatch(self, app, oa_id, event_of(app), headers or {})
            else:
                self.journal.count("webhook.not_wanted")

    # Time

    async def pump(self) -> int:
        """Do all that is due now, in order; how many webhooks were answered 200."""
        before = self.journal.counters["webhook.delivered"]
        while entry := self.agenda.pop_due(self.clock.now()):
            working = entry.job()
            if working is not None:
                await working
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        return self.journal.counters["webhook.delivered"] - before

    async def advance(self, seconds: float) -> int:
        """Let time go by: each thing due on the way happens at its own moment."""
        before = self.journal.counters["webhook.delivered"]
        target = self.clock.now() + seconds
        while (due := self.agenda.next_due()) is not None and due <= target:
            if due > self.clock.now():
                self.clock.set(due)
            await self.pump()
        if target > self.clock.now():
            self.clock.set(target)
        return self.journal.counters["webhook.delivered"] - before

    async def settle(self, within: float) -> int:
        """Go on until nothing more is due within so many seconds; the clock stops at the last thing done."""
        delivered = await self.pump()
        while (due := self.agenda.next_due()) is not None and due <= self.clock.now() + within:
            delivered += await self.advance(max(due - self.clock.now(), 0))
        return delivered

    async def background(self) -> None:
        """Does what becomes due, several webhooks at a time, until cancelled; idle while switched off."""
        while True:
            while self.settings.background and len(self._tasks) < self.settings.webhook_concurrency:
                entry = self.agenda.pop_due(self.clock.now())
                if entry is None:
                    break
                task = asyncio.ensure_future(self._carry_out(entry))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(0)
            await asyncio.sleep(
                TICK_SECONDS if len(self._tasks) < self.settings.webhook_concurrency else 0.001
            )

    async def _carry_out(self, entry: Entry) -> None:
        """One thing that was due; a failure is written down and stops nothing else."""
        try:
            working = entry.job()
            if working is not None:
                await working
        except Exception as error:
            self.journal.note("mistake", what=entry.name, error=repr(error))
