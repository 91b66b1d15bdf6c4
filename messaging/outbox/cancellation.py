"""When a reader wants no more messages about one subject, while others go on."""

from collections.abc import Collection

from messaging.models import Contact, Message
from messaging.models.message_states import LIVE, UNSENT
from messaging.outbox import fallback
from messaging.recipients import subscriptions


def stop_about(subject: str, contact: Contact, keep: Collection[str] = ()) -> int:
    """Of what still waits about `subject` for this contact, send only over the channels in `keep`. Who is linked
    to it at another is so no longer.

    Part of the caller's transaction. A message whose channel is given up goes on over the next of its route
    that is kept; one that has none left ends as one without consent. How many had to leave their channel.
    """
    subscriptions.end_about(subject, keep)
    live = Message.objects.filter(subject=subject, contact=contact, state__in=LIVE)
    moved = 0
    for message in live.select_related("lane").select_for_update(of=("self",)).order_by("pk"):
        message.route = [code for code in message.route if code in keep]
        Message.objects.filter(pk=message.pk).update(route=message.route)
        if message.lane.channel in keep:
            continue
        moved += 1
        if message.state in UNSENT:
            fallback.without_consent(message)
        else:
            # A relay is at it, or its fate is unknown: it is not tried again over this channel.
            Message.objects.filter(pk=message.pk).update(stopped=True)
    return moved
