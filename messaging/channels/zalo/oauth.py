"""OAuth at Zalo: the invitation to consent, the exchange of a code, and the refresh of tokens.

A refresh uses up the old refresh token, and ends the old access token at once. So the caller of `refresh` holds
the lease of the account's credentials, and has recorded that it asks.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from messaging.channels.base import Account, Granted, GrantLater, GrantLost, GrantUnclear, Renewal
from messaging.channels.capabilities import Invitation
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.errors import OAUTH
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import BadProfile, Profile, profile_of
from tenants.web.http import Answered, Cut, NotSent, Result

TOKEN_PATH = "/v4/oa/access_token"  # noqa: S105 – a path
CONSENT_PATH = "/v4/oa/permission"
# A lease of a renewal must outlast this.
REFRESH_SECONDS = 20.0
# Where Zalo does not say: 25 hours, as its pages do.
USUAL_LIFE = timedelta(hours=25)
LONGEST_LIFE = timedelta(days=90)
# Whatever became of it, the same token may be shown again: a spent one is refused, and that tells.
BUSY = frozenset({429, 502, 503, 504})


def new_verifier() -> str:
    """A secret for one consent, or for all of them where Zalo's console keeps its challenge: 43 letters."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """What is shown of a verifier before it is used."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def invitation(account: Account, redirect_uri: str) -> Invitation:
    """Where to send the administrator, without a `state`. Raises BadProfile."""
    profile = profile_of(account)
    verifier = profile.pkce_verifier if profile.settings.pkce_mode == "fixed" else new_verifier()
    asked = {
        "app_id": profile.settings.app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_of(verifier),
    }
    return Invitation(f"{client.base_of(Host.OAUTH)}{CONSENT_PATH}?{urlencode(asked)}", verifier)


def exchange_code(account: Account, code: str, verifier: str = "") -> Renewal:
    """The first tokens, for the code with which the administrator came back or that was pasted.

    `verifier`: of the invitation; where the console keeps the challenge, the account's own counts instead.
    """
    try:
        profile = profile_of(account)
    except BadProfile as error:
        return GrantLost("profile", str(error)[:400])
    if profile.settings.pkce_mode == "fixed":
        verifier = profile.pkce_verifier
    fields = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
    return _ask(profile, fields)


def refresh(account: Account) -> Renewal:
    """New tokens for the account's refresh token: one attempt."""
    try:
        profile = profile_of(account)
    except BadProfile as error:
        return GrantLost("profile", str(error)[:400])
    if not profile.refresh_token:
        return GrantLost("no_token", _("Chưa nối với Official Account: cần cấp quyền."))
    return _ask(profile, {"refresh_token": profile.refresh_token, "grant_type": "refresh_token"})


def _ask(profile: Profile, fields: Mapping[str, str]) -> Renewal:
    asked = {**fields, "app_id": profile.settings.app_id}
    result = client.submit(TOKEN_PATH, asked, profile.app_secret, total=REFRESH_SECONDS)
    return renewal_of(result, kept=fields.get("refresh_token", ""))


def renewal_of(result: Result, *, kept: str = "") -> Renewal:
    """What an answer of the granting host means. Pure. `kept`: the refresh token that stays if none is given."""
    match result:
        case NotSent():
            return GrantLater("not_sent")
        case Cut():
            return GrantUnclear("cut")
        case Answered() as answer:
            return _read(answer, kept)


def _read(answer: Answered, kept: str) -> Renewal:
    whole: Mapping[str, Any] = {}
    with suppress(ValueError):
        whole = protocol.table(protocol.loads(answer.body))
    code = protocol.number(whole.get("error"))
    access = protocol.text(whole.get("access_token"))
    if 200 <= answer.status < 300 and access:
        return _granted(whole, access, kept)
    if code is not None and code in OAUTH:
        words = {"words": OAUTH[code].words, "code": code}
        return GrantLost(str(code), _("%(words)s (mã %(code)d)") % words)
    if answer.status in BUSY or 300 <= answer.status < 500:
        return GrantLater(str(answer.status))
    if code:
        # It refused in so many words, which uses nothing up.
        return GrantLater(str(code))
    # No token, no refusal: whatever it was, the old token may be gone.
    return GrantUnclear(str(answer.status))


def _granted(whole: Mapping[str, Any], access: str, kept: str) -> Renewal:
    renewed = protocol.text(whole.get("refresh_token")) or kept
    if not protocol.token(access) or (renewed and not protocol.token(renewed)):
        return GrantUnclear("token")
    seconds = protocol.number(whole.get("expires_in"))
    lasts = timedelta(seconds=seconds) if seconds is not None and 0 < seconds < 10**9 else USUAL_LIFE
    credentials = {"access_token": access}
    if renewed:
        credentials["refresh_token"] = renewed
    return Granted(credentials, min(lasts, LONGEST_LIFE))
