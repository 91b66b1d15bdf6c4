"""Receiving callbacks: verify, store, answer; afterwards process what is stored.

The provider is answered as soon as its callback is committed. Processing is `dispatch`'s; it may fail, be
retried and happen twice.
"""

import functools
import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction

from messaging.channels.accounts import channel_accounts
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, UnknownChannel, registry
from messaging.channels.inbound_items import Receipt
from messaging.channels.lanes.lanes import reserve_task, wake_worker
from messaging.channels.models import Lane
from messaging.inbound import dispatch
from messaging.inbound.models import WebhookEvent
from messaging.inbound.postgres_queue import PostgresQueue
from messaging.inbound.readers import reader_keys
from tenants.isolation.context import current_province
from tenants.isolation.crypto import encrypt
from tenants.web import rate_limits, telemetry

log = logging.getLogger(__name__)

# Longer than a task may live: after this time the process that claimed an event is dead.
LEASE = timedelta(seconds=90)
# Receipts are processed after incoming messages for at most this long; then they take their turn with them.
PATIENCE = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)
# Receipts are processed together, so many in a transaction.
RECEIPTS_AT_ONCE = 20
_PURGE_AT_ONCE = 1000
# The events of one reader are processed in order: a key means nothing before the code that it belongs to. An event
# that failed holds up none after it.
queue = PostgresQueue(
    WebhookEvent._meta.db_table,
    due="next_try_at",
    reader="reader",
    since="received_at",
    lease=LEASE,
    waits="state = 'new'",
    holds="older.tries <= 1 AND older.problem = ''",
    patient=f"can_wait AND received_at > statement_timestamp() - interval '{PATIENCE.seconds} seconds'",
    together="can_wait",
    at_once=RECEIPTS_AT_ONCE,
)
TASK = "inbound"
_WORK_OFF = "messaging.delivery.tasks.work_off_inbound"
# A task that no worker took by then was lost, or waits long; the next event may enqueue one again.
_TASK_SECONDS = 2
# Receipts wake a worker this often at most: each answer brings two receipts, and each of them would cost a task.
_PATIENCE_SECONDS = 0.5
_woken_at: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Received:
    """The callback is stored and committed; `new` is False for a repetition."""

    new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The callback is not the provider's; nothing was stored. `quietly`: the channel answers as if it was taken."""

    cause: str
    quietly: bool = False


@dataclass(frozen=True, slots=True)
class UnknownAccount:
    """This province has no such channel or account."""


type ReceiveResult = Received | Refused | UnknownAccount


def receive(channel_code: str, account_name: str, headers: Mapping[str, str], raw: bytes) -> ReceiveResult:
    """Store a callback for an account of the current province, if its provider signed it.

    Returns Received only after the commit; raises django.db.Error when it could not be stored. A repeated
    callback (`Channel.event_key`) changes nothing. Header names in any case. Must not be called inside a
    transaction.
    """
    try:
        channel = registry.get(channel_code)
    except UnknownChannel:
        return UnknownAccount()
    known = channel_accounts.cached(channel_code, account_name)
    if known is not None and dispatch.refusal_cause(channel, known.account, headers, raw) is None:
        received = _store_and_wake(channel, known, raw)
        if received is not None:
            return received
    # A paused lane, or a channel switched off since, still hears of what it sent.
    if not Lane.objects.filter(channel=channel_code, account=account_name).exists():
        return UnknownAccount()
    known = channel_accounts.read(channel_code, account_name)
    cause = dispatch.refusal_cause(channel, known.account, headers, raw)
    if cause is not None:
        telemetry.inbound(channel_code, "refused")
        # Anybody may send what is refused: the metric counts all of it, the log names some.
        if rate_limits.take({f"told:refused:{channel_code}:{account_name}"[:200]: 10}, seconds=60):
            telemetry.log("inbound.refused", channel=channel_code, account=account_name)
            log.warning("callback for %s/%s refused: %s", channel_code, account_name, cause)
        return Refused(cause, quietly=channel.refuses_quietly)
    received = _store_and_wake(channel, known, raw)
    if received is None:
        raise OperationalError("the account was changed while a callback was stored")
    return received


