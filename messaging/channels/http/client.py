"""One call to a provider, and what became of it.

Connections are kept per place in a stack of their own, taken and given back without a lock: the threads of
a hanging provider hold nobody else up. They are not shared with processes forked later.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from json import loads
from ssl import SSLContext
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore
from django.conf import settings

from messaging.channels.http import connection as http_connection
from messaging.channels.http import public_addresses
from messaging.channels.http.retry_after import parse_date, parse_retry_after

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MOST_BYTES = 1024 * 1024
# Shorter than servers usually keep theirs, so that a call seldom meets one that is just being closed.
KEEP_SECONDS = 4.0
KEEP_MOST = 64

_Place = tuple[str, str, int]
_kept: dict[_Place, list[httpcore.HTTPConnection]] = {}
os.register_at_fork(after_in_child=_kept.clear)


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
        except ValueError:
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
) -> Result:
    """Make one call; never raises for what the network or the other side does. Usable from any thread.

    `connect` includes the look-up of the name, `read` is the longest silence, `total` the end of it all
    (default: both together). A redirect is an answer like any other.
    """
    http_connection.begin(connect + read if total is None else total)
    try:
        parts, place, only_public = _target(url, settings.OUTBOUND_ALLOW)
        request = _request(method, parts, place, headers or {}, body, connect, read)
        return _exchange(place, only_public, request)
    except Exception as error:
        # Whatever it was, what counts is whether something had left by then.
        if http_connection.current.sent:
            return Cut(type(error).__name__)
        return NotSent(_cause(error), refused=isinstance(error, NotAllowed | http_connection.NotPublic))


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


def _exchange(place: _Place, only_public: bool, request: httpcore.Request) -> Result:
    connection = _take(place) or _open(place, only_public)
    try:
        response = connection.handle_request(request)
        try:
            body = _read(response)
        finally:
            response.close()
    except BaseException:
        connection.close()
        raise
    _give_back(place, connection)
    # Of a header that stands twice the last counts: none that is read here may.
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Answered(response.status, headers, body)


def _read(response: httpcore.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise httpcore.ReadError("the answer is too long")
        pieces.append(piece)
    return b"".join(pieces)


def _take(place: _Place) -> httpcore.HTTPConnection | None:
    kept = _kept.get(place)
    while kept:
        try:
            connection = kept.pop()
        except IndexError:
            break
        if connection.is_available() and not connection.has_expired():
            return connection
        connection.close()
    return None


def _give_back(place: _Place, connection: httpcore.HTTPConnection) -> None:
    kept = _kept.setdefault(place, [])
    if connection.is_available() and len(kept) < KEEP_MOST:
        kept.append(connection)
    else:
        connection.close()


def _open(place: _Place, only_public: bool) -> httpcore.HTTPConnection:
    scheme, host, port = place
    return httpcore.HTTPConnection(
        httpcore.Origin(scheme.encode(), host.encode(), port),
        ssl_context=_trust() if scheme == "https" else None,
        keepalive_expiry=KEEP_SECONDS,
        network_backend=http_connection.Backend(only_public=only_public),
    )


@cache
def _trust() -> SSLContext:
    return http_connection.trust()


def _cause(error: Exception) -> str:
    """A word for operators. Texts of other errors may quote what was sent, so only their kind is told."""
    if isinstance(error, NotAllowed | http_connection.Unreached):
        return str(error)
    return type(error).__name__


def forget() -> None:
    """Close what is kept."""
    for kept in list(_kept.values()):
        while kept:
            kept.pop().close()
