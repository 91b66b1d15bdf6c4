"""RSGI outside, Django's WSGI application inside: bodies are read by the event loop, pages are made by threads.

Django itself stays synchronous: one thread makes one page, with the database connection of that thread.

A request without a body goes straight to a thread of its kind. Where it costs much (a file, a password, a heavy list) it
waits for a place first; a place is asked for before the body is read. The event loop reads the body before a thread takes
the request: a slow client holds no thread. A body that is too large is not read to its end. Django still answers, with a
page in the person's language: `body_refusal` reads the reason from the environment of the request.
"""

import asyncio
import io
import logging
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol

from portal.server.readers import LOOK_SECONDS, Readers
from portal.server.threads import WAIT_SECONDS, Sender, SenderLeft, Share, SharedThreads, TurnTooLate
from tenants.files import SHA256

Headers = list[tuple[str, str]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PAGES = "pages"
"""The threads that answer whatever wants no place of another kind."""
PLACE_SECONDS, PLACE_TRIES = 1.0, 10
"""So long a request waits for a place, and so often it asks meanwhile."""
SHORT_MOST = 2
"""Pages, searches and callbacks that a process makes at one time for one network."""
WAITING_MAX = 2
"""Requests that wait at one time in a process for the same place; more are refused at once."""
TURN_SECONDS = 20.0
"""So long one who has a place waits for a thread, all of which may be at files and exports of others."""
PROBE_SECONDS = 5.0
LARGE = 64 * 1024
"""Bytes of an answer above which it is sent from a file: the server keeps all of any other for one who reads nothing."""
LARGE_SECONDS = 60
"""After so long a large answer goes from its folder; for half as long others who ask for the same share it."""
LARGE_TOTAL, PRUNE_SECONDS = 512 * 1024 * 1024, 5.0
"""Bytes that the folder may hold, looked after so often; the oldest go first."""
BODY_KEY, WORK_KEY, SENDER_KEY = "portal.body", "portal.work", "portal.sender"
FILES_KEY = "portal.files"
"""False where the body was read and holds no file: a form whose boxes for files were left empty."""
_NAMED_FILE = re.compile(rb'filename\*?\s*=\s*(?!"")', re.IGNORECASE)
ALIVE, FIT = "/healthz", "/readyz/here"
BODY_COMPLETE = "complete"
BODY_SECONDS = 10.0
"""A body that anybody may send is complete within so many seconds, or refused."""
MEMORY_MAX = 64 * 1024
"""Longer bodies are kept in a temporary file."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LATE = "Nội dung gửi lên quá chậm nên chưa nhận được. Xin gửi lại khi mạng ổn định.\nYour request arrived too slowly."
LENGTHLESS = "Biểu mẫu gửi lên phải ghi độ dài.\nA form must announce its length."
CROWDED = "Mạng của ông/bà đang gửi quá nhiều yêu cầu cùng một lúc. Xin thử lại sau ít phút.\nToo many requests at once."
BROKEN = "Yêu cầu bị hỏng trên đường truyền.\nThe request was broken on its way."
FAULT = "Cổng đang gặp lỗi. Xin thử lại sau ít phút.\nThe portal has a fault. Please try again later."

log = logging.getLogger(__name__)
_pruned: dict[Path, float] = {}


class Refusal(StrEnum):
    """Why a request was not taken, or its body not read to its end."""

    TOO_LARGE = "too large"
    TOO_MANY = "too many"


class Disconnected(Exception):
    """The request ended before its body was complete."""


class Lengthless(Exception):
    """A form came without its length, which the server cannot tell from one that was cut off; or a body that wants a
    place, which would be held for nobody knows how much."""


class TooSlow(Exception):
    """The body did not arrive in its time."""


@dataclass(frozen=True)
class Wanted:
    """A place that a request wants, and what body it may bring.

    `threads` answer it; a process has `most` such places at one time, `shared` by name. `counters` are {name: size} of
    places that all processes count together, each given back after `seconds` at the latest. A body larger than what
    anybody may send keeps `rate_min` bytes a second after `grace` seconds.
    """

    threads: str
    shared: str
    most: int
    body_max: int
    counters: Mapping[str, int]
    seconds: int
    rate_min: int = 0
    grace: float = BODY_SECONDS
    group: str = ""
    """The province or network whose people take turns as one; otherwise each place has its own."""
    province: str = ""
    """The province that never has all threads, however many networks ask there."""

    @property
    def line(self) -> Sender:
        """Where those stand who want the same place."""
        place = " ".join((self.shared, *self.counters))
        return Sender(f"{self.shared} {self.group}" if self.group else place, place, self.province)


class Places(Protocol):
    """What the portal says of a request. `want`, `take` and `leave` may ask the database, and run in a thread."""

    def sort(self, environ: Mapping[str, Any]) -> tuple[str, int, bool]:
        """The threads that answer this request without a place, its largest body, and whether it wants a place."""

    def sender(self, environ: Mapping[str, Any]) -> Sender:
        """By whom threads are shared."""

    def want(self, environ: Mapping[str, Any]) -> Wanted | None:
        """The place, or None where it is an ordinary page after all."""

    def take(self, wanted: Wanted) -> bool:
        """Count it against its counters if each has room; whether they had."""

    def leave(self, wanted: Wanted) -> None:
        """Give back what `take` counted."""


def body_refusal(environ: Mapping[str, Any]) -> Refusal | None:
    """Why the body of this request is missing; None where it was read, or where another server read it."""
    value = environ.get(BODY_KEY)
    return value if isinstance(value, Refusal) else None


async def read_body(
    parts: AsyncIterator[bytes],
    file: IO[bytes],
    *,
    size_max: int,
    rate_min: int = 0,
    grace: float = BODY_SECONDS,
) -> Refusal | None:
    """Write the body to `file` and set it to its beginning.

    The whole body may take `grace` seconds; with `rate_min` (bytes a second) as long as it keeps that rate.
    Raises Disconnected and TooSlow.
    """
    loop = asyncio.get_running_loop()
    begun, size = loop.time(), 0
    while True:
        end = begun + grace + (size / rate_min if rate_min else 0)
        try:
            async with asyncio.timeout_at(end):
                part = await anext(parts)
        except StopAsyncIteration:
            file.seek(0)
            return None
        except TimeoutError as error:
            raise TooSlow from error
        except Exception as error:
            raise Disconnected from error
        size += len(part)
        if size > size_max:
            return Refusal.TOO_LARGE
        file.write(part)


def new_body_file() -> IO[bytes]:
    """Where a body is kept until it was answered."""
    return tempfile.SpooledTemporaryFile(MEMORY_MAX)


class Application:
    """An RSGI application that runs a WSGI application in `threads` of several kinds, by name; PAGES is one of them.

    Of each kind so many, and so many for one network at one time; of the `short` kinds together SHORT_MOST. `note_wait` is given the seconds that a page waits for a
    thread, every PROBE_SECONDS. `fault` says why this machine should get no visitors. Large answers lie in `folder` while they are sent; processes may share it.
    """

    def __init__(
        self,
        wsgi: Wsgi,
        *,
        threads: Mapping[str, tuple[int, int]],
        short: Collection[str] = (),
        places: Places,
        note_wait: Callable[[float], None],
        fault: Callable[[], str] = str,
        folder: Path,
    ) -> None:
        self._wsgi, self._places, self._note_wait, self._fault = wsgi, places, note_wait, fault
        share = Share(SHORT_MOST)
        self._threads = {
            name: SharedThreads(name, *numbers, share=share if name in short else None)
            for name, numbers in threads.items()
        }
        self._taken: Counter[str] = Counter()
        self._waiting: Counter[Sender] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._folder, self._readers = folder, Readers()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to measure how long a page waits: a process that answers nothing else still says that it lives. And to
        look at who reads large answers."""
        self._tasks = [loop.create_task(self._measure_waits()), loop.create_task(self._watch_readers())]

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in self._tasks:
            task.cancel()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.path == ALIVE:
            # Said by the process itself, however long pages wait.
            return _send_text(protocol, 200, "ok")
        if scope.path == FIT:
            # In a thread of no page: all of those may wait for a database that is frozen.
            fault = await asyncio.to_thread(self._fault)
            return _send_text(protocol, 503 if fault else 200, fault or "ok")
        environ = environment(scope)
        name, body_max, wants_place = self._places.sort(environ)
        environ[SENDER_KEY] = self._places.sender(environ)
        try:
            if not wants_place and not ("CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ):
                await self._run(name, environ, io.BytesIO(), None, protocol)
            else:
                with new_body_file() as file:
                    await self._answer(name, body_max, wants_place, environ, file, protocol)
        except TooSlow:
            # From here: six hundred pages at the same second would keep others waiting.
            _send_text(protocol, 408, LATE)
        except TurnTooLate:
            _send_text(protocol, 429, CROWDED)
        except Lengthless:
            _send_text(protocol, 411, LENGTHLESS)
        except (Disconnected, SenderLeft):
            _send_text(protocol, 400, BROKEN)
        except OSError as error:
            # No file for the body: the disk is full, or too many are open.
            log.error("a body could not be kept: %s", error)
            _send_text(protocol, 503, FAULT)

    async def _answer(
        self,
        name: str,
        body_max: int,
        wants_place: bool,
        environ: dict[str, Any],
        file: IO[bytes],
        protocol: Any,
    ) -> None:
        # A small body may come before a place is asked for: a half-sent one holds none.
        if wants_place and "HTTP_TRANSFER_ENCODING" in environ:
            raise Lengthless
        is_small, refused = not wants_place or _announced(environ) <= body_max, None
        if is_small:
            refused = await self._read(environ, file, body_max, protocol)
            if wants_place:
                environ[FILES_KEY] = bool(_NAMED_FILE.search(file.read()))
                file.seek(0)
        if not wants_place or refused:
            return await self._run(name, environ, file, refused, protocol)
        sender = environ[SENDER_KEY]
        wanted = await self._threads[PAGES].run(
            sender, self._places.want, environ, left=protocol.client_disconnect
        )
        if wanted is None:
            refused = None if is_small else Refusal.TOO_LARGE
            return await self._run(name, environ, file, refused, protocol)
        environ[WORK_KEY] = wanted.threads
        if not await self._take(sender, wanted):
            return await self._run(name, environ, file, Refusal.TOO_MANY, protocol)
        try:
            if not is_small:
                refused = await self._read(
                    environ, file, wanted.body_max, protocol, rate_min=wanted.rate_min, grace=wanted.grace
                )
            if not refused:
                environ[SENDER_KEY] = wanted.line
            await self._run(name if refused else wanted.threads, environ, file, refused, protocol)
        finally:
            self._taken[wanted.shared] -= 1
            # Not waited for: the request may be cancelled by now.
            self._threads[PAGES].executor.submit(self._places.leave, wanted)

    async def _take(self, sender: Sender, wanted: Wanted) -> bool:
        """Whether a place came free for it within PLACE_SECONDS."""
        line = wanted.line
        if self._waiting[line] >= WAITING_MAX:
            return False
        self._waiting[line] += 1
        try:
            for _turn in range(PLACE_TRIES):
                if self._taken[wanted.shared] < wanted.most:
                    self._taken[wanted.shared] += 1
                    is_taken = False
                    try:
                        is_taken = await self._threads[PAGES].run(sender, self._places.take, wanted)
                    finally:
                        self._taken[wanted.shared] -= not is_taken
                    if is_taken:
                        return True
                await asyncio.sleep(PLACE_SECONDS / PLACE_TRIES)
            return False
        finally:
            self._waiting[line] -= 1
            if not self._waiting[line]:
                del self._waiting[line]

    async def _read(
        self, environ: dict[str, Any], file: IO[bytes], size_max: int, protocol: Any, **pace: Any
    ) -> Refusal | None:
        size, is_chunked = _announced(environ), "HTTP_TRANSFER_ENCODING" in environ
        if is_chunked and environ.get("CONTENT_TYPE", "").lower().startswith(FORMS):
            raise Lengthless
        if size > size_max and not is_chunked:
            return Refusal.TOO_LARGE
        refused = await read_body(aiter(protocol), file, size_max=size_max, **pace)
        if refused is None and size != file.seek(0, 2) and not is_chunked:
            raise Disconnected
        file.seek(0)
        return refused

    async def _run(
        self, name: str, environ: dict[str, Any], file: IO[bytes], refused: Refusal | None, protocol: Any
    ) -> None:
        environ[BODY_KEY] = refused or BODY_COMPLETE
        environ["wsgi.input"] = file
        if refused:
            # What was read of it is not a form. The announced length stays, which Django refuses by.
            file.seek(0)
            file.truncate()
        elif "HTTP_TRANSFER_ENCODING" in environ:
            # Django reads as much as is announced; of a body in chunks the length is known by now.
            environ["CONTENT_LENGTH"] = str(file.seek(0, 2))
            file.seek(0)
        is_work = WORK_KEY in environ and not refused
        try:
            sender = environ[SENDER_KEY]
            status, headers, body = await self._threads[name].run(
                sender, run, self._wsgi, environ, bool(refused), self._folder,
                longest=TURN_SECONDS if is_work else WAIT_SECONDS, left=protocol.client_disconnect,
            )  # fmt: skip
        except SenderLeft:
            raise
        except TurnTooLate:
            if not is_work:
                raise
            return await self._run(PAGES, environ, file, Refusal.TOO_MANY, protocol)
        except Exception:
            log.exception("no answer could be made")
            return _send_text(protocol, 500, FAULT)
        if isinstance(body, bytes):
            protocol.response_bytes(status, headers, body)
            return
        peer, network = (
            f"{environ['REMOTE_ADDR']}:{environ['REMOTE_PORT']}",
            self._places.sender(environ).network,
        )
        if self._readers.begin(peer, network, body, asyncio.get_running_loop().time()):
            protocol.response_file(status, headers, str(body))
        else:
            _send_text(protocol, 429, CROWDED)

    async def _watch_readers(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._readers.look(loop.time())
            await loop.run_in_executor(None, _prune_now, self._folder)

    async def _measure_waits(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asked = loop.time()
            await self._threads[PAGES].run(Sender(""), float)
            self._note_wait(loop.time() - asked)
            await asyncio.sleep(PROBE_SECONDS)


def _announced(environ: Mapping[str, Any]) -> int:
    if "HTTP_TRANSFER_ENCODING" in environ:
        return sys.maxsize
    length = environ.get("CONTENT_LENGTH", "0")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def run(
    wsgi: Wsgi, environ: dict[str, Any], ends_connection: bool, folder: Path
) -> tuple[int, Headers, bytes | Path]:
    """Make one answer in this thread: its status, headers, and whole body; a large one in a file of this folder.

    Streams are written to their end as well, so that a slow reader holds no thread. Equal answers share one file: a
    thousand readers that take nothing fill neither memory nor disk.
    """
    begun: dict[str, Any] = {}

    def start_response(status: str, headers: Headers, _error: Any = None) -> None:
        begun.update(
            status=int(status[:3]),
            headers=[*headers, ("Connection", "close")] if ends_connection else headers,
        )

    answer = wsgi(environ, start_response)
    headers = begun["headers"]
    sha256s = [value for name, value in headers if name == SHA256]
    headers[:] = [one for one in headers if one[0] != SHA256]
    try:
        if sha256s and environ["REQUEST_METHOD"] == "GET":
            # A file that is read again and again is copied once.
            with suppress(FileNotFoundError):
                os.utime(kept := folder / sha256s[0])
                return begun["status"], headers, kept
        parts = iter(answer)
        body = next(parts, b"")
        following = next(parts, None)
        if following is None and len(body) <= LARGE:
            return begun["status"], headers, body
        return begun["status"], headers, _keep(chain((body, following or b""), parts), folder)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()


def _keep(parts: Iterable[bytes], folder: Path) -> Path:
    """The file of this content in this folder, from which old ones go."""
    digest = sha256()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for part in parts:
            digest.update(part)
            file.write(part)
    # By the clock of the disk: that of the machine may be an hour off.
    written = Path(file.name)
    now = written.stat().st_mtime
    if now - _pruned.get(folder, 0) >= PRUNE_SECONDS:
        _pruned[folder] = now
        _prune(folder, now)
    kept = folder / digest.hexdigest()
    # As long as it is read, it is young; none that is still given out is old enough to go.
    if kept.exists() and kept.stat().st_mtime > now - LARGE_SECONDS / 2:
        written.unlink()
    else:
        written.replace(kept)
    return kept


def _prune_now(folder: Path) -> None:
    os.utime(folder)
    _prune(folder, folder.stat().st_mtime)


def _prune(folder: Path, now: float) -> None:
    """Remove what is old, and of the rest the oldest beyond the folder's size; what is sent now is open already."""
    found = []
    for one in folder.iterdir():
        with suppress(FileNotFoundError):
            about = one.stat()
            found.append((about.st_mtime, about.st_size, one))
    total = 0
    for changed, size, one in sorted(found, reverse=True):
        total += size
        if changed < now - LARGE_SECONDS or (total > LARGE_TOTAL and changed < now - PRUNE_SECONDS):
            one.unlink(missing_ok=True)


def answers_folder() -> Path:
    """Where large answers of this user's processes lie: what a killed one left is removed by the next.

    Raises PermissionError where another user made it.
    """
    folder = Path(tempfile.gettempdir(), f"mot-cua-answers-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder


def _send_text(protocol: Any, status: int, text: str) -> None:
    """A short answer without Django, after which the connection ends."""
    headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
    protocol.response_str(status, headers, f"{text}\n")


LONGEST_CONTENT_TYPE = 256
_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]{1,64}/[\w!#$&^.+-]{1,64})\s*(?:;|\Z)", re.ASCII)
_BOUNDARY = re.compile(r""";\s*boundary=("?)([\w'()+,./:=?-]{1,70})\1\s*(?:;|\Z)""", re.ASCII | re.IGNORECASE)


def plain_content_type(value: str) -> str:
    """The media type and its boundary alone; "" where it is none.

    Other parameters are read in a time that grows with the square, and a charset, of which there are many spellings,
    chooses a decoder that does so as well. Requests are UTF-8, whatever they claim.
    """
    found = _MEDIA_TYPE.match(value[:LONGEST_CONTENT_TYPE])
    if found is None or len(value) > LONGEST_CONTENT_TYPE:
        return ""
    boundary = _BOUNDARY.search(value)
    return f"{found[1].lower()}; boundary={boundary[2]}" if boundary else found[1].lower()


def environment(scope: Any) -> dict[str, Any]:
    """The WSGI environment of an RSGI request, without its body."""
    host, _colon, port = scope.server.rpartition(":")
    client, _colon, client_port = scope.client.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version in ("1", "1.0") else "HTTP/1.1",
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port or "0",
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": client_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            # It would be read as the header with a hyphen, past a proxy that sets only that one.
            continue
        if name == "range":
            # Every slice of a large file would be an answer of its own to keep.
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
            key = f"HTTP_{key}"
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    if "CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = plain_content_type(environ["CONTENT_TYPE"])
    return environ
