"""Asking clamd whether a file holds a virus."""

import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 40.0
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
PORT = 3310


class ScannerError(Exception):
    """The scanner gave no verdict: out of reach, too slow, or an answer that is none."""


def is_configured() -> bool:
    return bool(settings.CLAMD_URL)


def ask(url: str, chunks: Iterable[bytes]) -> str:
    """The name of the virus that clamd finds in these bytes, "" for none; raises ScannerError.

    Speaks INSTREAM (clamd(8)): lengths of four bytes, big end first, a zero at the end. All of it takes at
    most 40 seconds, however slowly the other side answers.
    """
    deadline = time.monotonic() + WHOLE_SECONDS
    framed = (struct.pack(">I", len(chunk)) + chunk for chunk in chunks)
    received = b""
    try:
        with _connect(url) as line:
            # It hangs up in the middle of a file that is too large for it; the answer says so.
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in chain([b"zINSTREAM\0"], framed, [struct.pack(">I", 0)]):
                    line.settimeout(_left(deadline))
                    line.sendall(part)
            while not received.endswith(b"\0") and len(received) < LONGEST_ANSWER:
                line.settimeout(_left(deadline))
                if not (part := line.recv(CHUNK)):
                    break
                received += part
    except OSError as error:
        raise ScannerError("no answer") from error
    answer = received.rstrip(b"\0\n").decode("utf-8", "replace")
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND") and said != " FOUND":
        return said.removesuffix(" FOUND")
    raise ScannerError("no verdict")


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "tcp":
        return socket.create_connection((parts.hostname or "", parts.port or PORT), timeout=CONNECT_SECONDS)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(CONNECT_SECONDS)
    try:
        line.connect(parts.path)
    except OSError:
        line.close()
        raise
    return line


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
