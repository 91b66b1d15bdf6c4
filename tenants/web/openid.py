"""OpenID Connect as a client: the address of the provider's page, and the identity that its answer proves.

Authorization code flow with PKCE. What a provider says of itself and its keys are kept in this process for an hour.
"""

import logging
import math
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from tenants import clock
from tenants.web import http
from tenants.web.openid_provider import OpenIdProvider

log = logging.getLogger(__name__)
# Signatures alone: neither `none`, nor a digest keyed with what both sides know.
ALGORITHMS = ("RS256", "PS256", "ES256")
CALL_SECONDS = 5.0
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255
# What providers say of a code that was invented: which of the two depends on how it looks.
BAD_CODE = ("invalid_grant", "invalid_request")
KEPT_SECONDS = 60 * 60.0
# A key that is not known here is asked for so often at most.
NEW_KEY_SECONDS = 60.0
# A provider that did not answer is left alone for so long.
REST_SECONDS = 10.0
WAIT_SECONDS = 1.0
MOST_KEPT = 200

_kept: dict[str, tuple[float, dict[str, Any] | None]] = {}
_fetching = threading.Lock()


class Unavailable(Exception):
    """The provider did not answer, or not as the standard has it."""


class Refused(Exception):
    """The answer proves no identity. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at a provider. `methods`: how it was proved there, the signed `acr` and `amr`."""

    issuer: str
    subject: str
    methods: frozenset[str]


def authorization_url(
    provider: OpenIdProvider, callback: str, *, state: str, nonce: str, verifier: str, prompt: str | None
) -> str:
    """The address at the provider that sends the browser back to `callback` with a code. Raises Unavailable."""
    uri: str = prepare_grant_uri(
        _described(provider)["authorization_endpoint"],
        provider.client_id,
        "code",
        callback,
        "openid",
        state,
        nonce=nonce,
        prompt=prompt,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return uri


def prove(
    provider: OpenIdProvider, callback: str, *, code: str, issuer: str | None, nonce: str, verifier: str
) -> Identity:
    """The identity for which the provider gave this code. `issuer`: what the browser brought along with it.

    Raises Refused, and Unavailable when the provider could not be asked.
    """
    described = _described(provider)
    promised = described.get("authorization_response_iss_parameter_supported") is True
    if issuer != provider.issuer and (promised or issuer is not None):
        raise Refused("the code comes from another issuer")
    try:
        tokens = _tokens(provider, described, callback, code, verifier)
        claims = _claims(provider, described, tokens, nonce)
    except (Refused, Unavailable):
        raise
    except Exception as error:  # whatever breaks in a reader of what others wrote
        raise Refused(f"{type(error).__name__}: {str(error)[:100]}") from None
    subject = claims["sub"]
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise Refused("a subject that is none")
    methods = [claims.get("acr"), *(claims.get("amr") or ())]
    return Identity(provider.issuer, subject, frozenset(one for one in methods if isinstance(one, str)))


def forget() -> None:
    _kept.clear()


def _claims(
    provider: OpenIdProvider, described: dict[str, Any], tokens: dict[str, Any], nonce: str
) -> CodeIDToken:
    """The claims of the ID token, checked as OpenID Connect Core 3.1.3.7 wants it."""
    try:
        token = jwt.decode(tokens["id_token"], _keys(described, KEPT_SECONDS), ALGORITHMS)
    except InvalidKeyIdError:
        token = jwt.decode(tokens["id_token"], _keys(described, NEW_KEY_SECONDS), ALGORITHMS)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"value": provider.issuer}, "aud": {"value": provider.client_id}},
        {"nonce": nonce, "client_id": provider.client_id, "access_token": tokens.get("access_token")},
    )
    claims.validate(int(clock.now().timestamp()), LEEWAY_SECONDS)
    return claims


def _keys(described: dict[str, Any], longest: float) -> KeySet:
    keys: list[Any] = []
    for one in _document(described["jwks_uri"], longest)["keys"]:
        # RFC 7517, 5: a key of a kind that is not understood is passed over.
        with suppress(JoseError, KeyError, TypeError, ValueError):
            keys.append(JWKRegistry.import_key(one))
    return KeySet(keys)


def _tokens(
    provider: OpenIdProvider, described: dict[str, Any], callback: str, code: str, verifier: str
) -> dict[str, Any]:
    ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    auth = ClientAuth(provider.client_id, provider.client_secret.get_secret_value(), way)
    body = prepare_token_request(
        "authorization_code", redirect_uri=callback, code=code, code_verifier=verifier
    )
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = auth.prepare("POST", described["token_endpoint"], headers, body)
    began = time.monotonic()
    answer = http.call("POST", url, headers=headers, body=body.encode(), total=CALL_SECONDS)
    if not isinstance(answer, http.Answered) and time.monotonic() - began > WAIT_SECONDS:
        # It hangs: left alone for a while, so that it does not hold one thread after another.
        _kept[_address(provider)] = (time.monotonic(), None)
    said = answer.json() if isinstance(answer, http.Answered) else None
    found: dict[str, Any] = said if isinstance(said, dict) else {}
    if found.get("error") in BAD_CODE:
        raise Refused(f"the provider refuses the code: {found['error']}")
    if not isinstance(found.get("id_token"), str):
        log.warning("no tokens from %s: %.100r", provider.issuer, found.get("error", answer))
        raise Unavailable
    return found


def _described(provider: OpenIdProvider) -> dict[str, Any]:
    """What the provider says of itself, if it is this issuer and all its addresses may be called."""
    found = _document(_address(provider))
    places = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if found.get("issuer") != provider.issuer or not all(
        isinstance(place, str) and http.may_be_called(place) for place in places
    ):
        log.warning(
            "the description of %s names another issuer, or addresses that are not called", provider.issuer
        )
        raise Unavailable
    return found


def _address(provider: OpenIdProvider) -> str:
    return f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"


def _document(url: str, longest: float = KEPT_SECONDS) -> dict[str, Any]:
    # One thread asks; the others wait a moment for what it brings, so that a provider that hangs holds no more.
    if not _is_fresh(url, longest):
        if not _fetching.acquire(timeout=WAIT_SECONDS):
            raise Unavailable
        try:
            if not _is_fresh(url, longest):
                _fetch(url)
        finally:
            _fetching.release()
    found = _kept.get(url, (0.0, None))[1]
    if found is None:
        raise Unavailable
    return found


def _is_fresh(url: str, longest: float) -> bool:
    taken, found = _kept.get(url, (-math.inf, None))
    return time.monotonic() - taken < (REST_SECONDS if found is None else longest)


def _fetch(url: str) -> None:
    answer = http.call("GET", url, headers={"Accept": "application/json"}, total=CALL_SECONDS)
    said = answer.json() if isinstance(answer, http.Answered) and answer.status == 200 else None
    if not isinstance(said, dict):
        log.warning("no document from a provider of identities: %.100r", answer)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[url] = (time.monotonic(), said if isinstance(said, dict) else None)
