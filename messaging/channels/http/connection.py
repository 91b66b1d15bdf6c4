"""Connections: where they lead, how long a call may take, and whether any of it has left."""

import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import certifi
import httpcore

from messaging.channels.http import public_addresses

_plain = httpcore.SyncBackend()


class Unreached(httpcore.ConnectError):
    """No connection came about. The text names no address."""


class NotPublic(Unreached):
    """The name leads to where nothing may be called."""


class _Call(threading.local):
    """The call that this thread is making. `sent`: some of it may have reached the other side."""

    until: float = 0.0
    sent: bool = False


current = _Call()


def begin(seconds: float) -> None:
    """This thread starts a call that may take so long."""
    current.until = time.monotonic() + seconds
    current.sent = False


def left(most: float | None, error: type[Exception]) -> float:
    """The time for the next step; raises `error` when the call's is up."""
    seconds = current.until - time.monotonic()
    if seconds <= 0:
        raise error("the time for this call is up")
    return seconds if most is None or seconds < most else most


class Stream(httpcore.NetworkStream):
    """A connection that keeps to the time of the call it serves and notes when something is sent.

    What is written leaves when the answer is asked for, head and body in one piece: each piece costs both
    sides a turn. A call's body is held in memory anyway.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._unsent: list[bytes] = []
        self._patience: float | None = None
        self.close = inner.close  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            # Who refuses early may have answered before all had left.
            with suppress(httpcore.WriteError):
                self._send()
        return self._inner.read(max_bytes, left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent.append(buffer)
        self._patience = timeout

    def _send(self) -> None:
        buffer = b"".join(self._unsent)
        self._unsent.clear()
        seconds = left(self._patience, httpcore.WriteTimeout)
        current.sent = True
        self._inner.write(buffer, seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = left(timeout, httpcore.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, seconds))


class Backend(httpcore.NetworkBackend):
    """Looks a name up, judges what it leads to and connects to exactly that.

    The name itself goes into the TLS handshake, so the certificate must still be the name's.
    """

    def __init__(self, *, only_public: bool) -> None:
        self._only_public = only_public

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        until = time.monotonic() + left(timeout, httpcore.ConnectTimeout)
        try:
            found = public_addresses.resolve(
                host, port, until - time.monotonic(), only_public=self._only_public
            )
        except public_addresses.Refused as refusal:
            raise (NotPublic if refusal.not_public else Unreached)(str(refusal)) from None
        for tried, address in enumerate(found):
            # Each gets its share of what is left, so that one that is silent leaves time for the next.
            share = (until - time.monotonic()) / (len(found) - tried)
            if share <= 0:
                break
            try:
                return Stream(_plain.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise Unreached("no address could be reached")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise Unreached("sockets of this machine are not called")


def trust() -> ssl.SSLContext:
    """Whom to believe: the roots of this machine, where an office may have added its own, else the usual."""
    context = ssl.create_default_context()
    places = ssl.get_default_verify_paths()
    if places.cafile is None and places.capath is None:
        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
