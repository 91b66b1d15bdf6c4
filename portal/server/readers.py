"""Who reads large answers: so many of one network at one time, each at a least rate; who is slower is cut off.

The server sends a file by itself, and waits without end for one who reads nothing. So the kernel is asked how much the
other side has taken. Only Linux says it; elsewhere no reader is counted.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS, LOOK_AGAIN = 5.0, 0.5
"""So often all are looked at; so soon again where a network has as many as it may."""
READ_BYTES, READ_SECONDS = 60_000, 120.0
"""So much is taken in so long. A line of 2G carries four times that; so it may stand still between, or a proxy take steps."""
MOST, MANY, MOST_THEN = 32, 256, 8
"""Readers of one network in a process; once there are so many of all, a network has fewer."""
_OPEN_FILES = Path("/proc/self/fd")
# Of struct tcp_info: packets not acknowledged yet, bytes acknowledged, bytes never sent.
_ABOUT = struct.Struct("=24xI92xQ16xI")


@dataclass
class Reader:
    """One answer that is being sent: since `since` more than `before` bytes are to be taken; `acked` when last looked at."""

    network: str
    file: Path
    since: float
    before: int = -1
    acked: int = -1
    waits: bool = True


class Readers:
    """Those of one process, by the address and port of their connection. Used by the event loop alone."""

    def __init__(self) -> None:
        self._of: dict[str, Reader] = {}
        self._looked = 0.0

    def begin(self, peer: str, network: str, file: Path, now: float) -> bool:
        """Count one more; False where its network has as many as it may, and then nothing is counted."""
        if self._is_full(network) and now >= self._looked + LOOK_AGAIN:
            self.look(now)
        if self._is_full(network):
            return False
        self._of[peer] = Reader(network, file, now)
        return True

    def look(self, now: float) -> None:
        """Forget who has all, and cut off who is too slow or whose file had to go."""
        self._looked = now
        there = {}
        for peer, connection in _connections() if self._of else ():
            # It may end at this moment.
            with suppress(OSError):
                if (reader := self._of.get(peer)) and _goes_on(reader, connection, now):
                    there[peer] = reader
        self._of = there

    def _is_full(self, network: str) -> bool:
        waiting = [one.network for one in self._of.values() if one.waits]
        return waiting.count(network) >= (MOST if len(waiting) < MANY else MOST_THEN)


def _goes_on(reader: Reader, connection: socket.socket, now: float) -> bool:
    """Whether it has not all yet, and may go on; who may not is cut off."""
    unacked, acked, unsent = _ABOUT.unpack(
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ABOUT.size)
    )
    reader.waits = bool(unacked or unsent)
    if not reader.waits and acked == reader.acked:
        return False
    reader.acked = acked
    if reader.before < 0:
        reader.before = acked
    elif not reader.waits or acked >= reader.before + READ_BYTES:
        reader.since, reader.before = now, acked
    with suppress(FileNotFoundError):
        # Who asks for the same shares it, and it stays as long as it is read.
        os.utime(reader.file)
    if not reader.waits or (reader.file.exists() and now <= reader.since + READ_SECONDS):
        return True
    # With all that the kernel still holds for it.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    return False


def _connections() -> Iterator[tuple[str, socket.socket]]:
    """The open connections of this process, by the address and port of the other side."""
    for number in os.listdir(_OPEN_FILES) if _OPEN_FILES.is_dir() else ():
        with suppress(OSError), ExitStack() as opened:
            # A copy: the server may close its own, and open another by this number, at any moment.
            copy = os.dup(int(number))
            opened.callback(os.close, copy)
            with socket.socket(fileno=copy) as one:
                opened.pop_all()
                address = one.getpeername()
                yield f"{address[0]}:{address[1]}" if isinstance(address, tuple) else "", one
