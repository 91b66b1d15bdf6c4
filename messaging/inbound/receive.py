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

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from messaging import event_log, metrics
from messaging.accounts import channel_accounts
from messaging.accounts.channel_accounts import account_of
from messaging.channels import registry
from messaging.channels.base import Account, Receipt
from messaging.fair_queue import by_turns
from messaging.inbound import dispatch
from messaging.inbound.dispatch import Claimed
from messaging.lanes import wakeup
from messaging.models import InboundEvent, Lane
from tenants.crypto import blind_indexes, encrypt
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)

# Longer than a task may live: whoever holds an event when this is over died with it.
LEASE = timedelta(seconds=90)
# So long what can wait gives way to people; then it takes its turn with them, however many they are.
PATIENCE = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)
# Receipts are worked off together, so many in a transaction.
HANDFUL = 20
_FORGET_AT_ONCE = 1000
_CALL = "inbound:call"
# A call that nobody took by then was lost, or waits long; the next may call again.
_CALL_SECONDS = 2
# What can wait calls a worker this often at most, and not as soon as the last call was taken: each answer brings two
# receipts, and each of them would cost a task.
_PATIENCE_SECONDS = 0.5
_called_at: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Received:
    """It is stored and committed; `new` is False when it had been told before."""

    new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """It does not come from the provider; nothing was stored. `quietly`: the channel wants it not to be told."""

    cause: str
    quietly: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """This province has no such channel or account."""


def receive(
    channel_code: str, account_name: str, headers: Mapping[str, str], raw: bytes
) -> Received | Refused | Unknown:
    """Take what came for an account of the current province, if its provider signed it.

    Returns Received only after the commit; raises django.db.Error when it could not be stored. What is told
    again (`Channel.event_key`) changes nothing. Header names in any case. Must not be called inside a
    transaction.
    """
    try:
        channel = registry.get(channel_code)
    except registry.UnknownChannel:
        return Unknown()
    known = channel_accounts.remembered(channel_code, account_name)
    if known is not None and dispatch.refusal(channel, known.account, headers, raw) is None:
        received = _take_in(channel, known, raw)
        if received is not None:
            return received
    # A paused lane, or a channel switched off since, still hears of what it sent.
    if not Lane.objects.filter(channel=channel_code, account=account_name).exists():
        return Unknown()
    known = channel_accounts.read(channel_code, account_name)
    cause = dispatch.refusal(channel, known.account, headers, raw)
    if cause is not None:
        metrics.inbound(channel_code, "refused")
        event_log.log("inbound.refused", channel=channel_code, account=account_name)
        log.warning("callback for %s/%s refused: %s", channel_code, account_name, cause)
        return Refused(cause, quietly=channel.refuses_quietly)
    received = _take_in(channel, known, raw)
    if received is None:
        raise OperationalError("the account was changed while it was told something")
    return received


