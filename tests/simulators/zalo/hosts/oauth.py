"""The OAuth host: consent, codes, and refresh tokens that work once."""

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tests.simulators.local_http import Answer, Request, html_answer, json_answer, redirect
from tests.simulators.zalo.clock import MINUTE
from tests.simulators.zalo.hosts.errors import OAUTH, Refused
from tests.simulators.zalo.identities import challenge
from tests.simulators.zalo.journal import TOKEN
from tests.simulators.zalo.model import App, Code

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

CODE_SECONDS = 10 * MINUTE


def handle(sim: "Simulator", request: Request) -> Answer:
    doors = {
        ("GET", "/v4/oa/permission"): lambda: _permission(sim, request),
        ("POST", "/v4/oa/access_token"): lambda: json_answer(_oa_token(sim, request)),
    }
    door = doors.get((request.method, request.path))
    return door() if door else json_answer({"error": 404, "message": "Not found"}, 404)


def error_body(sim: "Simulator", code: int) -> dict[str, Any]:
    """A refusal of this host, in the shape of the settings."""
    name, description = OAUTH.get(code, ("Unknown error.", ""))
    body: dict[str, Any] = {
        "error": code,
        "error_name": name,
        "error_description": description,
        "error_reason": "",
        "ref_doc": "https://docs.zaloplatforms.com/docs/OA/",
    }
    if sim.settings.oauth_error_style == "empty_message":
        body |= {"message": "", "access_token": ""}
    return body


# Consent


def _permission(sim: "Simulator", request: Request) -> Answer:
    asked = request.query
    app = sim.world.apps.get(asked.get("app_id", ""))
    if app is None or not app.active:
        raise Refused(-14002)
    if not app.approved:
        raise Refused(-14029)
    if asked.get("redirect_uri", "") not in app.callbacks:
        raise Refused(-14003)
    subject = asked.get("sim_subject", "")
    if not subject and sim.settings.consent == "page":
        return html_answer(_consent_page(sim, request, app))
    subject = subject or _who_consents(sim, app)
    return redirect(
        consent(sim, app, subject, asked["redirect_uri"], asked.get("code_challenge", ""), asked.get("state"))
    )


def consent(
    sim: "Simulator",
    app: App,
    subject: str,
    redirect_uri: str,
    code_challenge: str,
    state: str | None,
) -> str:
    """The address that the browser is sent back to. With `fixed` the challenge asked with counts for nothing:
    the one saved in the console does."""
    kept = app.fixed_challenge if app.pkce_mode == "fixed" else code_challenge
    code = sim.world.ids.token("code", sim.world.ids.count("code"))[:80]
    sim.world.codes[code] = Code(app.app_id, subject, kept, sim.clock.now() + CODE_SECONDS)
    added = {"code": code, "oa_id": subject}
    if state is not None and sim.settings.state_echo:
        added["state"] = state
    parts = urlsplit(redirect_uri)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *added.items()])))


def _who_consents(sim: "Simulator", app: App) -> str:
    """Whom the console was told to choose, or else the first one there is."""
    subject = app.consenting_oa or next(iter(sim.world.oas), "")
    if subject not in sim.world.oas:
        raise Refused(-14012)
    return subject


def _consent_page(sim: "Simulator", request: Request, app: App) -> str:
    links = "".join(
        f'<li><a href="?{escape(urlencode({**request.query, "sim_subject": key}))}">{escape(one.name)}</a></li>'
        for key, one in sim.world.oas.items()
    )
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Mô phỏng: cấp quyền</title>'
        f"<h1>Mô phỏng</h1><p>Cho phép <strong>{escape(app.name)}</strong> với:</p><ul>{links}</ul></html>"
    )


# Tokens


def _app_of(sim: "Simulator", request: Request) -> App:
    app = sim.world.apps.get(request.form.get("app_id", ""))
    if app is None or not app.active:
        raise Refused(-14002)
    if request.headers.get("secret_key") != app.secret:
        raise Refused(-14004)
    return app


def _spend_code(sim: "Simulator", request: Request, app: App) -> str:
    """The subject of a code, which is used up by this. A wrong verifier uses it up, too."""
    code = sim.world.codes.get(request.form.get("code", ""))
    if code is None or code.used or code.expires <= sim.clock.now():
        raise Refused(-14005)
    if code.app_id != app.app_id:
        raise Refused(-14005)
    code.used = True
    verifier = request.form.get("code_verifier", "")
    # A registered challenge binds; without any, a verifier proves nothing and is not asked for.
    if (code.challenge or app.pkce_mode == "fixed") and challenge(verifier) != code.challenge:
        sim.journal.count("exchange.pkce_refused")
        raise Refused(-14005)
    return code.subject


def _oa_token(sim: "Simulator", request: Request) -> dict[str, Any]:
    app = _app_of(sim, request)
    match request.form.get("grant_type"):
        case "authorization_code":
            oa_id = _spend_code(sim, request, app)
            if not sim.world.oas[oa_id].exists:
                raise Refused(-14012)
            grant = sim.world.grant(app.app_id, oa_id)
            name = "exchange"
        case "refresh_token":
            grant = _spend_refresh(sim, request, app)
            name = "refresh"
        case _:
            raise Refused(-14018)
    settings = sim.settings
    sim.world.mint(grant, settings.access_seconds, kill_old=settings.mint_kills_old_access)
    sim.journal.count(f"{name}.ok")
    sim.journal.note(TOKEN, what=name, oa_id=grant.oa_id, app_id=app.app_id, generation=grant.generation)
    seconds = int(settings.access_seconds)
    return {
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "expires_in": seconds if settings.expires_in_number else str(seconds),
    }


def _spend_refresh(sim: "Simulator", request: Request, app: App) -> Any:
    token = sim.world.refresh_tokens.get(request.form.get("refresh_token", ""))
    if token is None or token.grant.app_id != app.app_id:
        sim.journal.count("refresh.unknown")
        raise Refused(-14014)
    bad = (
        "spent" if token.used
        else "revoked" if token.revoked or not token.grant.alive
        else "expired" if token.expires <= sim.clock.now()
        else ""
    )  # fmt: skip
    if bad:
        sim.journal.count(f"refresh.{bad}")
        sim.journal.note(TOKEN, what=f"refresh {bad}", oa_id=token.grant.oa_id, app_id=app.app_id)
        raise Refused(-14014)
    return token.grant
