"""What channels tell us: verify, store, answer; afterwards work it off.

The provider is answered as soon as what it said is committed, and nothing but its signature was looked at.
Working it off may fail, be tried again and happen twice: everything it does changes nothing the second time.
"""

import functools
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import Error, connection, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from messaging import contacts, events_log, metrics, provenance, receipts, retries
from messaging.accounts import account_of
from messaging.channels import registry
from messaging.channels.base import Account, ErasureAsked, OptOut, Receipt
from messaging.models import InboundEvent, Lane
from messaging.outbox import HINTS_REST_SECONDS
from messaging.turns import by_turns
from tenants.context import current_province
from tenants.crypto import CannotDecrypt, blind_indexes, decrypt, encrypt

log = logging.getLogger(__name__)

MOST_TRIES = 8
# Longer than a task may live: whoever holds an event when this is over died with it.
LEASE = timedelta(seconds=90)
# So long what can wait gives way to people; then it takes its turn with them, however many they are.
PATIENCE = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)
_FORGET_AT_ONCE = 1000
_BYTES = "\0"
_CALL = "inbound:call"
# A call that nobody took by then was lost, or waits long; the next may call again.
_CALL_SECONDS = 2
# What can wait calls a worker this often at most, and not as soon as the last call was taken: each answer brings two
# receipts, and each of them would cost a task.
_PATIENCE_SECONDS = 0.5
_hints_rest_until = 0.0
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


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item comes from: a callback `event` of this account, received at this moment of the database."""

    channel: str
    account: str
    event: int
    received_at: datetime


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
    # A paused lane, or a channel switched off since, still hears of what it sent.
    if not Lane.objects.filter(channel=channel_code, account=account_name).exists():
        return Unknown()
    account = account_of(channel_code, account_name)
    cause = provenance.refusal(channel, account, headers, raw)
    if cause is not None:
        metrics.inbound(channel_code, "refused")
        events_log.log("inbound.refused", channel=channel_code, account=account_name)
        log.warning("callback for %s/%s refused: %s", channel_code, account_name, cause)
        return Refused(cause, quietly=channel.refuses_quietly)
    reader, can_wait = _whom(channel, account, raw)
    with transaction.atomic(durable=True):
        new = _store(channel, account, raw, reader, can_wait)
    metrics.inbound(channel_code, "taken" if new else "repeated")
    if new and (not can_wait or _has_rested(current_province().slug)):
        _hint(current_province().slug)
    return Received(new)


def work_off(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Work off up to `limit` stored events of this province, each in a transaction of its own, those of its
    accounts and readers by turns; how many.

    Safe beside others that do the same. An event that fails is tried again later and stops no other.
    """
    until = time.monotonic() + seconds
    done = 0
    # Read once for all that is worked off in this moment: to read it again took as long as what it is read for.
    account = functools.cache(account_of)
    patient = Q(can_wait=True, received_at__gt=Now() - PATIENCE)
    for claimed in by_turns(_due, _claim, reader="reader", patient=patient):
        _work_off(claimed, account)
        done += 1
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


_INSERT = """
INSERT INTO messaging_inboundevent (channel, account, key, raw, state, reader, can_wait, tries, problem)
VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT (key) DO NOTHING
"""
# One statement, and by hand: a claim costs each text that waits, and Django would take five to say it.
_CLAIM = """
UPDATE messaging_inboundevent
SET tries = tries + 1, next_try_at = statement_timestamp() + make_interval(secs => %s)
WHERE id = (
    SELECT id FROM messaging_inboundevent
    WHERE state = 'new' AND next_try_at <= statement_timestamp() AND channel = %s AND account = %s AND reader = %s
    ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, channel, account, received_at, tries
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


def _whom(channel: Any, account: Account, raw: bytes) -> tuple[str, bool]:
    """Whose turn is used by dealing with this: the same short sign for the same person, "" for nobody. And whether
    it can wait: it is about messages of ours, and nobody wrote."""
    try:
        items = list(channel.parse_events(account, raw))
        address = next((item.address for item in items if getattr(item, "address", "")), "")
        reader = signs_of(address)[0] if address else ""
    except Exception:  # what cannot be read is told when it is worked off
        return "", False
    return reader, bool(items) and all(isinstance(item, Receipt) for item in items)


def _store(channel: Any, account: Account, raw: bytes, reader: str, can_wait: bool) -> bool:
    parts = (channel.code.encode(), account.name.encode(), _key(channel, raw))
    key = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
    with connection.cursor() as cursor:
        # By hand: the ORM does not tell whether the row was there.
        row = [
            channel.code,
            account.name,
            key,
            encrypt(as_text(raw)),
            InboundEvent.State.NEW,
            reader,
            can_wait,
        ]
        cursor.execute(_INSERT, row)
        return bool(cursor.rowcount)


def _has_rested(slug: str) -> bool:
    """Whether what can wait may call a worker for this province again; saying so counts as a call."""
    now = time.monotonic()
    if now - _called_at.get(slug, float("-inf")) < _PATIENCE_SECONDS:
        return False
    _called_at[slug] = now
    return True


def _hint(slug: str) -> None:
    global _hints_rest_until
    from messaging import tasks

    if time.monotonic() < _hints_rest_until:
        return
    try:
        # One call at a time: a flood here must not fill the queue in which other provinces stand.
        if cache.add(_CALL, True, _CALL_SECONDS):
            tasks.work_off_inbound.delay(slug)
    except Exception as error:
        # A broker that is down must not slow each callback; the sweep finds what is stored.
        _hints_rest_until = time.monotonic() + HINTS_REST_SECONDS
        log.warning("no hint for callbacks of %s: %s", slug, type(error).__name__)
        metrics.hint_failed()


def _due() -> Any:
    return InboundEvent.objects.filter(state=InboundEvent.State.NEW, next_try_at__lte=Now())


_Accounts = Callable[[str, str], Account]


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An event that is this process's to work off, as long as nobody tried it after."""

    id: int
    channel: str
    account: str
    received_at: datetime
    tries: int


