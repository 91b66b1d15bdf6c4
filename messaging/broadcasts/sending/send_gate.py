"""The last look at messages of a broadcast before they go out: much may have happened since they were written.

A pause lasts, a lane hangs, a province comes back from a backup. Asked in the transaction that takes them, for many
at once. That who agreed agrees still is asked there for every message.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.outbox import fallback
from messaging.outbox.models.messages import RECALLED, Message
from tenants import clock

# Longer than any pause lasts.
HELD_FOR = timedelta(days=365)


def keep_back(ids: Sequence[int]) -> set[int]:
    """Of these unsent messages, locked, those that do not go out now: of a broadcast that is paused they wait, of one
    that is over they end with why."""
    rows = list(
        PublicationRecipient.objects.filter(message__in=ids).values_list(
            "message", "publication__state", "publication__withdrawn_at", "publication__publish_until"
        )
    )
    paused = {pk for pk, state, *_rest in rows if state == Publication.State.PAUSED}
    Message.objects.filter(pk__in=paused).update(
        next_attempt_at=Now() + HELD_FOR, expires_at=Now() + HELD_FOR
    )
    ended = {pk: why for pk, state, withdrawn, until in rows if (why := _why_over(state, withdrawn, until))}
    for message in Message.objects.defer("button_url", "facts").filter(pk__in=ended).order_by("pk"):
        fallback.suppress(message, ended[message.pk])
    return paused | set(ended)


def why_over(publication: Publication) -> str:
    """Why nobody is to be told any more, in a Vietnamese sentence; "" while it is news."""
    return _why_over(publication.state, publication.withdrawn_at, publication.publish_until)


def _why_over(state: str, withdrawn_at: datetime | None, until: datetime | None) -> str:
    if withdrawn_at:
        return _("Thông báo đã được rút lại.")
    if until is not None and until <= clock.now():
        return _("Thông báo đã hết thời gian đăng.")
    return str(RECALLED) if state == Publication.State.STOPPED else ""
