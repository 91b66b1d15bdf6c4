"""The relay: carries what the outbox holds to the channels.

One run works on one lane: claim a few rows, leave the transaction, one attempt per row in threads that know
no database, settle each row in a transaction of its own. It may be killed at any instant: what it held
comes back when the leases run out, and what may have been sent is asked about before it is sent again.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.channels.base import Account, Channel, Finding, Outcome, OutcomeKind
from messaging.claims import Work, claim, mark_lapsed
from messaging.lanes import due_lanes, held_lane
from messaging.models import Lane, Message
from messaging.settling import settle
from tenants.context import current_province

log = logging.getLogger(__name__)

THREADS = 8
# Rows claimed at once. Small, so that a killed relay holds little and a slow answer delays few.
CHUNK = 16
# A lease outlasts everything that may happen under it, and then some.
LEASE_MARGIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did. `taken`: it held the lane; `more`: it stopped with work left."""

    lane_id: int
    taken: bool
    settled: int = 0
    lost: int = 0
    more: bool = False


def run_lane(lane_id: int, *, seconds: float = 5.0, batch: int = 50) -> Report:
    """Send what is due in this lane of the current province, for at most `seconds` or `batch` messages.

    Does nothing when another relay holds the lane or it is paused. Must not be called inside a transaction.
    Ends at most two time-outs of the channel after `seconds`.
    """
    lane = Lane.objects.filter(pk=lane_id).first()
    if lane is None:
        return Report(lane_id, taken=False)
    channel = registry.get(lane.channel)
    account = Account(current_province().uuid, lane.account)
    length = channel.timeout * (CHUNK // THREADS) + LEASE_MARGIN
    until = time.monotonic() + seconds
    settled = lost = 0
    with held_lane(lane_id, length) as lease:
        if lease is None:
            return Report(lane_id, taken=False)
        mark_lapsed(lane_id)
        while settled + lost < batch and time.monotonic() < until and lease.renew():
            works = claim(lane_id, channel, min(CHUNK, batch - settled - lost), length)
            if not works:
                break
            kept = _carry(channel, account, works)
            settled += kept
            lost += len(works) - kept
        more = Message.objects.due().filter(lane_id=lane_id).exists()
    return Report(lane_id, True, settled, lost, more)


def _carry(channel: Channel, account: Account, works: list[Work]) -> int:
    """One attempt for each; the number of those whose result could be written down."""
    kept = 0
    with ThreadPoolExecutor(max_workers=min(THREADS, len(works)), thread_name_prefix=channel.code) as pool:
        running = {pool.submit(_attempt, channel, account, work): work for work in works}
        for future in as_completed(running):
            kept += settle(running[future], future.result())
    return kept


def _attempt(channel: Channel, account: Account, work: Work) -> Outcome | Finding:
    """Runs in a thread: no database here."""
    try:
        if work.ask:
            return channel.reconcile_unknown(account, work.tracking_id)
        if work.outgoing is None:
            return Outcome(OutcomeKind.PERMANENT, "unreadable", _("Không giải mã được người nhận."))
        return channel.send(account, work.outgoing)
    except Exception as error:
        # A channel should not raise. If it does, nobody knows how far it came.
        log.exception("channel %s raised", channel.code)
        return Finding.LATER if work.ask else Outcome(OutcomeKind.UNKNOWN, type(error).__name__)


__all__ = ["Report", "due_lanes", "run_lane"]
