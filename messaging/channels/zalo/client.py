"""Calls to Zalo in an account's name. The hosts come from the installation's settings, never from a province."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from messaging.channels.base import Account, OutcomeKind
from messaging.channels.capabilities import Unanswered
from messaging.channels.zalo import protocol
from messaging.channels.zalo.errors import Heard, outcome_of
from messaging.channels.zalo.protocol import Envelope, Host
from messaging.channels.zalo.settings import Profile, profile_of
from tenants import clock
from tenants.web import http
from tenants.web.http import Answered, Result

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 12.0
JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


def base_of(host: Host) -> str:
    """Where a host is, without a slash at the end."""
    bases = {
        Host.OAUTH: settings.ZALO_OAUTH_URL,
        Host.OPENAPI: settings.ZALO_OPENAPI_URL,
        Host.BUSINESS: settings.ZALO_BUSINESS_URL,
    }
    return str(bases[host])


def post(profile: Profile, host: Host, path: str, content: Any) -> Result:
    """Hand over `content` as JSON."""
    headers = {**_headers(profile), "Content-Type": JSON}
    return _call("POST", f"{base_of(host)}{path}", headers, protocol.dumps(content), TOTAL_SECONDS)


def submit(path: str, fields: Mapping[str, str], app_secret: str, *, total: float) -> Result:
    """Send a form to the host that grants tokens; it wants the App's secret itself."""
    headers = {"secret_key": app_secret, "Content-Type": FORM}
    return _call("POST", f"{base_of(Host.OAUTH)}{path}", headers, urlencode(fields).encode(), total)


def ask(
    account: Account, host: Host, path: str, values: Mapping[str, Any], *, total: float = TOTAL_SECONDS
) -> Envelope:
    """The answer to a question, whose values travel as the host wants them; raises Unanswered, and BadProfile for
    settings that cannot be used."""
    profile, question = profile_of(account), protocol.query(host, values)
    url = f"{base_of(host)}{path}{'?' if question else ''}{question}"
    return opened(host, _call("GET", url, _headers(profile), b"", total))


def tell(account: Account, host: Host, path: str, content: Any) -> Envelope:
    """The answer to posted content; raises Unanswered, and BadProfile for settings that cannot be used."""
    return opened(host, post(profile_of(account), host, path, content))


def opened(host: Host, result: Result) -> Envelope:
    """The envelope of a success; raises Unanswered."""
    outcome = outcome_of(Heard(host, result, clock.now()))
    envelope = protocol.envelope(result.body) if isinstance(result, Answered) else None
    if outcome.kind != OutcomeKind.ACCEPTED or envelope is None:
        raise Unanswered(outcome)
    return envelope


def _headers(profile: Profile) -> dict[str, str]:
    headers = {"access_token": profile.access_token}
    if profile.settings.appsecret_proof:
        headers["appsecret_proof"] = protocol.proof(profile.app_secret, profile.access_token)
    return headers


def _call(method: str, url: str, headers: Mapping[str, str], body: bytes, total: float) -> Result:
    return http.call(
        method,
        url,
        headers=headers,
        body=body,
        connect=min(CONNECT_SECONDS, total),
        read=min(READ_SECONDS, total) if total <= TOTAL_SECONDS else total,
        total=total,
    )
