"""The control surface as Python: `Control(url, token)` works from any process."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


class ControlError(Exception):
    """The simulator did not understand what it was told; the text says why."""


@dataclass(frozen=True)
class Urls:
    """The three base addresses, to be given to an adapter's settings."""

    oauth: str
    openapi: str
    business: str

    @classmethod
    def below(cls, url: str) -> "Urls":
        return cls(f"{url}/oauth", f"{url}/openapi", f"{url}/business")


@dataclass(frozen=True)
class Shown:
    """A message as a telephone shows it."""

    oa_id: str
    oa_name: str
    kind: str
    text: str
    message_id: str
    tracking_id: str
    delivered_at: float
    seen: bool
    silent: bool


class Control:
    """`user` is a user id or telephone number everywhere, `app`, `oa` and `template` are ids."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """One request to `/_sim/<path>`; raises ControlError."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            body = None if content is None else json.dumps(content).encode()
            connection.request(method, f"/_sim/{path}", body, {"X-Sim-Token": self.token})
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ControlError(str(said.get("error", said)))
        return said

    def do(self, path: str, /, **given: Any) -> Any:
        return self.call("POST", path, given)

    def ask(self, path: str, /, **asked: Any) -> Any:
        return self.call("GET", f"{path}?{urlencode(asked)}")

    # The world

    def reset(self) -> None:
        self.do("reset")

    def stage(self, *, oas: int = 1, users: int = 1, webhook_url: str = "", **more: Any) -> dict[str, Any]:
        """One App, OAs that granted it (with tokens and a notice template), people; see `staging.stage`."""
        return self.do("stage", oas=oas, users=users, webhook_url=webhook_url, **more)

    def crowd(self, oa: str, count: int, **more: Any) -> list[str]:
        """So many more followers; their ids in this OA."""
        return self.do("crowd", oa=oa, count=count, **more)["uids"]

    def traffic(self, oa: str, count: int, per_second: float, **more: Any) -> float:
        """So many texts to the OA from now on, evenly spaced; the seconds they take."""
        return self.do("traffic", oa=oa, count=count, per_second=per_second, **more)["seconds"]

    def add_app(self, **values: Any) -> dict[str, Any]:
        return self.do("apps", **values)

    def add_oa(self, **values: Any) -> dict[str, Any]:
        return self.do("oas", **values)

    def add_user(self, **values: Any) -> dict[str, Any]:
        return self.do("users", **values)

    def add_template(self, **values: Any) -> dict[str, Any]:
        return self.do("templates", **values)

    def uid(self, user: str, oa: str) -> str:
        return self.do("uid", user=user, oa=oa)["uid"]

    def state(self, *registers: str) -> dict[str, Any]:
        """Registers by name: apps, oas, grants, users, relations, templates, messages, articles."""
        return self.ask("state", only=",".join(registers)) if registers else self.ask("state")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change disputed points; all values after that."""
        return self.do("settings", **values)

    # Time

    def now(self) -> float:
        return self.ask("clock")["now"]

    def set_clock(self, moment: str | float | None = None, *, freeze: bool | None = None) -> float:
        """An ISO text without zone is Vietnamese time; `freeze` None leaves standing or running as it is."""
        given = {} if moment is None else {"moment": moment}
        return self.do("clock/set", freeze=freeze, **given)["now"]

    def advance(self, seconds: float) -> int:
        """Let time go by, with everything due on the way; webhooks answered 200."""
        return self.do("clock/advance", seconds=seconds)["delivered"]

    def pump(self) -> int:
        """Do all that is due now; webhooks answered 200."""
        return self.do("pump")["delivered"]

    def settle(self, within: float = 5.0) -> int:
        """Advance until nothing more is due within so many seconds; webhooks answered 200."""
        return self.do("settle", within=within)["delivered"]

    # People

    def act(self, name: str, **given: Any) -> dict[str, Any]:
        return self.do(f"act/{name}", **given)

    def act_follow(self, user: str, oa: str, source: str = "oa_profile") -> str:
        """The person's id in this OA."""
        return self.act("follow", user=user, oa=oa, source=source)["uid"]

    def act_send_text(self, user: str, oa: str, text: str) -> str:
        """The message id."""
        return self.act("send_text", user=user, oa=oa, text=text)["msg_id"]

    def act_see(self, user: str, oa: str) -> list[str]:
        return self.act("see", user=user, oa=oa)["seen"]

    # Consoles

    def admin(self, command: str, **given: Any) -> dict[str, Any]:
        """Any command of `console.COMMANDS`."""
        return self.do(f"admin/{command}", **given)

    def grant(self, app: str, oa: str) -> dict[str, Any]:
        """A fresh pair of tokens without consent."""
        return self.admin("grant", app=app, oa=oa)

    def approve_template(self, template: str) -> None:
        self.admin("approve_template", template=template)

    def set_app(self, app: str, **values: Any) -> None:
        self.admin("set_app", app=app, **values)

    def set_oa(self, oa: str, **values: Any) -> None:
        self.admin("set_oa", oa=oa, **values)

    def set_relation(self, user: str, oa: str, **values: Any) -> str:
        return self.admin("set_relation", user=user, oa=oa, **values)["uid"]

    def last_interaction(self, user: str, oa: str, *, hours_ago: float) -> str:
        """The person wrote so long ago; the id in this OA."""
        return self.set_relation(user, oa, last_interaction=self.now() - hours_ago * 3600)

    # Faults

    def fault(self, do: str, **conditions: Any) -> int:
        """Add a rule; its number."""
        return self.do("faults", do=do, **conditions)["number"]

    def clear_faults(self, number: int | None = None) -> None:
        self.do("faults/clear", number=number)

    # What happened

    def journal(self, kind: str = "", *, since: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """Entries, oldest first, whose values are as wanted."""
        return self.ask("journal", kind=kind, since=since, **wanted)

    def requests(self, path: str = "", **wanted: Any) -> list[dict[str, Any]]:
        given = {"path": path, **wanted} if path else wanted
        return self.journal("request", **given)

    def counters(self) -> dict[str, int]:
        """Counts by name; a name not there was never counted."""
        return self.ask("counters")

    def count(self, name: str) -> int:
        return self.counters().get(name, 0)

    def phone(self, user: str, oa: str = "") -> list[Shown]:
        return [Shown(**one) for one in self.ask("phone", user=user, oa=oa)]

    def phone_page(self, user: str) -> str:
        return f"{self.url}/_sim/dien-thoai/{quote(user)}?token={quote(self.token)}"