def _claim(channel: str, account: str, reader: str) -> _Claimed | None:
    """Take one event. The try counts before it is made, so that an event that kills its worker is given up."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE.total_seconds(), channel, account, reader])
        row = cursor.fetchone()
    return _Claimed(*row) if row else None


@dataclass(frozen=True, slots=True)
class _Result:
    """`forget`: it asked to forget somebody, whom it names."""

    state: InboundEvent.State
    problem: str = ""
    forget: bool = False


def _work_off(event: _Claimed, account: _Accounts) -> None:
    with transaction.atomic(durable=True):
        mine = InboundEvent.objects.filter(pk=event.id, state=InboundEvent.State.NEW, tries=event.tries)
        # Read only now: what was told by who was forgotten since the claim is ended (`erasure.end_waiting`).
        cipher = mine.select_for_update().values_list(Cast("raw", TextField()), flat=True).first()
        if cipher is None:
            return
        result = _deal_with(event, cipher, account)
        if result.state == InboundEvent.State.NEW:
            mine.update(problem=result.problem, next_try_at=Now() + retries.wait_after(event.tries))
        else:
            blank = {"raw": ""} if result.forget else {}
            mine.update(
                state=result.state, problem=result.problem[:500], handled_at=Now(), reader="", **blank
            )
    if result.state == InboundEvent.State.FAILED:
        metrics.inbound(event.channel, "failed")


def _deal_with(event: _Claimed, cipher: str, account: _Accounts) -> _Result:
    if event.tries > MOST_TRIES:
        return _Result(InboundEvent.State.FAILED, _("Tiến trình xử lý dừng giữa chừng quá nhiều lần."))
    try:
        items = _read(event, cipher, account)
    except ValueError:
        return _Result(InboundEvent.State.FAILED, _("Không đọc được nội dung kênh gửi đến."))
    except registry.UnknownChannel:
        return _again(event, _("Kênh này không còn được cài đặt."))
    except _Locked:
        return _again(event, _("Không giải mã được nội dung đã lưu."))
    except Error:
        raise
    except Exception as error:
        log.exception("callback %s of %s cannot be read", event.id, event.channel)
        return _again(event, type(error).__name__)
    return _apply(event, items)


class _Locked(Exception):
    """No key opens what is stored."""


def _read(event: _Claimed, cipher: str, account: _Accounts) -> list[Any]:
    channel = registry.get(event.channel)
    try:
        text = decrypt(cipher) if cipher else ""
    except CannotDecrypt as error:
        raise _Locked from error
    return list(channel.parse_events(account(event.channel, event.account), as_bytes(text)))


def _apply(event: _Claimed, items: list[Any]) -> _Result:
    """Each item by itself: one that fails keeps back none of the others."""
    receipts.hold(event.channel, [item for item in items if isinstance(item, Receipt)])
    source = Source(event.channel, event.account, event.id, event.received_at)
    concerned = False
    problems: list[str] = []
    absent: list[str] = []
    for item in items:
        handle = _handlers.get(type(item))
        if handle is None:
            continue
        try:
            with transaction.atomic():
                concerned = bool(handle(source, item)) or concerned
        except receipts.NoSuchMessage as none:
            absent.append(str(none))
        except receipts.NotYet as early:
            problems.append(str(early))
        except Exception as error:
            log.exception("callback %s of %s", event.id, event.channel)
            problems.append(_("Lỗi khi xử lý: %(error)s.") % {"error": type(error).__name__})
    if problems or absent:
        return _again(event, (problems + absent)[0], ignored=not problems)
    forget = any(isinstance(item, ErasureAsked) for item in items)
    return _Result(InboundEvent.State.DONE if concerned else InboundEvent.State.IGNORED, forget=forget)


def _again(event: _Claimed, problem: str, *, ignored: bool = False) -> _Result:
    if event.tries < MOST_TRIES:
        return _Result(InboundEvent.State.NEW, problem[:500])
    return _Result(InboundEvent.State.IGNORED if ignored else InboundEvent.State.FAILED, problem)


def _receipt(source: Source, item: Receipt) -> bool:
    return receipts.apply(source.channel, item)


def _opt_out(source: Source, item: OptOut) -> bool:
    return bool(contacts.opt_out(source.channel, item.address, item.how))


# What is done with each kind of item, in a savepoint of its own; whether it concerned anybody here.
_handlers: dict[type, Callable[[Source, Any], bool]] = {Receipt: _receipt, OptOut: _opt_out}


def register(kind: type, handle: Callable[[Source, Any], bool]) -> None:
    """Let `handle(source, item)` deal with items of this kind, in a transaction; it must bear repetition.

    It says whether the item concerned anybody here. For rooms above: call it in AppConfig.ready().
    """
    _handlers[kind] = handle
