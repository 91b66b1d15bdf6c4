"""Forms sent after their session had ended, or with the token of an earlier one: offered again, never done.

They wait in the session of the browser, encrypted, until their account has signed in again there.
Only a browser in which an account signed in before keeps one, so that strangers store nothing.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import sessions
from tenants.isolation import crypto
from tenants.web import rate_limits

KEY = "_unsent_forms"
SENT_AGAIN = "_sent_again"
"""A field that only a form offered here has, with the form's number."""
LONGEST = 400_000
"""Characters of a form that is kept."""
WAITING_MOST = 5
"""Forms that wait in one session; an older one makes room."""
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
    def number(self) -> str:
        """The same for the same form sent twice."""
        return hashlib.sha256(json.dumps([self.path, self.fields]).encode()).hexdigest()[:16]

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.sent_at, clock.VIETNAM)

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
        drop(request, form.number)
        request.session[KEY] = [*request.session.get(KEY, ()), crypto.encrypt_here(text)][-WAITING_MOST:]


def kept(request: HttpRequest) -> list[UnsentForm]:
    """The forms that wait in this session, the latest first."""
    return [found[1] for stored in reversed(request.session.get(KEY, ())) if (found := _read(stored))]


def of_account(request: HttpRequest, user: User) -> list[str]:
    """What of the session goes on with this account: the forms kept for it in this browser."""
    device = sessions.device_id(request, user.get_username())
    return [one for one in request.session.get(KEY, ()) if (found := _read(one)) and found[0] == device]


def drop(request: HttpRequest, number: str) -> None:
    """Keep this form no longer, nor any whose key is gone."""
    stored = request.session.pop(KEY, ())
    if left := [one for one in stored if (found := _read(one)) and found[1].number != number]:
        request.session[KEY] = left


def _read(stored: str) -> tuple[str, UnsentForm] | None:
    """The browser's number and the form; None where its key is gone."""
    try:
        device, path, fields, files, sent_at = json.loads(crypto.decrypt_here(stored))
    except crypto.CannotDecrypt:
        return None
    return device, UnsentForm(path, [(name, value) for name, value in fields], files, sent_at)
