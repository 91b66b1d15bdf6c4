"""Which addresses may be called, and where a name leads."""

import os
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# Names are looked up again after this; a connection that is kept is not.
REMEMBER_SECONDS = 30.0
# More than these are not tried for one connection.
MOST_ADDRESSES = 4

_NAT64 = IPv6Network("64:ff9b::/96")
# Public by number, but answered by the machine that rents out the server.
_CLOUD_HOSTS = frozenset({ip_address("168.63.129.16"), ip_address("192.0.0.192")})

# Endings that no public name has: RFC 6761, 6762 and 8375, and what ICANN keeps for networks of one's own.
_OWN_NETWORK = ("localhost", "local", "internal", "home.arpa", "lan", "corp", "home")

_asked: "dict[tuple[str, int], tuple[float, Future[list[str]]]]" = {}
"""By host and port: until when its answer is good, and the answer."""
_lock = threading.Lock()


def _after_fork() -> None:
    """The threads that would answer stayed behind in the parent, and one of them may have held the lock."""
    global _lock
    _lock = threading.Lock()
    _asked.clear()


os.register_at_fork(after_in_child=_after_fork)


class Refused(Exception):
    """Not to be called (`not_public`), or not to be found. The text names no address."""

    def __init__(self, text: str, *, not_public: bool = False) -> None:
        super().__init__(text)
        self.not_public = not_public


@lru_cache(maxsize=1024)
def is_public(address: str) -> bool:
    """Whether this IP address is out in the open: not private, shared, local, reserved or a way to such."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        inner = _inside(parsed)
        if inner is not None:
            return is_public(str(inner))
    return (
        parsed.is_global
        and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)
        and parsed not in _CLOUD_HOSTS
    )


def is_written_inside(host: str) -> bool:
    """Whether a host says by itself that it is not public.

    A number, however it is written: 127.0.0.1, ::1, 2130706433, 0x7f.1. A name without a dot or of a network of
    one's own: localhost, sms.internal.
    """
    try:
        return not is_public(host)
    except ValueError:
        pass
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, UnicodeError):
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith(tuple(f".{ending}" for ending in _OWN_NETWORK))


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The older address that a newer one carries, under any of the schemes that lead to it."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def resolve(host: str, port: int, seconds: float, *, only_public: bool) -> list[str]:
    """The addresses of a host, all of them fit to be called; raises Refused.

    One bad address among good ones refuses them all: an honest name has none. The caller connects to what
    it got here, so that a name cannot lead elsewhere a moment later.
    """
    addresses = _look_up(host, port, seconds)
    if only_public and not all(map(is_public, addresses)):
        raise Refused("the address is not public", not_public=True)
    return addresses[:MOST_ADDRESSES]


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system's resolver, which knows no time-out of its own: hence the thread, one per name."""
    with suppress(ValueError):
        return [str(ip_address(host))]
    with _lock:
        until, asking = _asked.get((host, port), (0.0, Future[list[str]]()))
        if until <= time.monotonic():
            asking = Future()
            # Without an end while it is asked.
            _asked[host, port] = (float("inf"), asking)
            threading.Thread(target=_answer, args=(asking, host, port), name="look-up", daemon=True).start()
    try:
        addresses = asking.result(timeout=max(seconds, 0.001))
    except TimeoutError:
        raise Refused("the name was not resolved in time") from None
    if not addresses:
        raise Refused("the name is not known")
    return addresses


def _answer(asking: "Future[list[str]]", host: str, port: int) -> None:
    found: list[str] = []
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    except (OSError, UnicodeError):
        pass
    finally:
        with _lock:
            _asked[host, port] = (time.monotonic() + REMEMBER_SECONDS if found else 0.0, asking)
        asking.set_result(found)


def forget() -> None:
    """Forget all names."""
    _asked.clear()
