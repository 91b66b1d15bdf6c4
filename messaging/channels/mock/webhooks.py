"""The pretended provider's side of receipts: what it tells, how it signs it, and how it comes to our door.

It calls the portal over HTTP like a real one, on this machine only. It repeats what is not answered with 2xx a
few times. What a dying process did not tell any more is learnt by asking: see `reconcile_unknown`.
"""

import heapq
import http.client
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from messaging.channels.base import Account
from messaging.channels.mock.magic_numbers import LaterReceipt, later_receipts
from messaging.channels.mock.store import Journal, Taken
from tenants import clock

log = logging.getLogger(__name__)

SIGNATURE = "x-mock-signature"
TIMEOUT_SECONDS = 5.0
REPEATED_AFTER_SECONDS = (2.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Callback:
    """A request as the provider sends it to the account's `callback_url`."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def signature(province: UUID, account_name: str, raw: bytes) -> str:
    """HMAC-SHA256 of the body, under a key that each account of each province has for itself."""
    return salted_hmac(f"mot-cua:{province}:mock:{account_name}", raw, algorithm="sha256").hexdigest()


def callback(account: Account, event: Mapping[str, str]) -> Callback:
    """A signed callback that tells `event`."""
    body = json.dumps(event, ensure_ascii=False).encode()
    signed = signature(account.province, account.name, body)
    return Callback(account.callback_url, body, {"content-type": "application/json", SIGNATURE: signed})


def due_callbacks(account: Account) -> list[Callback]:
    """All that the provider has told about this account's messages by now, oldest message first.

    For tests, which carry it to the door themselves: there no thread calls.
    """
    now = clock.now()
    return [
        callback(account, _event(taken, receipt))
        for taken in Journal(account.province).all_taken()
        for receipt in later_receipts(taken.number)
        if taken.when + timedelta(seconds=receipt.seconds) <= now
    ]


def call_later(account: Account, taken: Taken) -> None:
    """Tell about this message when the time has come, from a thread that ends with the process.

    Only where people look at a demonstration: tests call for themselves, and service has no such channel.
    """
    if not account.callback_url or not (settings.DEMO or settings.DEBUG):
        return
    for receipt in later_receipts(taken.number):
        _postman.take(callback(account, _event(taken, receipt)), receipt.seconds)


def post(sent: Callback) -> bool:
    """Carry a callback to the portal on this machine; whether it was taken.

    Always to the loopback address, whatever the host is called: `*.localhost` is known to browsers alone.
    """
    address = urlsplit(sent.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", address.path, sent.body, {"Host": address.netloc, **sent.headers})
        return connection.getresponse().status // 100 == 2
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _event(taken: Taken, receipt: LaterReceipt) -> dict[str, str]:
    detail = {"unreachable": _("Máy của người nhận tắt quá lâu.")}.get(receipt.code, "")
    return {
        "event": receipt.event,
        "tracking_id": taken.tracking_id,
        "message_id": taken.message_id,
        "code": receipt.code,
        "detail": detail,
        "at": (taken.when + timedelta(seconds=receipt.seconds)).isoformat(),
    }


class _Postman:
    """One thread for all callbacks of this process, however many wait."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self.leave_all_behind()

    def leave_all_behind(self) -> None:
        """A forked child starts with nothing: what waits is its parent's, and so is the thread."""
        self._change = threading.Condition()
        self._bag: list[tuple[float, int, int, Callback]] = []
        self._thread: threading.Thread | None = None

    def take(self, sent: Callback, seconds: float, round_: int = 0) -> None:
        with self._change:
            heapq.heappush(self._bag, (time.monotonic() + seconds, next(self._numbers), round_, sent))
            if self._thread is None:
                self._thread = threading.Thread(target=self._walk, name="mock-callbacks", daemon=True)
                self._thread.start()
            self._change.notify()

    def _walk(self) -> None:
        while True:
            sent, round_ = self._next()
            if post(sent):
                continue
            if round_ < len(REPEATED_AFTER_SECONDS):
                self.take(sent, REPEATED_AFTER_SECONDS[round_], round_ + 1)
            else:
                log.warning("mock channel: nobody takes the callback for %s", urlsplit(sent.url).path)

    def _next(self) -> tuple[Callback, int]:
        with self._change:
            while not self._bag or self._bag[0][0] > time.monotonic():
                self._change.wait(self._bag[0][0] - time.monotonic() if self._bag else None)
            _due, _number, round_, sent = heapq.heappop(self._bag)
            return sent, round_


_postman = _Postman()
os.register_at_fork(after_in_child=_postman.leave_all_behind)
