"""Passkeys (WebAuthn): a second factor beside the telephone's code, for the host that is visited and no other.

The device checks its owner by fingerprint, face or PIN and signs a challenge of ours. It holds the private key; the
public one stands in the schema of the account.
"""

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants import clock
from tenants.accounts.models import Passkey, Session, User
from tenants.accounts.signin import audit_trail, sessions
from tenants.isolation.signing import present_owner

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

log = logging.getLogger(__name__)
MOST = 10
"""So many may one account have."""
CHALLENGE_SECONDS = 5 * 60
LONGEST_ID = 1023
"""Bytes of the number of a credential, as the standard has it."""
_CHALLENGE = "_challenge"


def passkeys_of(user: User) -> QuerySet[Passkey]:
    """The passkeys of this account, in the order in which they were added."""
    return Passkey.objects.filter(user=user).order_by("pk")


def offer_sign_in(request: HttpRequest, user: User) -> str:
    """Options for `navigator.credentials.get` as JSON, with a new challenge for this browser.

    "" where the account has no passkey of this host.
    """
    import webauthn  # slow to import, and asked for by few pages
    from webauthn.helpers import structs

    known = _descriptors(passkeys_of(user).filter(host=_host(request)))
    if not known:
        return ""
    options = webauthn.generate_authentication_options(
        rp_id=_host(request),
        challenge=_new_challenge(request),
        timeout=CHALLENGE_SECONDS * 1000,
        allow_credentials=known,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def offer_registration(request: HttpRequest, user: User, site_name: str) -> str:
    """Options for `navigator.credentials.create` as JSON, with a new challenge; "" for an account that has MOST.

    `site_name` is shown by the device. The number of the account in it says nothing elsewhere.
    """
    import webauthn  # as above
    from webauthn.helpers import structs

    known = passkeys_of(user)
    if len(known) >= MOST:
        return ""
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=site_name,
        user_id=hashlib.sha256(f"{present_owner()}:{user.pk}".encode()).digest(),
        user_name=user.get_username(),
        user_display_name=user.get_full_name(),
        challenge=_new_challenge(request),
        timeout=CHALLENGE_SECONDS * 1000,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known.filter(host=_host(request))),
    )
    return webauthn.options_to_json(options)


def register(request: HttpRequest, user: User, name: str, answer: str) -> bool:
    """Add the passkey with which a device answered `offer_registration`; False, and nothing kept, for any other."""
    import webauthn  # as above
    from webauthn import helpers

    challenge = _take_challenge(request)
    if challenge is None:
        return False
    try:
        proof = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
            require_user_verification=True,
        )
    except Exception as error:  # whatever a stranger's bytes break in the reader
        return _refuse(error)
    if len(proof.credential_id) > LONGEST_ID:
        return False
    with transaction.atomic():
        # One after another: an invitation that takes all passkeys along takes this one too, or leaves no room for it.
        kept = User.objects.select_for_update(no_key=True).filter(pk=user.pk, password=user.password)
        if not kept or passkeys_of(user).count() >= MOST:
            return False
        key, made = Passkey.objects.get_or_create(
            credential_id=helpers.bytes_to_base64url(proof.credential_id),
            defaults={
                "user": user,
                "host": _host(request),
                "name": name,
                "public_key": helpers.bytes_to_base64url(proof.credential_public_key),
                "sign_count": proof.sign_count,
            },
        )
    if made:
        audit_trail.record("passkey_added", user, request=request, actor=user, passkey=key.pk)
    return made


def verify(request: HttpRequest, user: User, answer: str) -> bool:
    """Whether a passkey of this account answered the challenge of this half-way session, which is used up by it."""
    import webauthn  # as above
    from webauthn import helpers

    challenge = _take_challenge(request)
    if challenge is None:
        return False
    try:
        credential = helpers.parse_authentication_credential_json(answer)
    except Exception as error:  # as above
        return _refuse(error)
    known = passkeys_of(user).filter(host=_host(request))
    key = known.filter(credential_id=helpers.bytes_to_base64url(credential.raw_id)).first()
    if key is None:
        return False
    try:
        proof = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=key.host,
            expected_origin=_origin(request),
            credential_public_key=helpers.base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        return _refuse(error)
    # Two requests may bring one answer at once: one of them finds the counter moved, or the session gone.
    fresh = known.filter(pk=key.pk, sign_count=key.sign_count).update(
        sign_count=proof.new_sign_count, used_at=clock.now()
    )
    if not fresh:
        return False
    used, _rows = Session.objects.filter(pk=request.session.session_key).delete()
    return bool(used)


def remove(request: HttpRequest, user: User, number: str, *, actor: User) -> bool:
    """Take this passkey from the account, and end its sessions: all but the present one, where it is `actor`'s own.

    False where the account has no such passkey.
    """
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        return False
    gone, _rows = passkeys_of(user).filter(pk=int(number)).delete()
    if not gone:
        return False
    audit_trail.record("passkey_removed", user, request=request, actor=actor, passkey=int(number))
    sessions.end_for(request, user, actor=actor)
    return True


def _descriptors(keys: QuerySet[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn import helpers  # as above
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=helpers.base64url_to_bytes(key.credential_id)) for key in keys]


def _new_challenge(request: HttpRequest) -> bytes:
    from webauthn import helpers  # as above

    challenge = helpers.generate_challenge()
    request.session[_CHALLENGE] = {
        "value": helpers.bytes_to_base64url(challenge),
        "at": clock.now().timestamp(),
    }
    return challenge


def _take_challenge(request: HttpRequest) -> bytes | None:
    """The challenge of this browser, which is used up whatever the answer to it is; None when it is too old."""
    from webauthn import helpers  # as above

    kept: Any = request.session.pop(_CHALLENGE, None)
    if not kept or clock.now().timestamp() - kept["at"] > CHALLENGE_SECONDS:
        return None
    return helpers.base64url_to_bytes(kept["value"])


def _host(request: HttpRequest) -> str:
    return request.get_host().partition(":")[0].lower()


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}".lower()


def _refuse(error: Exception) -> bool:
    log.info("a passkey was refused: %s: %s", type(error).__name__, str(error)[:200])
    return False
