"""Addresses with which the holder of a dossier's page lets somebody else look: for a month, until taken back."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.lifecycle import access_links
from dossiers.lifecycle.errors import NotPossible
from dossiers.models import AccessToken, Dossier
from tenants import clock
from tenants.audit import log

MOST = 5
DAYS = access_links.LIVES[AccessToken.Purpose.SHARE].days
"""How long a shared address lives."""


def living(dossier: Dossier) -> QuerySet[AccessToken]:
    """Shared addresses of this dossier that still open, the newest first."""
    alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    mine = dossier.tokens.filter(alive, purpose=AccessToken.Purpose.SHARE, revoked_at=None)
    return mine.order_by("-created_at", "-pk")


def share(dossier: Dossier) -> str:
    """A new address for looking only; its token. Raises NotPossible while there are as many as there may be."""
    with transaction.atomic(durable=True):
        # Locked, so that two taps do not make more than there may be.
        Dossier.objects.select_for_update().only("pk").get(pk=dossier.pk)
        if living(dossier).count() >= MOST:
            raise NotPossible(
                _("Hồ sơ này đang có %(n)d liên kết chia sẻ. Muốn tạo thêm, xin thu hồi bớt.") % {"n": MOST}
            )
        value = access_links.issue(dossier, AccessToken.Purpose.SHARE)
        log.record("dossier.share", dossier.subject)
    return value


def take_back(dossier: Dossier, token_id: int) -> bool:
    """Close this shared address of this dossier; False when it was closed already, or is none of its."""
    with transaction.atomic(durable=True):
        done = living(dossier).filter(pk=token_id).update(revoked_at=clock.now())
        if done:
            log.record("dossier.unshare", dossier.subject)
    return bool(done)
