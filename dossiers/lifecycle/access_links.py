"""Unguessable addresses of a dossier, /h/<token>/, and those that its holder shares for a month."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.workflow.rules.statuses import Status
from messaging.outbox.one_time_codes import delivery
from tenants import clock, phone_numbers
from tenants.audit import log
from tenants.web.absolute_urls import absolute

TOKEN_BYTES = 18
LIVES = {AccessToken.Purpose.LOOKUP: timedelta(minutes=30), AccessToken.Purpose.SHARE: timedelta(days=30)}
MAX_TOKEN_LENGTH = 64
CODE_PURPOSE = "filing"
"""What a one-time code is asked for that proves who fills in a draft; see `messaging.outbox.one_time_codes`."""


def digest(value: str) -> str:
    """The digest that is stored in place of a token."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def issue(dossier: Dossier, purpose: str) -> str:
    """A token of 144 random bits for this purpose; receipts and messages keep the one they have."""
    if purpose not in LIVES:
        living = dossier.tokens.filter(purpose=purpose, revoked_at=None).first()
        if living is not None:
            return living.value
    token = make(dossier, purpose)
    token.save()
    return token.value


def make(dossier: Dossier, purpose: str) -> AccessToken:
    """A new token for this purpose, unsaved."""
    value = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.now()
    life = LIVES.get(AccessToken.Purpose(purpose))
    return AccessToken(
        dossier=dossier,
        purpose=purpose,
        digest=digest(value),
        value=value,
        created_at=now,
        expires_at=now + life if life else None,
    )


def url(value: str) -> str:
    """Full address of the page behind a token."""
    return absolute(f"/h/{value}/")


def living(value: str) -> QuerySet[AccessToken]:
    """The token's row, if it is known, not revoked and not past its time."""
    if not may_be_token(value):
        return AccessToken.objects.none()
    return AccessToken.objects.filter(is_living(digest(value), clock.now()))


def may_be_token(value: str) -> bool:
    """Whether a token may look like this."""
    return 0 < len(value) <= MAX_TOKEN_LENGTH


def is_living(digest: Any, now: Any) -> Q:
    """The condition that `living` puts to a row, by its digest and the time."""
    return Q(Q(expires_at=None) | Q(expires_at__gt=now), digest=digest, revoked_at=None)


def revoke(dossier: Dossier, *, keep: Collection[str] = ()) -> None:
    """Close every living address of this dossier but those for some purposes."""
    dossier.tokens.filter(revoked_at=None).exclude(purpose__in=keep).update(revoked_at=clock.now())


MOST_SHARES = 5
SHARE_DAYS = LIVES[AccessToken.Purpose.SHARE].days
"""How long a shared address lives."""


def living_shares(dossier: Dossier) -> QuerySet[AccessToken]:
    """Shared addresses of this dossier that still open, the newest first."""
    alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    mine = dossier.tokens.filter(alive, purpose=AccessToken.Purpose.SHARE, revoked_at=None)
    return mine.order_by("-created_at", "-pk")


def share(dossier: Dossier) -> str:
    """A new address for looking only; its token. Raises NotPossible while there are as many as there may be."""
    with transaction.atomic(durable=True):
        # Locked, so that two taps do not make more than there may be.
        Dossier.objects.select_for_update().only("pk").get(pk=dossier.pk)
        if living_shares(dossier).count() >= MOST_SHARES:
            raise NotPossible(
                _("Hồ sơ này đang có %(n)d liên kết chia sẻ. Muốn tạo thêm, xin thu hồi bớt.")
                % {"n": MOST_SHARES}
            )
        value = issue(dossier, AccessToken.Purpose.SHARE)
        log.record("dossier.share", dossier.subject)
    return value


def revoke_share(dossier: Dossier, token_id: int) -> bool:
    """Close this shared address of this dossier; False when it was closed already, or is none of its."""
    with transaction.atomic(durable=True):
        done = living_shares(dossier).filter(pk=token_id).update(revoked_at=clock.now())
        if done:
            log.record("dossier.unshare", dossier.subject)
    return bool(done)


def takes_supplements(dossier: Dossier) -> bool:
    """Whether papers that the dossier waits for can be sent from its own page: a code must reach its number.

    At most three statements.
    """
    return (
        dossier.status_enum is Status.SUPPLEMENT_REQUIRED
        and bool(phone_numbers.MOBILE.match(dossier.recipient.phone))
        and delivery.can_send(CODE_PURPOSE)
    )
