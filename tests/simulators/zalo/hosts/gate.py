"""What every call passes before its own work: the checks by name, in the order the settings give."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import Request
from tests.simulators.zalo.hosts.errors import OA_LIMIT_TEXT, Refused
from tests.simulators.zalo.identities import secret_proof
from tests.simulators.zalo.model import OA, AccessToken, App, Grant
from tests.simulators.zalo.settings import Settings

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator


class Rates:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._used: dict[str, tuple[int, int]] = {}

    def _count(self, key: str, minute: int) -> int:
        at, used = self._used.get(key, (minute, 0))
        return used if at == minute else 0

    def take(self, app: App, oa: OA, now: float) -> str:
        """Counts one call; "app" or "oa" when that bucket is empty (then nothing is counted), else ""."""
        minute = int(now // 60)
        app_used, oa_used = self._count("app" + app.app_id, minute), self._count("oa" + oa.oa_id, minute)
        if app_used >= self._settings.app_rate_limit:
            return "app"
        if oa_used >= oa.rate_limit:
            return "oa"
        self._used["app" + app.app_id] = minute, app_used + 1
        self._used["oa" + oa.oa_id] = minute, oa_used + 1
        return ""

    def headers(self, app: App | None, oa: OA | None, now: float) -> dict[str, str]:
        """What the answer says about the bucket that is nearer to its end."""
        minute = int(now // 60)
        limit = self._settings.app_rate_limit
        remain = limit - (self._count("app" + app.app_id, minute) if app else 0)
        if oa and oa.rate_limit - self._count("oa" + oa.oa_id, minute) < remain:
            limit, remain = oa.rate_limit, oa.rate_limit - self._count("oa" + oa.oa_id, minute)
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(remain, 0))}


_TWIN = {"openapi": 0, "business": 1}
CODES = {
    "unknown": (-216, -124),
    "proof": (-242, -1241),
    "app": (-209, -103),
    "registered": (-212, -105),
    "permission": (-223, -117),
    "disabled": (-204, -125),
    "gone": (-205, -125),
    "verified": (-221, -135),
    "package": (-224, -135),
    "zbs": (-320, -136),
    "blocked": (-248, -1351),
}


class Call:
    """One request to the OA host or the business host. What is asked for first raises first: `body` and
    `grant` refuse when they cannot be had, whichever check needs them.

    `permission`: the group the OA must have granted. `zbs`: needs a linked ZBS account.
    """

    permission = "oa"
    host = "openapi"
    zbs = False
    in_bucket = True

    def __init__(self, sim: "Simulator", request: Request) -> None:
        self.sim, self.request, self.world = sim, request, sim.world
        self.now = sim.clock.now()

    def refuse(self, what: str) -> Refused:
        return Refused(CODES[what][_TWIN[self.host]])

    def run(self) -> Any:
        """All checks, then the work; the `data` of the answer. Raises Refused."""
        for name in self.sim.settings.check_order:
            getattr(self, f"check_{name}")()
        return self.work()

    def work(self) -> Any:
        raise NotImplementedError

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object asked with: the body, or the parameter `data` of a GET."""
        raw: str | bytes
        if self.request.method == "GET":
            if "data" not in self.request.query:
                if self.sim.settings.strict_get:
                    raise Refused(-201, "data is invalid!")
                return dict(self.request.query)
            raw = self.request.query["data"]
        else:
            raw = self.request.body
            if "json" not in self.request.headers.get("content-type", ""):
                raise Refused(-122 if self.host == "business" else -201)
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Refused(-122 if self.host == "business" else -201)
        return found

    @cached_property
    def token(self) -> AccessToken:
        token = self.world.access_tokens.get(self.request.headers.get("access_token", ""))
        if token is None:
            self.sim.journal.count("token.unknown")
            raise self.refuse("unknown")
        if token.dead or token.expires <= self.now or not token.grant.alive:
            self.sim.journal.count("token.dead")
            raise (
                self.refuse("unknown")
                if self.host == "business"
                else Refused(self.sim.settings.dead_token_code)
            )
        return token

    @property
    def grant(self) -> Grant:
        return self.token.grant

    @property
    def app(self) -> App:
        return self.world.apps[self.grant.app_id]

    @property
    def oa(self) -> OA:
        return self.world.oas[self.grant.oa_id]

    def check_body(self) -> None:
        _ = self.body

    def check_token(self) -> None:
        _ = self.token

    def check_proof(self) -> None:
        if self.app.proof_required:
            proof = secret_proof(self.app.secret, self.request.headers["access_token"])
            if self.request.headers.get("appsecret_proof") != proof:
                raise self.refuse("proof")

    def check_app(self) -> None:
        if not self.app.active:
            raise self.refuse("app")
        if not self.app.api_registered:
            raise self.refuse("registered")

    def check_permission(self) -> None:
        if self.permission not in self.grant.permissions:
            raise self.refuse("permission")

    def check_oa(self) -> None:
        oa = self.oa
        for bad, what in (
            (not oa.exists, "gone"),
            (not oa.enabled, "disabled"),
            (oa.blocked, "blocked"),
            (not oa.verified, "verified"),
            (oa.package == "free", "package"),
            (self.zbs and not oa.zbs_linked, "zbs"),
        ):
            if bad:
                raise self.refuse(what)

    def check_rate(self) -> None:
        if not self.in_bucket:
            return
        limited = self.sim.rates.take(self.app, self.oa, self.now)
        if limited:
            self.sim.journal.count(f"rate.{limited}")
            raise Refused(-32, OA_LIMIT_TEXT if limited == "oa" else "")

    # Calls that send say more here.

    def check_recipient(self) -> None:
        pass

    def check_refusal(self) -> None:
        pass

    def check_window(self) -> None:
        pass

    def check_hours(self) -> None:
        pass

    def check_quota(self) -> None:
        pass

    # Reading fields

    def text(self, name: str, within: dict[str, Any] | None = None) -> str:
        """A field that must be a text with something in it."""
        value = (self.body if within is None else within).get(name)
        if not isinstance(value, str) or not value:
            raise Refused(-201, f"{name} is invalid!")
        return value

    def table(self, name: str, within: dict[str, Any] | None = None) -> dict[str, Any]:
        value = (self.body if within is None else within).get(name)
        if not isinstance(value, dict):
            raise Refused(-201, f"{name} is invalid!")
        return value

    def stamp(self) -> str:
        """Now, in milliseconds, as answers carry it."""
        return str(int((self.now + self.sim.settings.clock_skew_seconds) * 1000))


class Ask(Call):
    """A question to the business host, with plain query parameters."""

    host = "business"
    permission = "template"
    in_bucket = False

    @property
    def body(self) -> dict[str, Any]:
        return dict(self.request.query)
