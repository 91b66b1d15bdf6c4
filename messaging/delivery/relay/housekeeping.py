"""What has to be seen to in a province now and then, whether or not any lane can send."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.base import registry
from messaging.channels.lanes import retry_policy
from messaging.channels.lanes.lanes import within_budget
from messaging.channels.models import Lane
from messaging.channels.states import UNSENT, State
from messaging.delivery.claims import mark_lapsed
from messaging.delivery.results import NO_WORD_AFTER
from messaging.inbound import receive
from messaging.inbound.chat import turns
from messaging.outbox import fallback
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.phone_calls import Call

AT_ONCE = 200
# Of what was told and written, so many seconds' worth at a time: what is to be sent waits meanwhile.
HEAR_FOR = 0.25


def tidy() -> int:
    """End what is stale, hand on what waits at a lane that cannot send, work off what channels told us, answer
    who wrote.

    Idempotent and safe beside another that does the same. Returns how much was done.
    """
    done = free_unserved() + expire_stale() + hand_on() + stop_listening()
    return done + receive.process_pending(seconds=HEAR_FOR) + turns.process_pending(seconds=HEAR_FOR)


def free_unserved() -> int:
    """What a lane that nobody serves (paused, or its channel gone) still holds ends, too.

    What its relay died over becomes *unknown*; what is unknown past its hours can no longer be asked about,
    so a person asks on the telephone.
    """
    unserved = Lane.objects.filter(~Q(state=Lane.State.ACTIVE) | ~Q(channel__in=registry.codes()))
    lanes = list(unserved.values_list("pk", flat=True))
    freed = sum(mark_lapsed(lane_id) for lane_id in lanes)
    with transaction.atomic(durable=True):
        stale = Q(state=State.UNKNOWN, expires_at__lte=Now() - retry_policy.LAST_TRY)
        unasked = _locked(Message.objects.filter(stale, lane__in=lanes))
        for message in unasked:
            problem = _("Đến hạn vẫn chưa rõ tin đã đến chưa.")
            fallback.give_up(message, problem, Call.Reason.UNCERTAIN)
    return freed + len(unasked)


def expire_stale() -> int:
    """Messages that were not sent before they grew stale are not sent any more: a person calls."""
    with transaction.atomic(durable=True):
        over = Now() - retry_policy.LAST_TRY
        stale = _locked(Message.objects.filter(state__in=UNSENT, expires_at__lte=over))
        for message in stale:
            if not fallback.end_idle(message):
                fallback.expire(message)
    return len(stale)


def hand_on() -> int:
    """Messages at a lane that is paused, switched off, out of budget or long in trouble go to their next
    channel, and those that wait for a resting way of it. One that may have arrived stays."""
    stuck = Lane.objects.filter(
        Q(state=Lane.State.PAUSED)
        | ~Q(channel__in=settings.MESSAGING_CHANNELS)
        | Q(trouble_since__lte=Now() - retry_policy.PATIENCE)
        | ~within_budget()
    )
    resting = Q(lane__in=Lane.objects.filter(way_rests__rests_until__gt=Now()), next_attempt_at__gt=Now())
    with transaction.atomic(durable=True):
        unsure = Attempt.objects.filter(message=OuterRef("pk"), outcome__in=fallback.UNCERTAIN)
        waiting = Message.objects.filter(
            Q(lane__in=stuck) | resting, state__in=UNSENT, not_before__lte=Now() - retry_policy.PATIENCE
        )
        return sum(
            fallback.end_idle(message) or fallback.move_on(message, str(message.problem))
            for message in _locked(waiting.exclude(Exists(unsure)).exclude(route=[]))
        )


def _locked(messages: QuerySet[Message]) -> list[Message]:
    mine = messages.select_for_update(skip_locked=True, of=("self",))
    return list(mine.defer("button_url", "facts").order_by("pk")[:AT_ONCE])


def stop_listening() -> int:
    """Accepted messages whose channel never told more are done with: it had three days for it."""
    with transaction.atomic(durable=True):
        silent = Message.objects.filter(
            state=State.ACCEPTED, finished_at__isnull=True, not_before__lte=Now() - NO_WORD_AFTER
        )
        return silent.update(finished_at=Now(), problem=_("Kênh đã nhận, không báo lại tin đã đến chưa."))
