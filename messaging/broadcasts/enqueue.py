"""Giving recipients to the outbox, never many ahead: what is not given yet holds nobody up and can be stopped."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.broadcasts import after_restore, articles, audiences
from messaging.broadcasts.capacity import Means, place_of
from messaging.broadcasts.send_gate import HELD_FOR
from messaging.lanes import wakeup
from messaging.models import Broadcast, BroadcastRecipient, Lane, Message, SendingRules
from messaging.models.messages import LIVE, RECALLED, UNSENT, State
from messaging.outbox import enqueue
from messaging.recipients.subscriptions import NEWS
from tenants import clock

# So many of a broadcast wait in each lane at most, and so many a second are given to all of them: what is quicker
# takes processors away from what people wait for.
AHEAD = 120
PACE = 25


def waiting(broadcast: Broadcast) -> Any:
    """Recipients of whom nothing was given to the outbox yet, in the order in which they were found."""
    mine = BroadcastRecipient.objects.filter(broadcast=broadcast, message__isnull=True, passed_over="")
    return mine.order_by("pk")


def live(broadcast: Broadcast) -> int:
    """How many messages of it the relay still has work with."""
    return Message.objects.filter(bulk=True, state__in=LIVE, broadcast_recipient__broadcast=broadcast).count()


def feed(broadcast: Broadcast, since: timedelta = timedelta(seconds=5)) -> int:
    """Give the next ones to the outbox, as far as their lanes have room and the pace allows for the time `since`
    the last ones; how many were dealt with.

    Part of the caller's transaction, which holds the broadcast.
    """
    rows, means = _next(broadcast, min(AHEAD, round(PACE * since.total_seconds())))
    if not rows:
        return 0
    given = after_restore.messages(broadcast, [row.person for row in rows], hours(broadcast))
    late = _too_late([row for row in rows if row.person not in given])
    closed = [row for row in rows if late.get(row.pk) == BroadcastRecipient.Why.CLOSED]
    # Theirs is the next turn: the lane of another matter may be another.
    turned = {row.pk for row in audiences.turn(closed)}
    late = {pk: why for pk, why in late.items() if pk not in turned}
    for why in set(late.values()):
        theirs = [pk for pk, said in late.items() if said == why]
        BroadcastRecipient.objects.filter(pk__in=theirs).update(passed_over=why)
    rows = [row for row in rows if row.pk not in late and row.pk not in turned]
    fresh = [row for row in rows if row.person not in given]
    made = Message.objects.bulk_create(_messages(broadcast, fresh, means))
    given |= {row.person: message.pk for row, message in zip(fresh, made, strict=True)}
    for row in rows:
        row.message_id = given[row.person]
    BroadcastRecipient.objects.bulk_update(rows, ["message"], batch_size=AHEAD)
    for lane in {lane.pk: lane for lane in (means.lane(place_of(row)) for row in rows)}.values():
        wakeup.wake_lane(lane)
    return len(rows) + len(late) + len(turned)


def hours(broadcast: Broadcast) -> timedelta:
    """How long a message of it is worth sending from now on."""
    longest = timedelta(hours=SendingRules.current().expires_after_hours)
    ends_at = broadcast.announcement.publish_until
    # What is over is no news.
    return longest if ends_at is None else min(longest, max(ends_at - clock.now(), timedelta(0)))


def _next(broadcast: Broadcast, most: int) -> tuple[list[BroadcastRecipient], Means]:
    """The next recipients whose lanes have room: one that has none keeps only its own waiting."""
    means, after = Means(broadcast, AHEAD), 0
    found: list[BroadcastRecipient] = []
    while len(found) < most:
        rest = (
            waiting(broadcast)
            .filter(pk__gt=after)
            .exclude(means.full())
            .select_related("follower", "broadcast")
        )
        rows = list(rest[: most - len(found)])
        if not rows:
            break
        after = rows[-1].pk
        means.look({place_of(row) for row in rows})
        found += [row for row in rows if means.take(place_of(row))]
    return found, means


def _messages(broadcast: Broadcast, rows: Sequence[BroadcastRecipient], means: Means) -> list[Message]:
    if not rows:
        return []
    words = articles.rendered(broadcast.words)
    address = articles.address(broadcast.announcement_id)
    worth = hours(broadcast)
    return [
        Message(
            key=after_restore.key(broadcast, row.person),
            subject=row.matter or broadcast.subject,
            event=broadcast.subject,
            intent=articles.INTENT,
            purpose=audiences.get(row.audience).purpose if row.audience in audiences.codes() else NEWS,
            lane=means.lane(place_of(row)),
            route=[],
            contact_id=row.contact_id,
            follower_id=row.follower_id,
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
        for row in rows
    ]


def _too_late(rows: Sequence[BroadcastRecipient]) -> dict[int, str]:
    """Those who may be written to no more, each with why."""
    late: dict[int, str] = {row.pk: BroadcastRecipient.Why.CLOSED for row in audiences.over(rows)}
    for code in {row.audience for row in rows} & set(audiences.codes()):
        mine = {row.follower_id: row.pk for row in rows if row.follower_id and row.audience == code}
        past = audiences.get(code).past(list(mine), timedelta(minutes=10)) if mine else {}
        late |= {mine[follower]: why for follower, why in past.items()}
    return late


def hold_back(broadcast: Broadcast) -> None:
    """Keep what waits in the outbox until `let_go`. What a relay has already is sent."""
    _change_unsent(broadcast, next_attempt_at=Now() + HELD_FOR, expires_at=Now() + HELD_FOR)


def let_go(broadcast: Broadcast) -> None:
    """What was held back is due again, with new hours. Whether each may still go out is looked at as it is taken."""
    changed = _change_unsent(
        broadcast, next_attempt_at=Now(), not_before=Now(), expires_at=Now() + hours(broadcast)
    )
    for lane in Lane.objects.filter(pk__in=changed.values("lane")):
        wakeup.wake_lane(lane)


def recall(broadcast: Broadcast) -> None:
    """Keep back for good what was not sent; what a relay has is not tried again."""
    Message.objects.filter(pk__in=_live_ids(broadcast)).update(recalled_at=Now())
    _change_unsent(broadcast, state=State.SUPPRESSED, finished_at=Now(), problem=str(RECALLED))


def _change_unsent(broadcast: Broadcast, **columns: Any) -> Any:
    ids = _live_ids(broadcast)
    # Asked again while changing: a relay may have taken one since.
    Message.objects.filter(pk__in=ids, state__in=UNSENT).update(**columns)
    return Message.objects.filter(pk__in=ids)


def _live_ids(broadcast: Broadcast) -> list[int]:
    mine = Message.objects.filter(bulk=True, state__in=LIVE, broadcast_recipient__broadcast=broadcast)
    return list(mine.values_list("pk", flat=True))
