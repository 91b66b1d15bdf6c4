"""Taking messages out of a lane: under a lease, in short transactions, never while talking to a provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.sending.enqueue import keep_back
from messaging.channels.base import Channel, OutgoingMessage, Question
from messaging.channels.lanes import retry_policy
from messaging.channels.lanes.rate_limit import Allowance, allow, refund
from messaging.channels.models import Lane, WayRest
from messaging.channels.states import UNSENT, State
from messaging.delivery import message_content
from messaging.delivery.message_content import Due, Reader, RestingWays, rows_of
from messaging.outbox import fallback, sending_rules
from messaging.outbox.models.messages import RECALLED, SUPERSEDED, Attempt, Message, SendingRules
from messaging.outbox.models.phone_calls import Call

# A lease outlasts everything that may happen under it, and then some.
LEASE_MARGIN = timedelta(seconds=10)
# So often one claim looks for more while all that it found ends, or waits for resting ways.
MOST_LOOKS = 5
# A message under which this many relays died is not given to another.
MOST_LAPSES = 5
ANY_HOLDER = Q()


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed message. `attempt` is the fencing token: whoever settles must still hold this number.

    `ask`: it may have been sent before, so the channel is asked `question`. `outgoing` is None when the row cannot be
    read, which no other try will change. `wait`: how long after the claim its turn in the lane's rate comes;
    `distance`: the time that the rate asks for after the attempt before it.
    `before`: the state that it goes back to if it is not tried after all. `trial`: the way of which it is to show
    whether it is open again.
    """

    message_id: int
    tracking_id: UUID
    attempt: int
    started_at: datetime
    ask: bool
    outgoing: OutgoingMessage | None
    wait: timedelta = timedelta(0)
    distance: timedelta = timedelta(0)
    before: str = State.QUEUED
    question: Question | None = None
    bulk: bool = False
    trial: str = ""


def mark_lapsed(lane_id: int) -> int:
    """Messages whose sender died in the middle become *unknown*, to be asked about at once.

    One that has seen too many senders die is given up: it may be what kills them.
    """
    with transaction.atomic(durable=True):
        lapsed = list(
            Message.objects.filter(lane_id=lane_id, state=State.SENDING, lease_until__lte=Now())
            .select_for_update(skip_locked=True)
            .select_related(None)
            .annotate(db_now=Now())
            .order_by("pk")
        )
        if not lapsed:
            return 0
        Attempt.objects.bulk_create(
            Attempt(
                message_id=message.pk, number=message.attempts, channel=message.lane.channel,
                started_at=message.sent_at, ended_at=message.db_now, outcome=Attempt.Outcome.LAPSED,
            )
            for message in lapsed
        )  # fmt: skip
        deaths = Attempt.objects.filter(
            message_id__in=[message.pk for message in lapsed], outcome=Attempt.Outcome.LAPSED
        )
        poison = dict(
            deaths.values_list("message_id").annotate(Count("pk")).filter(pk__count__gte=MOST_LAPSES)
        )
        Message.objects.filter(pk__in=[one.pk for one in lapsed if one.pk not in poison]).update(
            state=State.UNKNOWN, lease_until=None, next_attempt_at=Now()
        )
        for message in lapsed:
            if message.pk in poison:
                problem = _("Tiến trình gửi dừng %(count)d lần ngay khi gửi tin này.")
                fallback.give_up(message, problem % {"count": poison[message.pk]}, Call.Reason.UNCERTAIN)
    return len(lapsed)


def claim(
    lane_id: int,
    channel: Channel,
    limit: int,
    shared: float | None = None,
    bulk_limit: int | None = None,
    holds: Q = ANY_HOLDER,
) -> list[Work]:
    """Take up to `limit` due messages of this channel's lane; the longest due first. `shared`: see `allow`. `holds`:
    finds the lane while the caller's lease counts; otherwise nothing is taken.

    Those of a broadcast come last, where others leave room, and at most `bulk_limit` of them.

    What is not to be sent any more ends here instead: recalled, replaced, expired, no longer agreed to. What
    is stale at night waits for the morning, what only a resting way could carry for the end of the rest. The
    lane's rate and monthly budget bound what is taken.
    """
    rests = Exists(WayRest.objects.filter(lane=OuterRef("pk")))
    with transaction.atomic(durable=True):
        locked = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now(), has_rests=rests)
        lane = locked.filter(holds, pk=lane_id).first()
        if lane is None:
            return []
        allowance = allow(lane, channel.capabilities.rate, lane.db_now, shared)
        reader = Reader(channel, lane.account, lane.db_now, allowance.may_cost, allowance.bulk_may_cost)
        resting = RestingWays.of(lane, channel, lane.db_now) if lane.has_rests and channel.ways else None
        for look in range(MOST_LOOKS):
            # Behind many that end here, or that wait for one way, may stand an answer.
            most = max(limit, message_content.LOOKED_THROUGH) if look or resting else limit
            due = _due(lane, channel, allowance, most)
            spare = most - len(due) if bulk_limit is None else min(bulk_limit, limit, most - len(due))
            if spare > 0 and not allowance.is_spent_for_bulk:
                due += _of_broadcasts(lane, channel, allowance, spare)
            taken = [message for message in due if _is_to_be_tried(message, lane.db_now)]
            if resting:
                taken = resting.put_off(taken, reader)
            if taken or not due:
                break
        works_of = allowance.slots(taken[:limit])
        if works_of:
            longest = max(wait for _message, wait in works_of)
            _take([message.pk for message, _wait in works_of], channel.timeout + longest + LEASE_MARGIN)
        allowance.write_down()
        works = [message for message, _wait in works_of]
        contents = resting.begin(works) if resting else reader.outgoing(works)
        unsure = [message for message, _wait in works_of if message.state == State.UNKNOWN]
        questions = reader.questions(unsure, contents)
    return [
        Work(
            message.pk,
            message.tracking_id,
            message.attempts + 1,
            lane.db_now,
            message.state == State.UNKNOWN,
            contents.get(message.pk),
            wait,
            timedelta(0) if message.state == State.UNKNOWN else allowance.distance,
            message.state,
            questions.get(message.pk),
            message.bulk,
            resting.trials.get(message.pk, "") if resting else "",
        )
        for message, wait in works_of
    ]


