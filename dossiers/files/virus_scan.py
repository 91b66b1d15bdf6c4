"""Asking clamd whether a file holds a virus, and keeping its answer.

A file waits until it is found clean. Where no scanner is configured nothing is scanned, and its state says
so. A hint to a worker may be lost: `waiting` finds what still has to be done in the database.
"""

import logging
import socket
import struct
import time
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from dossiers.files import storage
from dossiers.models import Attachment
from tenants import clock
from tenants.audit import log as audit

log = logging.getLogger(__name__)
State = Attachment.ScanState

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 40.0
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
PORT = 3310
HINT_IS_LOST_AFTER = timedelta(minutes=1)
TRY_AGAIN_AFTER = timedelta(minutes=5)
AT_A_SWEEP = 200

UNFINISHED = (State.PENDING, State.ERROR, State.NOT_SCANNED)


class ScannerError(Exception):
    """The scanner gave no verdict: out of reach, too slow, or an answer that is none."""


def is_configured() -> bool:
    """Whether this installation has a virus scanner."""
    return bool(settings.CLAMD_URL)


def first_state() -> str:
    """The state of a file that has just been stored."""
    return State.PENDING if is_configured() else State.NOT_SCANNED


def is_safe(attachment: Attachment) -> bool:
    """Whether the file may be given out: found clean, or never scanned where nothing scans."""
    if attachment.scan_state == State.NOT_SCANNED:
        return not is_configured()
    return attachment.scan_state == State.CLEAN


def scan(attachment_id: int) -> str:
    """Have one file scanned and keep the verdict; the state it is in afterwards, "" when there is no such file.

    Scanning twice does no harm. What was found infected stays so. No transaction is open meanwhile.
    """
    attachment = Attachment.objects.filter(pk=attachment_id).first()
    if attachment is None:
        return ""
    if not is_configured() or attachment.scan_state not in UNFINISHED:
        return attachment.scan_state
    threat = ""
    try:
        with storage.fetch(attachment.stored_name) as file:
            threat = ask(settings.CLAMD_URL, file.chunks(CHUNK))
    except Exception as error:
        # After a failure of scanner or store the scan is tried again; until then the file is not given out.
        log.warning("attachment %s not scanned: %s", attachment.pk, type(error).__name__)
        state = State.ERROR
    else:
        state = State.INFECTED if threat else State.CLEAN
    changed = Attachment.objects.filter(pk=attachment.pk, scan_state__in=UNFINISHED).update(
        scan_state=state, scanned_at=clock.now(), threat=threat[:100]
    )
    if changed and state == State.INFECTED:
        audit.record(
            "file.infected", attachment.dossier.subject, attachment=attachment.pk, threat=threat[:100]
        )
    return state


def waiting() -> list[int]:
    """Files of this province that have to be scanned (again) now, oldest first, at most 200.

    Where no scanner is configured any more, what still waits is put down as not scanned.
    """
    now = clock.now()
    if not is_configured():
        Attachment.objects.filter(scan_state__in=(State.PENDING, State.ERROR)).update(
            scan_state=State.NOT_SCANNED
        )
        return []
    lost = Q(scan_state=State.PENDING, uploaded_at__lt=now - HINT_IS_LOST_AFTER)
    failed = Q(scan_state=State.ERROR, scanned_at__lt=now - TRY_AGAIN_AFTER)
    found = Attachment.objects.filter(lost | failed | Q(scan_state=State.NOT_SCANNED))
    return list(found.order_by("uploaded_at").values_list("pk", flat=True)[:AT_A_SWEEP])


def ask(url: str, chunks: Iterable[bytes]) -> str:
    """The name of the virus that clamd finds in these bytes, "" for none; raises ScannerError.

    Speaks INSTREAM (clamd(8)): lengths of four bytes, big end first, a zero at the end. All of it takes at
    most 40 seconds, however slowly the other side answers.
    """
    deadline = time.monotonic() + WHOLE_SECONDS
    try:
        with _connect(url) as line:
            try:
                _send(line, b"zINSTREAM\0", deadline)
                for chunk in chunks:
                    _send(line, struct.pack(">I", len(chunk)) + chunk, deadline)
                _send(line, struct.pack(">I", 0), deadline)
            except (BrokenPipeError, ConnectionResetError):
                # It hangs up in the middle of a file that is too large for it; the answer says so.
                pass
            answer = _answer(line, deadline)
    except OSError as error:
        raise ScannerError("no answer") from error
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


def _send(line: socket.socket, content: bytes, deadline: float) -> None:
    line.settimeout(_left(deadline))
    line.sendall(content)


def _answer(line: socket.socket, deadline: float) -> str:
    received = b""
    while not received.endswith(b"\0") and len(received) < LONGEST_ANSWER:
        line.settimeout(_left(deadline))
        part = line.recv(CHUNK)
        if not part:
            break
        received += part
    return received.rstrip(b"\0\n").decode("utf-8", "replace")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
