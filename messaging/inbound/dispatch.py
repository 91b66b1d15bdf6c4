"""Dispatch of inbound events: each callback is authenticated and parsed, and each item goes to its handler.

Receipts are handled here; for all other kinds of items rooms and modules register (`handlers` does).

A callback may fail, be retried and happen twice: everything done here changes nothing the second time.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, transaction
from django.db.models import TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from messaging.channels.base import Account, UnknownChannel, registry
from messaging.channels.inbound_items import ErasureAsked, Receipt
from messaging.channels.lanes import retry_policy
from messaging.inbound import delivery_receipts
from messaging.inbound.handlers import HANDLERS, Source
from messaging.inbound.models import WebhookEvent
from messaging.inbound.postgres_queue import Claimed
from tenants.isolation.crypto import CannotDecrypt, decrypt
from tenants.web import telemetry

log = logging.getLogger(__name__)

MOST_TRIES = 8

State = WebhookEvent.State


AccountLookup = Callable[[str, str], Account]


def dispatch_events(events: Sequence[Claimed], account: AccountLookup) -> None:
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


def _in_one_transaction(events: Sequence[Claimed], account: AccountLookup) -> None:
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


def _parse(event: Claimed, cipher: str, account: AccountLookup) -> list[Any] | _Result:
    """The items of an event, or the result of one that cannot be parsed."""
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
