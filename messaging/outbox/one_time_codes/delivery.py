"""Sending a one-time code over the province's channels, outside the outbox.

The outbox keeps texts and tries for a day; a code is worth ten minutes and is kept nowhere. So a worker makes one
attempt at each channel that reaches the number, in the order of the installation, until one took it. A lane's pause,
rest, rate, budget and money count here as they do there.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of, account_without_row, accounts_of
from messaging.channels.base import Account, Channel, Outcome, OutcomeKind, OutgoingMessage, Reason, registry
from messaging.channels.lanes import circuit_breaker, rate_limit
from messaging.channels.lanes.lanes import ensure_lane
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


def deliver(outgoing: OutgoingCode) -> bool:
    """Send this code; whether a channel took it. Makes attempts, so it is never called in a transaction."""
    if not outgoing.phone or outgoing.is_expired:
        return False
    values = codes.values(outgoing.code, outgoing.purpose, _MINUTES)
    text = codes.rendered(values)
    for carrier in _carriers(values):
        if _attempt(carrier, outgoing, text):
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


def _attempt(carrier: Carrier, outgoing: OutgoingCode, text: Rendered) -> bool:
    channel, lane = carrier.channel, carrier.lane
    if lane.pk is None:
        lane = ensure_lane(channel.code)[0]
    slot = rate_limit.reserve(lane.pk, channel, PATIENCE)
    if slot is None:
        return False
    time.sleep(slot.wait.total_seconds())
    message = _message(carrier, lane, outgoing, text, may_cost=slot.may_cost)
    began = time.monotonic()
    outcome = _send(channel, carrier.account, message)
    if outcome.reason is Reason.STALE and (account := _renewed(carrier)) is not None:
        outcome = _send(channel, account, message)
    taken = outcome.kind in _TAKEN
    seconds = time.monotonic() - began
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


def _send(channel: Channel, account: Account, message: OutgoingMessage) -> Outcome:
    try:
        return channel.send(account, message)
    except Exception as error:
        log.exception("channel %s raised", channel.code)
        return Outcome(OutcomeKind.UNKNOWN, type(error).__name__)


def _renewed(carrier: Carrier) -> Account | None:
    """The account with credentials that were renewed just now; None where they could not be."""
    place = carrier.channel.code, carrier.account.name
    return account_of(*place) if credentials.renew(*place, carrier.account.generation) else None
