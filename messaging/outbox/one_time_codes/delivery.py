"""Sending a one-time code over the province's channels, outside the outbox.

The outbox keeps texts and tries for a day; a code is worth ten minutes and is kept nowhere. So a worker makes one
attempt at each channel that reaches the number, in the order of the installation, until one took it. A lane's pause,
rest, rate, budget and money count here as they do there. A province has one worker at this at a time, and that one
waits for many answers at once: recipients whose provider is slow hold up neither other provinces nor each other.
"""

import logging
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models.functions import Now

from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of, account_without_row, accounts_of
from messaging.channels.base import Account, Channel, Outcome, OutcomeKind, OutgoingMessage, Reason, registry
from messaging.channels.lanes import circuit_breaker, rate_limit
from messaging.channels.lanes.lanes import ensure_lane, release_task, reserve_task
from messaging.channels.models import DEFAULT_ACCOUNT, Lane, WayRest
from messaging.contacts import contacts
from messaging.outbox import wording as templates
from messaging.outbox.one_time_codes import codes
from messaging.outbox.one_time_codes.codes import GOOD_FOR, OutgoingCode
from messaging.outbox.provider_templates import AssignedTemplates, FilledTemplate
from messaging.outbox.wording import Rendered
from tenants.isolation.context import current_province
from tenants.web import telemetry

log = logging.getLogger(__name__)

