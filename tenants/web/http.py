"""Calls to providers of messages and of sign-in: the only way from here to the network.

Calls go over https on port 443 to public addresses alone (`public_addresses`), except for the places that
OUTBOUND_ALLOW names: the gateway in an account's settings must not open a way into the data centre. Redirects
are not followed, no proxy is taken from the environment, and every call ends.

Connections are kept by httpcore's pool. A pool is not shared with processes forked later.
"""

import os
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from json import loads
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
import httpcore
from django.conf import settings

from tenants.web import public_addresses

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
    """A connection that keeps to the time of the call it serves and notes when something is sent."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.close = inner.close  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        seconds = left(timeout, httpcore.WriteTimeout)
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


@cache
def trust() -> ssl.SSLContext:
    """Whom to believe: the roots of this machine, where an office may have added its own, else the usual.

    Read once in a process, for all pools.
    """
    context = ssl.create_default_context()
    places = ssl.get_default_verify_paths()
    if places.cafile is None and places.capath is None:
        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=6)


def parse_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The wait that a Retry-After names, in seconds or as a date, held between a second and six hours.

    None when it names none. `now` is best the moment at the provider (its Date header), because a date
    measured by a wrong clock of ours would be wrong by as much.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # As many digits as a wait may have: the rest says no more than "long".
        wait = timedelta(seconds=int(text[:9]))
    else:
        moment = parse_date(text)
        if moment is None:
            return None
        wait = moment - now
    return min(max(wait, SHORTEST), LONGEST)


def parse_date(text: str | None) -> datetime | None:
    """The moment an HTTP date names, aware; None when it names none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MOST_BYTES = 1024 * 1024
# Shorter than servers usually keep theirs, so that a call seldom meets one that is just being closed.
KEEP_SECONDS = 4.0
KEEP_MOST = 64

_Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side answered in full. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return loads(self.body)
        except (ValueError, RecursionError):
            return None

    def retry_after(self) -> timedelta | None:
        """How long the other side wants to be left alone, by its own clock where it tells the time."""
        now = parse_date(self.headers.get("date")) or datetime.now(UTC)
        return parse_retry_after(self.headers.get("retry-after"), now)


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing of the call reached the other side. `cause` holds neither address nor secret.

    `refused`: not for want of trying, but because this place may not be called.
    """

    cause: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The call may have reached the other side, and no full answer came back."""

    cause: str


Result = Answered | NotSent | Cut


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    connect: float = CONNECT_SECONDS,
    read: float = READ_SECONDS,
    total: float | None = None,
    most: float = MOST_BYTES,
) -> Result:
    """Make one call; never raises for what the network or the other side does. Usable from any thread.

    `connect` includes the look-up of the name, `read` is the longest silence, `total` the end of it all
    (default: both together), `most` the bytes of an answer. A redirect is an answer like any other.
    """
    begin(connect + read if total is None else total)
    try:
        parts, place, only_public = _target(url, settings.OUTBOUND_ALLOW)
        request = _request(method, parts, place, headers or {}, body, connect, read)
        return _exchange(only_public, request, most)
    except Exception as error:
        # Whatever it was, what counts is whether something had left by then.
        if current.sent:
            return Cut(type(error).__name__)
        return NotSent(_cause(error), refused=isinstance(error, NotAllowed | NotPublic))


def may_be_called(url: str) -> bool:
    """Whether nothing in the address itself forbids a call: scheme, port, a number that is not public. Where a name
    leads is seen at the call."""
    try:
        _target(url, settings.OUTBOUND_ALLOW)
    except NotAllowed:
        return False
    return True


class NotAllowed(ValueError):
    """This address may not be called."""


def _target(url: str, allowed: frozenset[tuple[str, int]]) -> tuple[SplitResult, _Place, bool]:
    try:
        parts = urlsplit(url)
        place, only_public = _place(parts.scheme, parts.netloc, allowed)
    except ValueError as error:
        raise NotAllowed(str(error) if isinstance(error, NotAllowed) else "not an address") from None
    return parts, place, only_public


@lru_cache(maxsize=256)
def _place(scheme: str, netloc: str, allowed: frozenset[tuple[str, int]]) -> tuple[_Place, bool]:
    parts = urlsplit(f"{scheme}://{netloc}")
    if scheme not in ("http", "https") or not parts.hostname:
        raise NotAllowed("only http and https are called")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("an address holds no password")
    host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    port = (443 if scheme == "https" else 80) if parts.port is None else parts.port
    named = (host, port) in allowed
    if not named and (scheme, port) != ("https", 443):
        raise NotAllowed("only https on port 443 is called, unless OUTBOUND_ALLOW names the place")
    if not named and public_addresses.is_written_inside(host):
        raise NotAllowed("the address is not public")
    return (scheme, host, port), not named


def _request(
    method: str,
    parts: SplitResult,
    place: _Place,
    headers: Mapping[str, str],
    body: bytes,
    connect: float,
    read: float,
) -> httpcore.Request:
    scheme, host, port = place
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    shown = f"[{host}]" if ":" in host else host
    if port != (443 if scheme == "https" else 80):
        shown = f"{shown}:{port}"
    lines = [(b"Host", shown.encode()), (b"Accept-Encoding", b"identity"), (b"User-Agent", b"mot-cua")]
    lines += [(name.encode("ascii"), value.encode()) for name, value in headers.items()]
    if body or method not in ("GET", "HEAD"):
        lines.append((b"Content-Length", b"%d" % len(body)))
    return httpcore.Request(
        method,
        httpcore.URL(scheme=scheme.encode(), host=host.encode(), port=port, target=target.encode("ascii")),
        headers=lines,
        content=body or None,
        extensions={"timeout": {"connect": connect, "read": read, "write": read}},
    )


def _exchange(only_public: bool, request: httpcore.Request, most: float) -> Result:
    response = _pool(only_public).handle_request(request)
    try:
        body = _read(response, most)
    finally:
        response.close()
    # Of a header that stands twice the last counts: none that is read here may.
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Answered(response.status, headers, body)


def _read(response: httpcore.Response, most: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_stream():
        size += len(piece)
        if size > most:
            raise httpcore.ReadError("the answer is too long")
        pieces.append(piece)
    return b"".join(pieces)


@cache
def _pool(only_public: bool) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=trust(),
        max_connections=None,
        max_keepalive_connections=KEEP_MOST,
        keepalive_expiry=KEEP_SECONDS,
        network_backend=Backend(only_public=only_public),
    )


os.register_at_fork(after_in_child=_pool.cache_clear)


def _cause(error: Exception) -> str:
    """A word for operators. Texts of other errors may quote what was sent, so only their kind is named."""
    if isinstance(error, NotAllowed | Unreached):
        return str(error)
    return type(error).__name__


def forget() -> None:
    for only_public in (True, False):
        _pool(only_public).close()
    _pool.cache_clear()
