"""Broadcasts after a restore: what an older run already sent counts as sent, and a person resumes the broadcast."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts import articles
from messaging.models import Broadcast, BroadcastArticle, BroadcastRecipient, Message
from messaging.models.messages import State
from messaging.outbox import enqueue
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


def key(broadcast: Broadcast, person: str) -> str:
    """The key of the one message of a broadcast to this person."""
    return enqueue.key_of(broadcast.subject, person)


def adopt(broadcast: Broadcast, audience: str, persons: Collection[str]) -> None:
    """Make recipients of those of these persons who have a message and are none, whichever way they are found now.

    Part of the caller's transaction, which holds the broadcast.
    """
    keys = {key(broadcast, person): person for person in persons}
    known = Message.objects.filter(key__in=keys, broadcast_recipient__isnull=True).select_related("lane")
    BroadcastRecipient.objects.bulk_create(
        [
            BroadcastRecipient(
                broadcast=broadcast,
                person=keys[message.key],
                audience=audience,
                contact_id=message.contact_id,
                follower_id=message.follower_id,
                matter="" if message.subject == broadcast.subject else message.subject,
                channel=message.lane.channel,
            )
            for message in known.defer("button_url", "facts").order_by("pk")
        ],
        ignore_conflicts=True,
    )


def messages(broadcast: Broadcast, persons: Collection[str], hours: timedelta) -> dict[str, int]:
    """The message that each of these persons has already, as far as they have one.

    One that was held back before anybody tried to send it is due again, for so many `hours`. Part of the caller's
    transaction, which holds the broadcast.
    """
    keys = {key(broadcast, person): person for person in persons}
    found = dict(Message.objects.filter(key__in=keys).values_list("key", "pk"))
    if found:
        # Never claimed: nobody can have it. What may have been sent stays as it is.
        untouched = Message.objects.filter(
            pk__in=found.values(), state=State.SUPPRESSED, attempts=0, recalled_at__isnull=True
        )
        untouched.exclude(body="").update(
            state=State.QUEUED, finished_at=None, problem="", not_before=Now(), next_attempt_at=Now(),
            expires_at=Now() + hours,
        )  # fmt: skip
    return {keys[known]: pk for known, pk in found.items()}
