"""Receiving callbacks: verify, store, answer; afterwards process what is stored.

The provider is answered as soon as its callback is committed. Processing may fail, be retried and
happen twice: it changes nothing the second time. Receipts are handled together, each other item by its handler.
"""

import functools
import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import Error, OperationalError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from messaging.channels.accounts import channel_accounts
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, UnknownChannel, registry
from messaging.channels.inbound_items import ErasureAsked, Receipt
from messaging.channels.lanes import retry_policy
from messaging.channels.lanes.lanes import reserve_task, wake_worker
from messaging.channels.models import Lane
from messaging.inbound import delivery_receipts
from messaging.inbound.handlers import HANDLERS, Source, reader_keys
from messaging.inbound.models import WebhookEvent
from messaging.inbound.postgres_queue import Claimed, PostgresQueue
from tenants.isolation.context import current_province
from tenants.isolation.crypto import CannotDecrypt, decrypt, encrypt
from tenants.web import rate_limits, telemetry

log = logging.getLogger(__name__)

# Longer than a task may live: after this time the process that claimed an event is dead.
LEASE = timedelta(seconds=90)
# Receipts are processed after incoming messages for at most this long; then they take their turn with them.
PATIENCE = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)
MOST_TRIES = 8
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
State = WebhookEvent.State


class Received(StrEnum):
    """What became of a callback: stored and committed now or before, refused because its provider did not sign it, or for
    an account that is not here. Of the last two nothing was stored."""

    TAKEN = "taken"
    REPEATED = "repeated"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def receive(channel_code: str, account_name: str, headers: Mapping[str, str], raw: bytes) -> Received:
    """Store a callback for an account of the current province, if its provider signed it.

    TAKEN is said only after the commit; raises django.db.Error when it could not be stored. A repeated
    callback (`Channel.event_key`) changes nothing. Header names in any case. Must not be called inside a
    transaction.
    """
    try:
        channel = registry.get(channel_code)
    except UnknownChannel:
        return Received.UNKNOWN
    known = channel_accounts.cached(channel_code, account_name)
    if known is not None and refusal_cause(channel, known.account, headers, raw) is None:
        received = _store_and_wake(channel, known, raw)
        if received is not None:
            return received
    # A paused lane, or a channel switched off since, still hears of what it sent.
    if not Lane.objects.filter(channel=channel_code, account=account_name).exists():
        return Received.UNKNOWN
    known = channel_accounts.read(channel_code, account_name)
    cause = refusal_cause(channel, known.account, headers, raw)
    if cause is not None:
        telemetry.inbound(channel_code, Received.REFUSED)
        # Anybody may send what is refused: the metric counts all of it, the log names some.
        if rate_limits.take({f"told:refused:{channel_code}:{account_name}"[:200]: 10}, seconds=60):
            telemetry.log("inbound.refused", channel=channel_code, account=account_name)
            log.warning("callback for %s/%s refused: %s", channel_code, account_name, cause)
        return Received.REFUSED
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
        dispatch_events(claimed, account)
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
    received = Received.TAKEN if new else Received.REPEATED
    telemetry.inbound(channel.code, received)
    if new and said.concerns and (not said.can_wait or _may_wake(current_province().slug)):
        # One wake-up at a time: a flood here must not fill the queue that other provinces share.
        wake_worker(_WORK_OFF, current_province().slug, unless=lambda: not reserve_task(TASK, _TASK_SECONDS))
    return received