# A lane whose next slot is further away gives way to the next channel.
PATIENCE = timedelta(seconds=5)
# Answers waited for at one time; for how long a worker takes codes; how soon it looks for new ones meanwhile.
AT_ONCE, TURN_SECONDS, LOOK_SECONDS = 16, 5.0, 0.2
# After so long another worker may go on where one was killed.
RESERVED_SECONDS = 40
_WAITING = "one-time-codes"
_TAKEN = (OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED)
_MINUTES = int(GOOD_FOR.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A channel of the province that can send a code to a number."""

    channel: Channel
    lane: Lane
    account: Account
    template: FilledTemplate


def can_send(purpose: str) -> bool:
    """Whether the province has a channel that carries a code to a number, be it at rest for a moment or not.

    Takes three statements, however many channels there are.
    """
    return bool(_carriers(codes.values("0" * 6, purpose, _MINUTES)))


type _Answer = tuple[Outcome, float]
"""What came of a request, and the seconds that it took."""
type _Attempts = Generator[Callable[[], _Answer], _Answer, bool]


def deliver_in_turn(encrypted: str) -> bool:
    """Send this code, if any, with those of the province that wait; whether some wait still when the turn ends.

    Returns at once where another worker is at them: the code waits for that one.
    """
    store: Any = cache
    queue, key = store._cache.get_client(write=True), store.make_and_validate_key(_WAITING)
    if encrypted:
        queue.rpush(key, encrypted)
        queue.expire(key, GOOD_FOR)
    end = time.monotonic() + TURN_SECONDS

    def following() -> OutgoingCode | None:
        found = queue.lpop(key) if time.monotonic() < end else None
        return OutgoingCode.decrypted(found.decode()) if found else None

    # Asked again after each turn: one that came as this worker ended found the place still taken.
    while queue.llen(key) and reserve_task(_WAITING, RESERVED_SECONDS):
        try:
            _deliver_together(following)
        finally:
            release_task(_WAITING)
        if time.monotonic() >= end:
            return bool(queue.llen(key))
    return False


def _deliver_together(following: Callable[[], OutgoingCode | None]) -> None:
    running: dict[Future[_Answer], _Attempts] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def go_on(attempts: _Attempts, answer: _Answer | None = None) -> None:
            try:
                running[pool.submit(attempts.send(answer))] = attempts  # type: ignore[arg-type]
            except StopIteration:
                pass
            except Exception:
                log.exception("a one-time code was not sent")

        while True:
            while len(running) < AT_ONCE and (code := following()):
                go_on(_attempts(code))
            if not running:
                return
            for future in wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                go_on(running.pop(future), future.result())


def deliver(outgoing: OutgoingCode) -> bool:
    """Send this code; whether a channel took it. Makes attempts, so it is never called in a transaction."""
    attempts = _attempts(outgoing)
    try:
        request = next(attempts)
        while True:
            request = attempts.send(request())
    except StopIteration as end:
        return bool(end.value)


def _attempts(outgoing: OutgoingCode) -> _Attempts:
    """Yields each request to a provider, which may be made in any thread, and takes its answer."""
    if not outgoing.phone or outgoing.is_expired:
        return False
    values = codes.values(outgoing.code, outgoing.purpose, _MINUTES)
    text = codes.rendered(values)
    for carrier in _carriers(values):
        if (yield from _attempt(carrier, outgoing, text)):
            telemetry.one_time_code(current_province().slug, "sent")
            return True
    telemetry.one_time_code(current_province().slug, "unsent")
    telemetry.log("code.unsent")
    return False


def _carriers(values: Mapping[str, str]) -> list[Carrier]:
    """The channels that carry these values to a number, in the order of the installation."""
    codes = contacts.reaching_by_number(settings.MESSAGING_CHANNELS)
    accounts = accounts_of(codes)
    lanes: dict[str, Lane] = {}
    # One that works before one that is paused.
    for lane in Lane.objects.filter(channel__in=codes).order_by("state", "pk"):
        lanes.setdefault(lane.channel, lane)
    found = []
    for code in codes:
        lane = lanes.get(code) or Lane(channel=code, account=DEFAULT_ACCOUNT)
        account = accounts.get((code, lane.account)) or account_without_row(code, lane.account)
        carrier = _carrier(lane, account, values)
        if carrier is not None:
            found.append(carrier)
    return found


def _carrier(lane: Lane, account: Account, values: Mapping[str, str]) -> Carrier | None:
    channel = registry.get(lane.channel)
    if lane.state != Lane.State.ACTIVE or channel.check_account(account.config, account.secrets):
        return None
    if not channel.capabilities.has_templates:
        return Carrier(channel, lane, account, FilledTemplate())
    # A number alone is reached by an approved template or not at all.
    assigned = AssignedTemplates(channel, lane.account, [codes.INTENT])
    template = assigned.filled(codes.INTENT, values)
    return Carrier(channel, lane, account, template) if template.form else None


def _attempt(carrier: Carrier, outgoing: OutgoingCode, text: Rendered) -> _Attempts:
    channel, lane = carrier.channel, carrier.lane
    if lane.pk is None:
        lane = ensure_lane(channel.code)[0]
    slot = rate_limit.reserve(lane.pk, channel, PATIENCE)
    if slot is None:
        return False
    message = _message(carrier, lane, outgoing, text, may_cost=slot.may_cost)
    outcome, seconds = yield partial(_send, channel, carrier.account, message, slot.wait.total_seconds())
    if outcome.reason is Reason.STALE and (account := _renewed(carrier)) is not None:
        outcome, seconds = yield partial(_send, channel, account, message)
    taken = outcome.kind in _TAKEN
    telemetry.attempted(
        current_province().slug, channel.code, outcome.kind.value, outcome.reason.value, seconds
    )
    rate_limit.charge(lane.pk, outcome.cost)
    if not taken and outcome.kind is not OutcomeKind.UNKNOWN:
        rate_limit.refund(lane.pk, 1)
    circuit_breaker.note(lane.pk, circuit_breaker.condition_of(lane), [outcome])
    return taken


def _message(
    carrier: Carrier, lane: Lane, outgoing: OutgoingCode, text: Rendered, *, may_cost: bool
) -> OutgoingMessage:
    by_phone = carrier.channel.address_kind == "phone"
    capabilities = carrier.channel.capabilities
    rests = WayRest.objects.filter(lane=lane, rests_until__gt=Now())
    return OutgoingMessage(
        tracking_id=UUID(outgoing.reference),
        address=outgoing.phone if by_phone else "",
        name="",
        title=text.title,
        body=templates.for_channel(
            text.body, may_show_phone=capabilities.may_show_phone, limit=capabilities.body_max
        ),
        phone="" if by_phone else outgoing.phone,
        template=carrier.template.form,
        template_problem=carrier.template.problem,
        ways_resting=frozenset(rests.values_list("way", flat=True)),
        may_cost=may_cost,
    )


def _send(channel: Channel, account: Account, message: OutgoingMessage, slot_in: float = 0.0) -> _Answer:
    time.sleep(slot_in)
    began = time.monotonic()
    try:
        outcome = channel.send(account, message)
    except Exception as error:
        log.exception("channel %s raised", channel.code)
        outcome = Outcome(OutcomeKind.UNKNOWN, type(error).__name__)
    return outcome, time.monotonic() - began


def _renewed(carrier: Carrier) -> Account | None:
    place = carrier.channel.code, carrier.account.name
    return account_of(*place) if credentials.renew(*place, carrier.account.generation) else None