def work_off(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Work off up to `limit` stored events of this province, those of its accounts and readers by turns, receipts by
    the handful; how many.

    Safe beside others that do the same. An event that fails is tried again later and stops no other.
    """
    until = time.monotonic() + seconds
    done = 0
    # Read once for all that is worked off in this moment: to read it again took as long as what it is read for.
    account = functools.cache(account_of)
    patient = Q(can_wait=True, received_at__gt=Now() - PATIENCE)

    def claim(channel: str, name: str, reader: str) -> list[Claimed]:
        return _claim(channel, name, reader, limit - done)

    for claimed in by_turns(_due, claim, reader="reader", patient=patient):
        dispatch.deal_with(claimed, account)
        done += len(claimed)
        if done >= limit or time.monotonic() >= until:
            break
    return done


def take_call() -> None:
    """A worker begins to look in this province: what is stored from now on calls again."""
    try:
        cache.delete(_CALL)
    except Exception as error:  # it ends by itself
        log.warning("call for %s not taken back: %s", current_province().slug, type(error).__name__)


def waiting() -> bool:
    """Whether this province has an event to work off now."""
    return _due().exists()


def forget(older_than: timedelta = KEPT_FOR) -> int:
    """Delete events that were dealt with longer ago than this: they hold personal data. How many."""
    deleted = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # By hand: the ORM would read, and decrypt, each row before it deletes it.
            cursor.execute(_FORGET, [older_than.total_seconds(), _FORGET_AT_ONCE])
            deleted += cursor.rowcount
            if cursor.rowcount < _FORGET_AT_ONCE:
                return deleted


def signs_of(address: str) -> list[str]:
    """How what is told of somebody at this address may be marked while it waits, the newest first."""
    return [index[:16] for index in blind_indexes(address, "inbound_reader")]


# By hand: the ORM does not tell whether the row was there. Nothing is taken over an account that was changed since it
# was read, so that one may be remembered.
_INSERT = """
INSERT INTO messaging_inboundevent
    (channel, account, key, raw, state, reader, can_wait, tries, problem, handled_at)
SELECT %s, %s, %s, %s, %s, %s, %s, 0, '', CASE WHEN %s THEN NULL ELSE statement_timestamp() END
WHERE (SELECT generation FROM messaging_channelaccount WHERE channel = %s AND name = %s) IS NOT DISTINCT FROM %s
ON CONFLICT (key) DO NOTHING
"""
# One statement, and by hand: a claim costs each text that waits, and Django would take five to say it.
# What one reader says is dealt with in order: a key means nothing before the code that it belongs to. One that failed
# holds up nothing that came after.
_CLAIM = """
WITH taken AS MATERIALIZED (
    SELECT id FROM messaging_inboundevent AS event
    WHERE state = 'new' AND next_try_at <= statement_timestamp() AND channel = %s AND account = %s AND reader = %s
        AND (NOT %s OR can_wait AND tries = 0)
        AND (reader = '' OR NOT EXISTS (
            SELECT FROM messaging_inboundevent AS older
            WHERE older.state = 'new' AND older.channel = event.channel AND older.account = event.account
                AND older.reader = event.reader AND older.id < event.id AND older.tries <= 1
                AND older.problem = ''))
    ORDER BY next_try_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE messaging_inboundevent AS event
SET tries = tries + 1, next_try_at = statement_timestamp() + make_interval(secs => %s)
FROM taken WHERE event.id = taken.id
RETURNING event.id, channel, account, received_at, tries, can_wait
"""
_FORGET = """
DELETE FROM messaging_inboundevent WHERE id IN (
    SELECT id FROM messaging_inboundevent WHERE state <> 'new' AND handled_at < statement_timestamp() - make_interval(secs => %s)
    ORDER BY id LIMIT %s)
"""


def _key(channel: Any, raw: bytes) -> bytes:
    try:
        return bytes(channel.event_key(raw))
    except Exception:
        # The provider signed it, so it is kept, whatever it is.
        log.exception("channel %s could not name an event", channel.code)
        return raw


class _Said(NamedTuple):
    """What must be known of a callback before it is worked off. `reader`: the sign of whose turn that uses, "" for
    nobody's. `can_wait`: it is about messages of ours, and nobody wrote. `concerns`: False where it says nothing that
    is anything to us, so that there is nothing to work off."""

    reader: str = ""
    can_wait: bool = False
    concerns: bool = True


def _understood(channel: Any, account: Account, raw: bytes) -> _Said:
    try:
        items = list(channel.parse_events(account, raw))
        address = next((item.address for item in items if getattr(item, "address", "")), "")
        reader = signs_of(address)[0] if address else ""
    except Exception:  # what cannot be read is told when it is worked off
        return _Said()
    return _Said(reader, bool(items) and all(isinstance(item, Receipt) for item in items), bool(items))


def _take_in(channel: Any, known: channel_accounts.Known, raw: bytes) -> Received | None:
    """Store what was told to this account and call who works it off; None where the account is not the same any more."""
    said = _understood(channel, known.account, raw)
    with transaction.atomic(durable=True):
        new = _store(channel, known, raw, said)
    if new is None:
        return None
    metrics.inbound(channel.code, "taken" if new else "repeated")
    if new and said.concerns and (not said.can_wait or _has_rested(current_province().slug)):
        # One call at a time: a flood here must not fill the queue in which other provinces stand.
        wakeup.wake("work_off_inbound", current_province().slug, unless=_is_called)
    return Received(new)


def _store(channel: Any, known: channel_accounts.Known, raw: bytes, said: _Said) -> bool | None:
    """Whether it is new; None where the account is not the same any more."""
    code, name = channel.code, known.account.name
    parts = (code.encode(), name.encode(), _key(channel, raw))
    key = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
    state = InboundEvent.State.NEW if said.concerns else InboundEvent.State.IGNORED
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
    return False if InboundEvent.objects.filter(key=key).exists() else None


def _has_rested(slug: str) -> bool:
    """Whether what can wait may call a worker for this province again; saying so counts as a call."""
    now = time.monotonic()
    if now - _called_at.get(slug, float("-inf")) < _PATIENCE_SECONDS:
        return False
    _called_at[slug] = now
    return True


def _is_called() -> bool:
    return not cache.add(_CALL, True, _CALL_SECONDS)


def _due() -> Any:
    return InboundEvent.objects.filter(state=InboundEvent.State.NEW, next_try_at__lte=Now())


def _claim(channel: str, account: str, reader: str, most: int = 1) -> list[Claimed]:
    """Take the event that is due for longest, and with word of a message of ours up to `most` of the same kind.

    The try counts before it is made, so that an event that kills its worker is given up; what was tried before is
    taken alone, so that it takes no others along.
    """
    taken = _take(channel, account, reader, 1)
    if taken and most > 1 and not reader:
        first, can_wait = taken[0]
        if can_wait and first.tries == 1:
            taken += _take(channel, account, reader, min(most, HANDFUL) - 1, fresh_receipts=True)
    return [one for one, _can_wait in taken]


def _take(
    channel: str, account: str, reader: str, most: int, *, fresh_receipts: bool = False
) -> list[tuple[Claimed, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [channel, account, reader, fresh_receipts, most, LEASE.total_seconds()])
        rows = sorted(cursor.fetchall())
    return [(Claimed(*row[:5]), row[5]) for row in rows]