def _store(channel: Any, known: channel_accounts.CachedAccount, raw: bytes, said: _Summary) -> bool | None:
    """Whether it is new; None where the account was changed meanwhile."""
    code, name = channel.code, known.account.name
    parts = (code.encode(), name.encode(), _key(channel, raw))
    key = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
    state = State.NEW if said.concerns else State.IGNORED
    row = [
        code,
        name,
        key,
        encrypt(as_text(raw)),
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


def dispatch_events(events: Sequence[Claimed], account: Callable[[str, str], Account]) -> None:
    """Handle these events of one channel in one transaction, since receipts cost little together. Where that fails
    each event has a transaction of its own, and one that fails stops no other.

    Raises the exception of a single event, most likely django.db.Error, after the others were handled.
    """
    if len(events) > 1:
        try:
            return _in_one_transaction(events, account)
        except Exception as error:
            log.warning("callbacks of %s not handled together: %s", events[0].channel, type(error).__name__)
    failed: Exception | None = None
    for event in events:
        try:
            _in_one_transaction([event], account)
        except Exception as error:
            log.exception("callback %s of %s", event.id, event.channel)
            failed = failed or error
    if failed is not None:
        raise failed


@dataclass(frozen=True, slots=True)
class _Result:
    """`forget`: the event asked to erase a reader, and names the reader."""

    state: WebhookEvent.State
    problem: str = ""
    forget: bool = False


# The outcome of each receipt, by its identity: equal ones may stand in several events.
_ReceiptResults = dict[int, bool | Exception]


def _in_one_transaction(events: Sequence[Claimed], account: Callable[[str, str], Account]) -> None:
    with transaction.atomic(durable=True):
        read = [(event, _parse(event, cipher, account)) for event, cipher in _lock_claimed(events)]
        said = [item for _event, items in read if isinstance(items, list) for item in items]
        outcomes = _apply_receipts(events[0].channel, [item for item in said if isinstance(item, Receipt)])
        results = [
            (event, items if isinstance(items, _Result) else _handle_items(event, items, outcomes))
            for event, items in read
        ]
        _record_results(results)
    for event, result in results:
        if result.state == State.FAILED:
            telemetry.inbound(event.channel, "failed")


def _lock_claimed(events: Sequence[Claimed]) -> Iterator[tuple[Claimed, str]]:
    """Those that this process still holds, locked, with their ciphers.

    Read only now: events of a reader who was erased since the claim are cancelled (`handlers.cancel_pending`).
    """
    waiting = WebhookEvent.objects.filter(pk__in=[event.id for event in events], state=State.NEW)
    rows = waiting.select_for_update().order_by("pk").values_list("pk", "tries", Cast("raw", TextField()))
    ciphers = {row[:2]: row[2] for row in rows}
    for event in events:
        if (event.id, event.tries) in ciphers:
            yield event, ciphers[event.id, event.tries]


def _record_results(results: Sequence[tuple[Claimed, _Result]]) -> None:
    by_result: dict[_Result, list[int]] = {}
    for event, result in results:
        if result.state == State.NEW:
            waits = {"problem": result.problem, "next_try_at": Now() + retry_policy.wait_after(event.tries)}
            WebhookEvent.objects.filter(pk=event.id).update(**waits)
        else:
            by_result.setdefault(result, []).append(event.id)
    for result, ids in by_result.items():
        blank = {"raw": ""} if result.forget else {}
        WebhookEvent.objects.filter(pk__in=ids).update(
            state=result.state, problem=result.problem[:500], handled_at=Now(), reader="", **blank
        )


def _parse(event: Claimed, cipher: str, account: Callable[[str, str], Account]) -> list[Any] | _Result:
    if event.tries > MOST_TRIES:
        return _Result(State.FAILED, _("Tiến trình xử lý dừng giữa chừng quá nhiều lần."))
    try:
        channel = registry.get(event.channel)
        text = decrypt(cipher) if cipher else ""
        return list(channel.parse_events(account(event.channel, event.account), as_bytes(text)))
    except UnknownChannel:
        return _retry(event, _("Kênh này không còn được cài đặt."))
    except CannotDecrypt:
        return _retry(event, _("Không giải mã được nội dung đã lưu."))
    except ValueError:
        return _Result(State.FAILED, _("Không đọc được nội dung kênh gửi đến."))
    except Error:
        raise
    except Exception as error:
        log.exception("callback %s of %s cannot be read", event.id, event.channel)
        return _retry(event, type(error).__name__)


def _apply_receipts(channel: str, said: Sequence[Receipt]) -> _ReceiptResults:
    """One that fails keeps back none of the others."""
    if not said:
        return {}
    try:
        with transaction.atomic():
            return dict(zip(map(id, said), delivery_receipts.apply(channel, said), strict=True))
    except Exception as error:
        if len(said) == 1:
            return {id(said[0]): error}
    outcomes: _ReceiptResults = {}
    for one in said:
        outcomes |= _apply_receipts(channel, [one])
    return outcomes


def _handle_items(event: Claimed, items: list[Any], outcomes: _ReceiptResults) -> _Result:
    """Each item by itself: one that fails keeps back none of the others."""
    source = Source(event.channel, event.account, event.id, event.since)
    concerned = False
    problems: list[str] = []
    absent: list[str] = []
    for item in items:
        try:
            concerned = _handle_item(source, item, outcomes) or concerned
        except delivery_receipts.NoSuchMessage as none:
            absent.append(str(none))
        except delivery_receipts.NotYet as early:
            problems.append(str(early))
        except Exception as error:
            log.exception("callback %s of %s", event.id, event.channel)
            problems.append(_("Lỗi khi xử lý: %(error)s.") % {"error": type(error).__name__})
    if problems or absent:
        return _retry(event, (problems + absent)[0], ignored=not problems)
    forget = any(isinstance(item, ErasureAsked) for item in items)
    return _Result(State.DONE if concerned else State.IGNORED, forget=forget)


def _handle_item(source: Source, item: Any, outcomes: _ReceiptResults) -> bool:
    if isinstance(item, Receipt):
        came = outcomes[id(item)]
        if isinstance(came, Exception):
            raise came
        return came
    handle = HANDLERS.get(type(item))
    if handle is None:
        return False
    with transaction.atomic():
        return bool(handle(source, item))


def _retry(event: Claimed, problem: str, *, ignored: bool = False) -> _Result:
    if event.tries < MOST_TRIES:
        return _Result(State.NEW, problem[:500])
    return _Result(State.IGNORED if ignored else State.FAILED, problem)


def refusal_cause(channel: Any, account: Account, headers: Mapping[str, str], raw: bytes) -> str | None:
    """Why this callback is not authentic for the account; None if it is. Raises nothing. Names of headers in any
    case."""
    try:
        rejected = channel.verify_webhook(
            account, {name.lower(): text for name, text in headers.items()}, raw
        )
    except Exception as error:
        # Any sender may post anything here; a callback that breaks a channel's code is refused, not an error of ours.
        log.exception("channel %s could not verify a callback", channel.code)
        return type(error).__name__
    if rejected is not None:
        return str(rejected.cause)
    return None if _concerns(channel, account, raw) else "of another account"


def _concerns(channel: Any, account: Account, raw: bytes) -> bool:
    """Whether this account is among those that a callback names, if it names any.

    A secret may be that of an app which several provinces share: the signature alone would let one speak
    at the door of another.
    """
    try:
        destination = channel.destination(raw)
    except Exception:
        return False
    if destination is None:
        return True
    app = str(account.config.get("app_id", ""))
    return (
        destination.app == app and bool(account.external_id) and account.external_id in destination.accounts
    )


_BYTES = "\0"


def as_text(raw: bytes) -> str:
    """`raw` as text that can be stored, whatever it is; `as_bytes` gives it back byte for byte."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _BYTES + raw.decode("latin-1")
    return _BYTES + raw.decode("latin-1") if text.startswith(_BYTES) else text


def as_bytes(text: str) -> bytes:
    """The bytes of which `as_text` made this text."""
    return text[1:].encode("latin-1") if text.startswith(_BYTES) else text.encode()
