"""Giving recipients to the outbox, never many ahead: what is not given yet holds nobody up and can be stopped."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging import outbox
from messaging.allowance import allow
from messaging.broadcasts import audiences, texts
from messaging.channels import registry
from messaging.lanes import ensure_lane
from messaging.models import Broadcast, BroadcastRecipient, Lane, Message, SendingRules
from messaging.purposes import NEWS
from messaging.states import LIVE, RECALLED, UNSENT, State
from tenants import clock

# So many of a broadcast wait in the outbox at most, and so many a second are given to it: what is quicker takes
# processors away from what people wait for.
AHEAD = 120
PACE = 25
# Longer than any pause lasts.
HELD_FOR = timedelta(days=365)


def waiting(broadcast: Broadcast) -> Any:
    """Recipients of whom nothing was given to the outbox yet, in the order in which they were found."""
    mine = BroadcastRecipient.objects.filter(broadcast=broadcast, message__isnull=True, passed_over=False)
    return mine.order_by("pk")


def live(broadcast: Broadcast) -> int:
    """How many messages of it the relay still has work with."""
    return Message.objects.filter(bulk=True, state__in=LIVE, broadcast_recipient__broadcast=broadcast).count()


def feed(broadcast: Broadcast, since: timedelta = timedelta(seconds=5)) -> int:
    """Give the next ones to the outbox, as far as there is room and the pace allows for the time `since` the last
    ones; how many were dealt with.

    Part of the caller's transaction, which holds the broadcast.
    """
    room = min(AHEAD - live(broadcast), round(PACE * since.total_seconds()))
    if room <= 0:
        return 0
    rows, lanes = _next(broadcast, room)
    late = _too_late(rows)
    BroadcastRecipient.objects.filter(pk__in=late).update(passed_over=True)
    rows = [row for row in rows if row.pk not in late]
    made = Message.objects.bulk_create(_messages(broadcast, rows, lanes))
    for row, message in zip(rows, made, strict=True):
        row.message = message
    BroadcastRecipient.objects.bulk_update(rows, ["message"], batch_size=AHEAD)
    for lane in {lanes[_place(row)].pk: lanes[_place(row)] for row in rows}.values():
        outbox.wake(lane)
    return len(rows) + len(late)


def _next(broadcast: Broadcast, room: int) -> tuple[list[BroadcastRecipient], dict[tuple[str, str], Lane]]:
    """The next recipients whose lanes have means, with these lanes: one that has none keeps only its own waiting."""
    without: set[str] = set()
    while True:
        rows = list(waiting(broadcast).exclude(channel__in=without).select_related("follower")[:room])
        lanes = _lanes(rows)
        spent = {channel for (channel, _account), lane in lanes.items() if not _has_means(lane)}
        if not spent:
            return rows, lanes
        without |= spent


def _messages(
    broadcast: Broadcast, rows: Sequence[BroadcastRecipient], lanes: dict[tuple[str, str], Lane]
) -> list[Message]:
    words = texts.rendered(broadcast.words)
    address = texts.address(broadcast.announcement_id)
    hours = timedelta(hours=SendingRules.current().expires_after_hours)
    ends_at = broadcast.announcement.publish_until
    if ends_at is not None:
        # What is over is no news.
        hours = min(hours, max(ends_at - clock.now(), timedelta(0)))
    return [
        Message(
            key=outbox.key_of(broadcast.subject, row.person),
            subject=row.matter or broadcast.subject,
            event=broadcast.subject,
            intent=texts.INTENT,
            purpose=audiences.get(row.audience).purpose if row.audience in audiences.codes() else NEWS,
            lane=lanes[_place(row)],
            route=[],
            contact_id=row.contact_id,
            follower_id=row.follower_id,
            title=words.title,
            body=words.body,
            button_label=words.button,
            button_url=address,
            facts=outbox.facts_of(words, [row.channel]),
            not_before=Now(),
            next_attempt_at=Now(),
            expires_at=Now() + hours,
            can_wait=True,
            bulk=True,
        )
        for row in rows
    ]


def _place(row: BroadcastRecipient) -> tuple[str, str]:
    """The lane of a recipient: a follower is written to by the account they spoke to."""
    return row.channel, row.follower.account if row.follower else ""


def _lanes(rows: Sequence[BroadcastRecipient]) -> dict[tuple[str, str], Lane]:
    found = {}
    for channel, account in {_place(row) for row in rows}:
        if account:
            found[channel, account] = Lane.objects.get_or_create(channel=channel, account=account)[0]
        else:
            found[channel, account] = ensure_lane(channel)[0]
    return found


def _has_means(lane: Lane) -> bool:
    """Whether a broadcast may still use this month's messages of the lane; what is kept for notices it may not."""
    if lane.channel not in registry.codes():
        return False
    return not allow(lane, None, clock.now()).is_spent_for_bulk


def _too_late(rows: Sequence[BroadcastRecipient]) -> set[int]:
    """Those whose time to be written to is over."""
    late: set[int] = set()
    for code in {row.audience for row in rows if row.follower_id} & set(audiences.codes()):
        mine = {row.follower_id: row.pk for row in rows if row.follower_id and row.audience == code}
        still = audiences.get(code).still(list(mine), timedelta(minutes=10))
        late |= {pk for follower, pk in mine.items() if follower not in still}
    return late


def hold_back(broadcast: Broadcast) -> None:
    """Keep what waits in the outbox until `let_go`. What a relay has already is sent."""
    _change_unsent(broadcast, next_attempt_at=Now() + HELD_FOR, expires_at=Now() + HELD_FOR)


def let_go(broadcast: Broadcast) -> None:
    """What was held back is due again, with new hours."""
    hours = timedelta(hours=SendingRules.current().expires_after_hours)
    changed = _change_unsent(broadcast, next_attempt_at=Now(), not_before=Now(), expires_at=Now() + hours)
    for lane in Lane.objects.filter(pk__in=changed.values("lane")):
        outbox.wake(lane)


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