def process_pending(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Process up to `limit` stored events of this province, those of its accounts and readers by turns, receipts
    several at once; how many.

    Safe beside other processes. An event that fails is retried later and stops no other.
    """
    done = 0
    # Each account is read once for this run: reading it again took as long as processing an event.
    account = functools.cache(account_of)
    for claimed in queue.claim_fairly(limit, seconds):
        dispatch.dispatch_events(claimed, account)
        done += len(claimed)
    return done


def purge(older_than: timedelta = KEPT_FOR) -> int:
    """Delete events that were processed longer ago than this: they hold personal data. How many."""
    deleted = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # By hand: the ORM would read, and decrypt, each row before it deletes it.
            cursor.execute(_PURGE, [older_than.total_seconds(), _PURGE_AT_ONCE])
            deleted += cursor.rowcount
            if cursor.rowcount < _PURGE_AT_ONCE:
                return deleted


# By hand: the ORM does not tell whether the row was there. Nothing is stored for an account that was changed since it
# was read, so that accounts may be cached.
_INSERT = """
INSERT INTO inbound_webhookevent
    (channel, account, key, raw, state, reader, can_wait, tries, problem, handled_at)
SELECT %s, %s, %s, %s, %s, %s, %s, 0, '', CASE WHEN %s THEN NULL ELSE statement_timestamp() END
WHERE (SELECT generation FROM channels_channelaccount WHERE channel = %s AND name = %s) IS NOT DISTINCT FROM %s
ON CONFLICT (key) DO NOTHING
"""
_PURGE = """
DELETE FROM inbound_webhookevent WHERE id IN (
    SELECT id FROM inbound_webhookevent WHERE state <> 'new' AND handled_at < statement_timestamp() - make_interval(secs => %s)
    ORDER BY id LIMIT %s)
"""


def _key(channel: Any, raw: bytes) -> bytes:
    try:
        return bytes(channel.event_key(raw))
    except Exception:
        # The provider signed it, so it is kept, whatever it is.
        log.exception("channel %s could not name an event", channel.code)
        return raw


class _Summary(NamedTuple):
    """Properties of a callback that are needed before it is processed. `reader`: key of the reader whose turn it uses,
    "" for none. `can_wait`: it holds receipts only. `concerns`: False where it holds nothing to process."""

    reader: str = ""
    can_wait: bool = False
    concerns: bool = True


def _summarise(channel: Any, account: Account, raw: bytes) -> _Summary:
    try:
        items = list(channel.parse_events(account, raw))
        address = next((item.address for item in items if getattr(item, "address", "")), "")
        reader = reader_keys(address)[0] if address else ""
    except Exception:  # reported when the event is processed
        return _Summary()
    return _Summary(reader, bool(items) and all(isinstance(item, Receipt) for item in items), bool(items))


def _store_and_wake(channel: Any, known: channel_accounts.CachedAccount, raw: bytes) -> Received | None:
    """Store a callback to this account and wake a worker; None where the account was changed meanwhile."""
    said = _summarise(channel, known.account, raw)
    with transaction.atomic(durable=True):
        new = _store(channel, known, raw, said)
    if new is None:
        return None
    telemetry.inbound(channel.code, "taken" if new else "repeated")
    if new and said.concerns and (not said.can_wait or _may_wake(current_province().slug)):
        # One wake-up at a time: a flood here must not fill the queue that other provinces share.
        wake_worker(_WORK_OFF, current_province().slug, unless=_is_task_waiting)
    return Received(new)


def _store(channel: Any, known: channel_accounts.CachedAccount, raw: bytes, said: _Summary) -> bool | None:
    """Whether it is new; None where the account was changed meanwhile."""
    code, name = channel.code, known.account.name
    parts = (code.encode(), name.encode(), _key(channel, raw))
    key = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
    state = WebhookEvent.State.NEW if said.concerns else WebhookEvent.State.IGNORED
    row = [
        code,
        name,
        key,
        encrypt(dispatch.as_text(raw)),
        state,
        said.reader,
        said.can_wait,
        said.concerns,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*row, code, name, known.generation])
        if cursor.rowcount:
            return True
    return False if WebhookEvent.objects.filter(key=key).exists() else None


def _may_wake(slug: str) -> bool:
    """Whether receipts may wake a worker for this province again; a positive answer counts as a wake-up."""
    now = time.monotonic()
    if now - _woken_at.get(slug, float("-inf")) < _PATIENCE_SECONDS:
        return False
    _woken_at[slug] = now
    return True


def _is_task_waiting() -> bool:
    return not reserve_task(TASK, _TASK_SECONDS)
