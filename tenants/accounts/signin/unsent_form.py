"""A form that was sent after its session had ended, or with the token of an earlier one: offered again, never done.

It waits in the session of the browser, encrypted, from the sign-in page until its account has signed in again there.
Only a browser in which an account signed in before keeps one, so that strangers store nothing.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import sessions
from tenants.isolation import crypto
from tenants.web import rate_limits

KEY = "_unsent_form"
SENT_AGAIN = "_sent_again"
"""A field that only a form offered here has."""
LONGEST = 400_000
"""Characters of a form that is kept."""
KEPT_MOST = 20
"""Forms of one account that are kept in a quarter of an hour."""
_OURS = frozenset({"csrfmiddlewaretoken", SENT_AGAIN})
SECRET = re.compile(r"password|secret|token|passkey|^(?:access|refresh)$")
"""Names of fields that no page shows again."""
_SHOWN = 300


@dataclass(frozen=True)
class UnsentForm:
    """Where a form was sent to, its fields in their order, how many files it had, and the Unix time."""

    path: str
    fields: list[tuple[str, str]]
    files: int
    sent_at: float

    @property
    def texts(self) -> list[str]:
        """What was typed, to be recognised: each text of several words once, cut where it is long."""
        typed = (" ".join(value.split()) for _name, value in self.fields)
        return list(dict.fromkeys(text[:_SHOWN] for text in typed if " " in text))


def of_request(request: HttpRequest) -> UnsentForm | None:
    """The form of a request; None for what is no form of a page, holds a secret, or is too long to be kept."""
    fields = [
        (name, str(value)) for name, values in request.POST.lists() if name not in _OURS for value in values
    ]
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    is_secret = any(SECRET.search(name) for name, _value in fields)
    if not fields or not is_page or is_secret or sum(len(value) for _name, value in fields) > LONGEST:
        return None
    return UnsentForm(request.get_full_path(), fields, len(request.FILES), clock.now().timestamp())


def keep(request: HttpRequest) -> None:
    """Keep the form of this request without a session until its account signs in again."""
    device, form = sessions.known_device(request), of_request(request)
    # Each is kept in a session of its own: the cookie that allows it outlives the account's work here.
    if device and form and rate_limits.take({f"unsent:{sessions.known_name(request)}": KEPT_MOST}):
        text = json.dumps([device, form.path, form.fields, form.files, form.sent_at])
        request.session[KEY] = crypto.encrypt_here(text)


def kept(request: HttpRequest) -> UnsentForm | None:
    found = _read(request.session.get(KEY))
    return found[1] if found else None


def of_account(request: HttpRequest, user: User) -> str:
    """What of the session goes on with this account: the form kept for it in this browser, or ""."""
    stored: str = request.session.get(KEY) or ""
    found = _read(stored)
    return stored if found and found[0] == sessions.device_id(request, user.get_username()) else ""


def drop(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _read(stored: Any) -> tuple[str, UnsentForm] | None:
    """The browser's number and the form; None where there is none, or its key is gone."""
    if not stored:
        return None
    try:
        device, path, fields, files, sent_at = json.loads(crypto.decrypt_here(stored))
    except crypto.CannotDecrypt:
        return None
    return device, UnsentForm(path, [(name, value) for name, value in fields], files, sent_at)
