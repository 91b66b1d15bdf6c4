"""Enqueueing messages for recipients, never many ahead: the rest delays no notice and can be stopped; and the last look
at each before it goes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending import articles, capacity
from messaging.channels.lanes.lanes import ensure_lane, wake_lane
from messaging.channels.models import Lane
from messaging.channels.states import LIVE, UNSENT, State
from messaging.contacts.contacts import NEWS
from messaging.outbox import enqueue, fallback
from messaging.outbox.models.messages import RECALLED, Message, SendingRules
from tenants import clock

# So many of a broadcast wait in each lane at most, and so many a second are given to all of them: what is quicker
# takes processors away from what people wait for.
AHEAD = 120
PACE = 25
# Longer than any pause lasts.
HELD_FOR = timedelta(days=365)


def waiting(publication: Publication) -> Any:
    """Recipients of whom nothing was given to the outbox yet, in the order in which they were found."""
    mine = PublicationRecipient.objects.filter(publication=publication, message__isnull=True)
    return mine.order_by("pk")


def live(publication: Publication) -> int:
    """How many messages of it the relay still has work with."""
    return len(_live_ids(publication))


def feed(publication: Publication, since: timedelta = timedelta(seconds=5)) -> int:
    """Give the next ones to the outbox, as far as their lanes have room and the pace allows for the time `since`
    the last ones; how many were dealt with. A lane without room keeps only its own recipients waiting.

    Part of the caller's transaction, which holds the broadcast.
    """
    most, done, left = min(AHEAD, round(PACE * since.total_seconds())), 0, waiting(publication)
    while done < most and (row := left.first()) is not None:
        left = left.exclude(channel=row.channel)
        lane = ensure_lane(row.channel)[0]
        room = min(capacity.room(lane, publication, AHEAD), most - done)
        if room > 0:
            done += _feed(publication, lane, list(waiting(publication).filter(channel=row.channel)[:room]))
    return done


def _feed(publication: Publication, lane: Lane, rows: list[PublicationRecipient]) -> int:
    keys = {row.pk: enqueue.key_of(publication.subject, f"c{row.contact_id}") for row in rows}
    # A message of that key was carried over a restore: it may have been sent.
    known = dict(Message.objects.filter(key__in=keys.values()).values_list("key", "pk"))
    made = Message.objects.bulk_create(
        _messages(publication, lane, {keys[row.pk]: row for row in rows if keys[row.pk] not in known})
    )
    known |= {message.key: message.pk for message in made}
    for row in rows:
        row.message_id = known[keys[row.pk]]
    PublicationRecipient.objects.bulk_update(rows, ["message"], batch_size=AHEAD)
    if made:
        wake_lane(lane)
    return len(rows)


def hours(publication: Publication) -> timedelta:
    """How long a message of it is worth sending from now on."""
    longest = timedelta(hours=SendingRules.current().expires_after_hours)
    ends_at = publication.publish_until
    # What is over is no news.
    return longest if ends_at is None else min(longest, max(ends_at - clock.now(), timedelta(0)))


def _messages(
    publication: Publication, lane: Lane, rows: Mapping[str, PublicationRecipient]
) -> list[Message]:
    if not rows:
        return []
    words = articles.rendered(publication.words)
    address = articles.address(publication.pk)
    worth = hours(publication)
    return [
        Message(
            key=key,
            subject=publication.subject,
            event=publication.subject,
            intent=articles.INTENT,
            purpose=NEWS,
            lane=lane,
            route=[],
            contact_id=row.contact_id,
            title=words.title,
            body=words.body,
            button_label=words.button,
            button_url=address,
            facts=enqueue.template_values(words, [row.channel]),
            not_before=Now(),
            next_attempt_at=Now(),
            expires_at=Now() + worth,
            can_wait=True,
            bulk=True,
        )
        for key, row in rows.items()
    ]


def hold_back(publication: Publication) -> None:
    """Keep what waits in the outbox until `let_go`. What a relay has already is sent."""
    _change_unsent(publication, next_attempt_at=Now() + HELD_FOR, expires_at=Now() + HELD_FOR)


def let_go(publication: Publication) -> None:
    """What was held back is due again, with new hours. Whether each may still go out is looked at as it is taken."""
    changed = _change_unsent(
        publication, next_attempt_at=Now(), not_before=Now(), expires_at=Now() + hours(publication)
    )
    for lane in Lane.objects.filter(pk__in=changed.values("lane")):
        wake_lane(lane)


def recall(publication: Publication) -> None:
    """Keep back for good what was not sent; what a relay has is not tried again."""
    Message.objects.filter(pk__in=_live_ids(publication)).update(recalled_at=Now())
    _change_unsent(publication, state=State.SUPPRESSED, finished_at=Now(), problem=str(RECALLED))


def _change_unsent(publication: Publication, **columns: Any) -> Any:
    ids = _live_ids(publication)
    # Asked again while changing: a relay may have taken one since.
    Message.objects.filter(pk__in=ids, state__in=UNSENT).update(**columns)
    return Message.objects.filter(pk__in=ids)


def _live_ids(publication: Publication) -> list[int]:
    mine = Message.objects.filter(bulk=True, state__in=LIVE, broadcast_recipient__publication=publication)
    return list(mine.values_list("pk", flat=True))


def keep_back(ids: Sequence[int]) -> set[int]:
    """The last look before they go out, for much may have happened since they were written: a pause lasts, a lane hangs,
    a province comes back from a backup. Of these unsent messages, locked, those that do not go out now: of a broadcast
    that is paused they wait, of one that is over they end with why. Whether who agreed agrees still is asked elsewhere.

    Part of the transaction that takes them.
    """
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