def claim_questions(lane_id: int, channel: Channel, limit: int, holds: Q = ANY_HOLDER) -> list[Work]:
    """Accepted messages of which no word came for long: the channel is asked what became of them. `holds`: as above.

    They stay *accepted* meanwhile; the attempt's number, the lease and the next time keep a second relay away.
    """
    if not channel.capabilities.can_be_asked:
        return []
    with transaction.atomic(durable=True):
        silent = Message.objects.with_consent(channel.code).filter(
            lane__in=Lane.objects.filter(holds, pk=lane_id),
            state=State.ACCEPTED, finished_at__isnull=True, next_attempt_at__lte=Now(),
        )  # fmt: skip
        locked = silent.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at")
        asked = list(rows_of(locked[:limit], channel))
        if not asked:
            return []
        until = Now() + channel.timeout + LEASE_MARGIN
        Message.objects.filter(pk__in=[due.pk for due in asked]).update(
            attempts=F("attempts") + 1, lease_until=until, next_attempt_at=until
        )
        lane = Lane.objects.annotate(db_now=Now()).get(pk=lane_id)
        now = lane.db_now
        questions = Reader(channel, lane.account, now).questions(asked)
    return [
        Work(
            due.pk, due.tracking_id, due.attempts + 1, now, True, None, before=State.ACCEPTED,
            question=questions[due.pk],
        )
        for due in asked
    ]  # fmt: skip


def give_back(lane_id: int, works: Sequence[Work]) -> None:
    """Put back what was taken and not tried: nothing left for the provider, so nothing is uncertain or spent."""
    if not works:
        return
    with transaction.atomic(durable=True):
        unspent = 0
        for work in works:
            mine = Message.objects.filter(pk=work.message_id, attempts=work.attempt, state=State.SENDING)
            given = mine.update(state=work.before, lease_until=None, next_attempt_at=Now())
            unspent += given if work.before in UNSENT else 0
        refund(lane_id, unspent)


def _due(lane: Any, channel: Channel, allowance: Allowance, limit: int, *, bulk: bool = False) -> list[Due]:
    due = Message.objects.due().with_consent(channel.code).filter(lane=lane, bulk=bulk)
    due = due.exclude(state=State.SENDING)
    if lane.has_rests:
        # What this claim puts off is not due in it again, however soon its time comes.
        due = due.filter(next_attempt_at__lte=lane.db_now)
    if allowance.is_spent:
        # Asking costs nothing.
        due = due.filter(state=State.UNKNOWN)
    locked = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at", "pk")
    return list(rows_of(locked[:limit], channel))


def _of_broadcasts(lane: Any, channel: Channel, allowance: Allowance, limit: int) -> list[Due]:
    due = _due(lane, channel, allowance, limit, bulk=True)
    unsent = [message.pk for message in due if message.state in UNSENT]
    open_ones = frozenset(unsent) - (keep_back(unsent) if unsent else set())
    return [message for message in due if message.state not in UNSENT or message.pk in open_ones]


def _take(ids: list[int], lease: timedelta) -> None:
    Message.objects.filter(pk__in=ids).update(
        state=State.SENDING,
        attempts=F("attempts") + 1,
        # The time of sending stays that of the attempt that is asked about.
        sent_at=Case(When(state=State.UNKNOWN, then=F("sent_at")), default=Now()),
        lease_until=Now() + lease,
        next_attempt_at=Now() + lease,
    )


def _is_to_be_tried(due: Due, now: datetime) -> bool:
    if due.state == State.UNKNOWN:
        # It may have arrived already: what became of it is worth asking in any case.
        return True
    if due.recalled_at is not None:
        fallback.suppress(_whole(due), str(RECALLED))
    elif due.superseded_by_id is not None:
        fallback.suppress(_whole(due), str(SUPERSEDED))
    elif due.expires_at + retry_policy.LAST_TRY <= now:
        fallback.expire(_whole(due))
    elif not due.consented or due.stopped:
        fallback.without_consent(_whole(due))
    elif due.refused and due.attempts == 0:
        fallback.give_up(_whole(due), _("Kênh đã từ chối người nhận này ở tin trước, nên không hỏi lại."))
    else:
        return not _waits_for_morning(due, now)
    return False


def _whole(due: Due) -> Message:
    return Message.objects.defer("button_url", "facts").get(pk=due.pk)


def _waits_for_morning(due: Due, now: datetime) -> bool:
    if now - due.not_before <= sending_rules.FRESH_FOR and not due.can_wait:
        return False
    later = sending_rules.next_send_time(now, SendingRules.current())
    if later <= now:
        return False
    Message.objects.filter(pk=due.pk, state__in=UNSENT).update(next_attempt_at=later)
    return True
