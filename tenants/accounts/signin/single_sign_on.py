"""Single sign-on: a provider of identities (OpenID Connect) answers the first step instead of the password.

An identity opens the account whose owner linked it, signed in here and after a code; names and addresses link
nothing. What a browser began is in a signed cookie of ten minutes, so that beginning writes no row.
"""

import logging
import secrets
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from tenants import clock
from tenants.accounts.models import ExternalIdentity, User
from tenants.accounts.signin import audit_trail, invitations, login_flow, sessions
from tenants.accounts.signin.budgets import Try, may_record_unknown, password_budget, place_budget
from tenants.accounts.signin.login_flow import Step
from tenants.isolation import crypto, signing
from tenants.isolation.backend import connection
from tenants.web import openid
from tenants.web.openid_provider import OpenIdProvider
from tenants.web.public_pages import set_cookie

log = logging.getLogger(__name__)
FLOW_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class Flow:
    """What this browser began. `user` and `session`: the account that is to be linked, 0 and "" for a sign-in."""

    state: str
    nonce: str
    verifier: str
    callback: str
    onward: str
    user: int = 0
    session: str = ""


def provider() -> OpenIdProvider | None:
    """The provider of the present province, or of the operators; None where the settings name none."""
    return settings.OIDC_PROVIDERS.get(connection.tenant.schema_name)


def identity_of(user: User) -> ExternalIdentity | None:
    """The identity that this account is linked to."""
    return ExternalIdentity.objects.filter(user=user).first()


def begin(request: HttpRequest, callback: str, onward: str = "", user: User | None = None) -> tuple[str, str]:
    """The address to go to, and the value for `keep`. With `user`, signed in here, to link an identity.

    Raises openid.Unavailable.
    """
    found = provider()
    if found is None:
        raise openid.Unavailable
    state, nonce, verifier = (secrets.token_urlsafe(32) for _number in range(3))
    # For a link the provider asks anew: at a shared desk a colleague may be signed in there.
    prompt = "login" if user else None
    address = openid.authorization_url(
        found, callback, state=state, nonce=nonce, verifier=verifier, prompt=prompt
    )
    linked = (user.pk, _mark(request)) if user else ()
    flow = Flow(state, nonce, verifier, callback, onward, *linked)
    return address, signing.dumps(asdict(flow), purpose="sso")


def keep(response: HttpResponse, value: str) -> None:
    """Let this browser remember what it began."""
    set_cookie(response, settings.SSO_COOKIE_NAME, value, lasts=FLOW_SECONDS)


def drop(response: HttpResponse) -> None:
    """End what this browser began, whatever became of it."""
    response.delete_cookie(settings.SSO_COOKIE_NAME, samesite="Lax")


def resume(request: HttpRequest, callback: str) -> Flow | None:
    """What this browser began at this address, if the answer that it brings belongs to it."""
    try:
        kept = request.COOKIES.get(settings.SSO_COOKIE_NAME, "")
        flow = Flow(**signing.loads(kept, purpose="sso", max_age=FLOW_SECONDS))
    except (BadSignature, TypeError):  # the latter: begun before an upgrade
        return None
    fits = constant_time_compare(flow.state, request.GET.get("state", "")) and flow.callback == callback
    return flow if fits else None


def sign_in(request: HttpRequest, flow: Flow) -> tuple[Step, User | None]:
    """Take the provider's answer for the password of the linked account; the next step, and the account.

    WRONG says nothing about whether there is such an account or whether it may work here. BUSY: nothing was tried.
    """
    budget = place_budget(request)
    proof = _prove(request, flow, budget)
    if isinstance(proof, Step):
        return proof, None
    known = ExternalIdentity.objects.select_related("user")
    identity = known.filter(issuer=proof.issuer, subject=proof.subject).first()
    user = identity.user if identity else None
    if identity is None or user is None or not (user.is_active and user.is_staff):
        # Nothing was guessed: on the first day many come who are not linked yet, from one address.
        budget.give_back()
        _record_refusal(request, user, "no account")
        return Step.WRONG, None
    # The same account, locked at the password, is locked here.
    own = password_budget(request, user.get_username())
    if not own.take():
        login_flow.record_lock(request, user, own, "sso")
        return Step.TOO_MANY, None
    own.give_back()
    budget.give_back()
    known.filter(pk=identity.pk).update(used_at=clock.now())
    audit_trail.record("sso_accepted", user, request=request, actor=user)
    found = provider()
    is_strong = found is not None and not found.second_factor.isdisjoint(proof.methods)
    return login_flow.after_first_step(request, user, identity=identity.pk, is_strong=is_strong), user


def link(request: HttpRequest, user: User, flow: Flow) -> bool:
    """Link the identity that the provider proves to this account, which asked for it in this session after a code.

    False, and nothing linked, for any other answer, and where the account or the identity is linked already.
    """
    if (flow.user, flow.session) != (user.pk, _mark(request)) or not login_flow.is_confirmed(request):
        return False
    budget = place_budget(request)
    proof = _prove(request, flow, budget, user)
    if isinstance(proof, Step):
        return False
    budget.give_back()
    try:
        with transaction.atomic():
            # An invitation, or whatever else ended this session while the provider was asked, takes the link along.
            invitations.lock(user)
            if not user.sessions.filter(pk=request.session.session_key).exists():
                return False
            ExternalIdentity.objects.create(user=user, issuer=proof.issuer, subject=proof.subject)
    except IntegrityError:
        _record_refusal(request, user, "linked already")
        return False
    audit_trail.record("sso_linked", user, request=request, actor=user)
    return True


def unlink(request: HttpRequest, user: User, *, actor: User) -> bool:
    """Take the identity from the account, and end its sessions: all but the present one, where it is `actor`'s own.

    False where the account has none.
    """
    gone, _rows = ExternalIdentity.objects.filter(user=user).delete()
    if not gone:
        return False
    audit_trail.record("sso_unlinked", user, request=request, actor=actor)
    sessions.end_for(request, user, actor=actor)
    return True


def _prove(request: HttpRequest, flow: Flow, budget: Try, user: User | None = None) -> openid.Identity | Step:
    """What the provider proves, one try against the budget, which stays counted; or why nothing is proved."""
    found = provider()
    # Counted whatever the browser brings: a stranger may write `error` into the address as well.
    if not budget.take():
        login_flow.record_lock(request, user, budget, "sso")
        return Step.TOO_MANY
    if found is None or "error" in request.GET:
        _record_refusal(request, user, "the provider refused")
        return Step.WRONG
    try:
        return openid.prove(
            found,
            flow.callback,
            code=request.GET.get("code", ""),
            issuer=request.GET.get("iss"),
            nonce=flow.nonce,
            verifier=flow.verifier,
        )
    except openid.Unavailable:
        budget.give_back()
        return Step.BUSY
    except openid.Refused as refusal:
        log.info("an identity was refused: %s", refusal)
        _record_refusal(request, user, "not proved")
        return Step.WRONG


def _record_refusal(request: HttpRequest, user: User | None, why: str) -> None:
    if user is not None or may_record_unknown():
        audit_trail.record("failure", user, request=request, step="sso", why=why)


def _mark(request: HttpRequest) -> str:
    return crypto.token_digest(request.session.session_key or "")
