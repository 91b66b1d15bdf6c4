"""Messages of a broadcast that are there before their recipients are known: a province that came back from a backup
keeps what was written since, and forgets whom it was found for. Who has such a message gets no other.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db.models.functions import Now

from messaging.models import Broadcast, BroadcastRecipient, Message
from messaging.models.message_states import State
from messaging.outbox import enqueue


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
