"""How a message ends that its channel did not deliver: the next channel, a telephone call, or nothing more.

All of this happens inside the transaction that ends the message, so that nothing falls between.
"""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from messaging.channels.lanes.lanes import ensure_lane, wake_lane
from messaging.channels.states import State
from messaging.outbox import phone_calls
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import POSSIBLY_SENT, RECALLED, SUPERSEDED, Attempt, Message
from messaging.outbox.models.phone_calls import Call
from tenants.web import telemetry

UNCERTAIN = (Attempt.Outcome.UNKNOWN, Attempt.Outcome.LAPSED)


def give_up(message: Message, problem: str, reason: str = Call.Reason.FAILED) -> State:
    """This channel will not deliver the message: the next of its route, or else a call. The state it has now.

    One that is idle by now is not told any more at all.
    """
    if end_idle(message):
        return State.SUPPRESSED
    # What may have arrived is not sent over another channel as well: a person asks on the telephone.
    if reason != Call.Reason.UNCERTAIN and move_on(message, problem):
        return State.QUEUED
    return _end(message, State.FAILED, problem, reason)


def expire(message: Message) -> State:
    """The message waited too long to be news: it is not sent, a person calls."""
    problem = message.problem or _("Tin chưa gửi được cho đến khi quá hạn.")
    unsure = message.attempts > 0 and uncertain([message])
    return _end(message, State.EXPIRED, problem, Call.Reason.UNCERTAIN if unsure else Call.Reason.EXPIRED)


def without_consent(message: Message) -> State:
    """The reader no longer agrees to this channel: the next one, or else a call. As in `give_up`."""
    if end_idle(message):
        return State.SUPPRESSED
    problem = _("Người nhận không còn đồng ý nhận tin này.")
    if message.attempts > 0 and uncertain([message]):
        return _end(message, State.SUPPRESSED, problem, Call.Reason.UNCERTAIN)
    if move_on(message, problem):
        return State.QUEUED
    return _end(message, State.SUPPRESSED, problem, Call.Reason.NO_CONSENT)


def end_idle(message: Message) -> bool:
    """End a message that is not to be told any more: it was recalled or replaced, or its reader was told
    something newer while a channel had it. False where it is still to be told."""
    if message.recalled_at is not None:
        suppress(message, str(RECALLED))
        return True
    if message.superseded_by_id is None:
        newer = find_newer_notice(message)
        if newer is None:
            return False
        # Kept back before it reached anybody, the newer one gives this one free again.
        _write(message, superseded_by=newer)
    suppress(message, str(SUPERSEDED))
    return True


def find_newer_notice(message: Message) -> Message | None:
    """A newer notice in place of `message` that its reader has, or may have: the old one after it would mislead.

    News that was taken back replaces nothing.
    """
    if not message.replaceable:
        return None
    newer = Message.objects.filter(
        Q(state__in=POSSIBLY_SENT)
        | Q(call__outcome__in=(Call.Outcome.INFORMED, Call.Outcome.INFORMED_OTHERWISE)),
        subject=message.subject,
        contact_id=message.contact_number,
        pk__gt=message.pk,
        recalled_at__isnull=True,
    )
    known = newer.only("pk", "intent").order_by("-pk")
    return next((one for one in known if templates.traits(one.intent).replaces), None)


def suppress(message: Message, problem: str) -> State:
    """End the message for good; nobody is called."""
    _write(message, state=State.SUPPRESSED, problem=problem, finished_at=Now(), lease_until=None)
    _log("message.suppressed", message)
    return State.SUPPRESSED


def move_on(message: Message, problem: str) -> bool:
    """Hand the message to the next channel of its route that is switched on; False when there is none."""
    route = list(message.route)
    while route:
        code = route.pop(0)
        if code not in settings.MESSAGING_CHANNELS:
            continue
        lane, _made = ensure_lane(code)
        _write(
            message, lane=lane, route=route, ways_done=[], state=State.QUEUED, problem=problem, provider_id="",
            lease_until=None, next_attempt_at=Greatest(F("not_before"), Now()), stopped=False,
        )  # fmt: skip
        wake_lane(lane)
        return True
    return False


def uncertain(messages: Iterable[Message]) -> set[int]:
    """Those of these messages that may have reached their reader although no channel says so."""
    ids = [message.pk for message in messages]
    tries = Attempt.objects.filter(message_id__in=ids, outcome__in=UNCERTAIN)
    return set(tries.values_list("message_id", flat=True))


def _end(message: Message, state: State, problem: str, reason: str) -> State:
    _write(message, state=state, problem=problem, finished_at=Now(), lease_until=None)
    # Whoever wrote to an account and got no answer has no number to be called at, and writes again.
    # And what all are told is on the web: nobody is called about it.
    if message.contact_id is not None and not message.bulk:
        phone_calls.open_call(message, reason, problem)
    _log(_EVENTS[state], message)
    return state


_EVENTS = {
    State.FAILED: "message.failed",
    State.EXPIRED: "message.expired",
    State.SUPPRESSED: "message.suppressed",
}


def _log(event: str, message: Message) -> None:
    # After commit: what did not happen is not told.
    transaction.on_commit(
        partial(telemetry.log, event, lane=message.lane_id, message=message.pk), robust=True
    )


def _write(message: Message, **columns: object) -> None:
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**columns)
    for name, value in columns.items():
        if not isinstance(value, (Now, Greatest)):
            setattr(message, name, value)
