"""A broadcast that was on its way at the moment of a backup goes on only when a person says so."""

from datetime import datetime

from django.utils.translation import gettext as _

from messaging.broadcasts import articles
from messaging.models import Broadcast, BroadcastArticle
from tenants import clock
from tenants.backup import hooks

_GOING = (Broadcast.State.APPROVED, Broadcast.State.RUNNING)


def register() -> None:
    """Called once, when Django is ready."""
    hooks.settles.append(hold)


def hold(since: datetime) -> str:
    """Pause what would go on by itself in the present copy; part of the caller's transaction."""
    doubtful = BroadcastArticle.objects.filter(
        broadcast__state__in=(*_GOING, Broadcast.State.PAUSED), state__in=articles.OPEN
    )
    doubtful.update(lease_until=None, **articles.doubtful())
    # Those that had not begun, too: approved, begun and done since, they would tell all who follow once more.
    Broadcast.objects.filter(started_at=None).update(restored_at=clock.now())
    count = Broadcast.objects.filter(state__in=_GOING).update(state=Broadcast.State.PAUSED, next_step_at=None)
    return _("%(count)d đợt gửi tin được tạm dừng.") % {"count": count}
