"""ASGI outside, Django's WSGI application inside: bodies are read by the event loop, pages are made by threads.

Django itself stays synchronous: one thread makes one page, with the database connection of that thread.

The event loop reads the body before a thread takes the request: a slow client holds no thread. A body that is too
large is not read to its end. Django still answers, with a page in the person's language: `body_refusal` reads the
reason from the environment of the request.
"""

import asyncio
import contextvars
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import IO, Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

UPLOAD_THREADS = 2
"""Large bodies are worked on by threads of their own, so that other pages never wait for them."""
UPLOADS_AT_ONCE = 4
PART = 64 * 1024
"""Bytes of an answer that are sent at a time."""
READER_SECONDS = 120.0
"""A reader that takes no part for so long is given up; the kernel keeps megabytes for a slow one."""
BODY_KEY = "portal.body"
BODY_COMPLETE = "complete"
BODY_SECONDS = 10.0
"""A body that anybody may send is complete within so many seconds, or refused."""
BYTES_A_SECOND = 50_000
"""An upload of a signed-in person arrives at this rate or faster; the first BODY_SECONDS are not measured."""
MEMORY_MAX = 256 * 1024
"""Longer bodies are kept in a temporary file."""
LATE = "Nội dung gửi lên quá chậm nên chưa nhận được. Xin gửi lại khi mạng ổn định.\nYour request arrived too slowly."
BROKEN = "Yêu cầu bị hỏng trên đường truyền.\nThe request was broken on its way."
FAULT = "Cổng đang gặp lỗi. Xin thử lại sau ít phút.\nThe portal has a fault. Please try again later."

log = logging.getLogger(__name__)


class Refusal(StrEnum):
    """Why a body was not read to its end."""

    TOO_LARGE = "too large"
    TOO_MANY = "too many"


class Disconnected(Exception):
    """The request ended before its body was complete."""


class TooSlow(Exception):
    """The body did not arrive in its time."""


def body_refusal(environ: Mapping[str, Any]) -> Refusal | None:
    """Why the body of this request is missing; None where it was read, or where another server read it."""
    value = environ.get(BODY_KEY)
    return value if isinstance(value, Refusal) else None


async def read_body(receive: Receive, file: IO[bytes], *, size_max: int, rate_min: int = 0) -> Refusal | None:
    """Write the body to `file` and set it to its beginning.

    The whole body may take BODY_SECONDS; with `rate_min` (bytes a second) as long as it keeps that rate.
    Raises Disconnected and TooSlow.
    """
    loop = asyncio.get_running_loop()
    begun, size, more = loop.time(), 0, True
    while more:
        end = begun + BODY_SECONDS + (size / rate_min if rate_min else 0)
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > size_max:
            return Refusal.TOO_LARGE
        file.write(part)
        more = message.get("more_body", False)
    file.seek(0)
    return None


def new_body_file() -> IO[bytes]:
    """Where a body is kept until it was answered."""
    return tempfile.SpooledTemporaryFile(MEMORY_MAX)


class Application:
    """An ASGI application that runs a WSGI application in threads.

    `begin_upload` answers why the sender of a request may not send a body of more than `body_max` bytes, up to
    `upload_max`, now; None where they may. It runs in a thread, before the body is read. `end_upload` is called after
    each upload that it let in, whatever became of it.
    """

    def __init__(
        self,
        wsgi: Wsgi,
        *,
        threads: int,
        body_max: int,
        upload_max: int,
        begin_upload: Callable[[dict[str, Any]], Refusal | None],
        end_upload: Callable[[dict[str, Any]], None],
    ) -> None:
        self._wsgi, self._begin_upload, self._end_upload = wsgi, begin_upload, end_upload
        self._body_max, self._upload_max = body_max, upload_max
        self._pages = ThreadPoolExecutor(threads, "page")
        self._uploads = ThreadPoolExecutor(UPLOAD_THREADS, "upload")
        self._uploading = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _handle_lifespan(receive, send)
        elif scope["type"] == "http":
            with new_body_file() as file:
                try:
                    await self._answer(environment(scope), file, receive, send)
                except TooSlow:
                    # From here: six hundred pages at the same second would keep others waiting.
                    await _send_text(send, 408, LATE)
                except Disconnected:
                    await _send_text(send, 400, BROKEN)

    async def _answer(self, environ: dict[str, Any], file: IO[bytes], receive: Receive, send: Send) -> None:
        announced = environ.get("CONTENT_LENGTH", "0")
        size = int(announced) if announced.isdecimal() and len(announced) < 20 else 0
        if size <= self._body_max:
            refused = await read_body(receive, file, size_max=self._body_max)
        elif size > self._upload_max:
            refused = Refusal.TOO_LARGE
        else:
            refused = await self._in_thread(self._pages, self._begin_upload, environ)
            if refused is None:
                return await self._receive_upload(environ, file, receive, send)
        await self._run(self._pages, environ, file, refused, receive, send)

    async def _receive_upload(
        self, environ: dict[str, Any], file: IO[bytes], receive: Receive, send: Send
    ) -> None:
        self._uploading += 1
        try:
            if self._uploading > UPLOADS_AT_ONCE:
                return await self._run(self._pages, environ, file, Refusal.TOO_MANY, receive, send)
            refused = await read_body(receive, file, size_max=self._upload_max, rate_min=BYTES_A_SECOND)
            await self._run(self._uploads, environ, file, refused, receive, send)
        finally:
            self._uploading -= 1
            # Not waited for: the request may be cancelled by now.
            self._pages.submit(self._end_upload, environ)

    async def _run(
        self,
        pool: ThreadPoolExecutor,
        environ: dict[str, Any],
        file: IO[bytes],
        refused: Refusal | None,
        receive: Receive,
        send: Send,
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
        try:
            start, answer = await self._in_thread(pool, run, self._wsgi, environ, bool(refused))
        except Exception:
            log.exception("no answer could be made")
            return await _send_text(send, 500, FAULT)
        with answer:
            await send(start)
            await _send_body(answer, receive, send)

    @staticmethod
    async def _in_thread(pool: ThreadPoolExecutor, function: Callable[..., Any], *given: Any) -> Any:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, function, *given)


def run(wsgi: Wsgi, environ: dict[str, Any], ends_connection: bool) -> tuple[Message, IO[bytes]]:
    """Make one answer in this thread: its first message, and its whole body in a file at its beginning.

    Streams are written to their end as well, so that a slow reader holds no thread.
    """
    start: Message = {}

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        if ends_connection:
            headers = [*headers, ("Connection", "close")]
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        start.update(type="http.response.start", status=int(status[:3]), headers=pairs)

    body = new_body_file()
    answer = wsgi(environ, start_response)
    try:
        body.writelines(answer)
    except BaseException:
        body.close()
        raise
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    body.seek(0)
    return start, body


async def _send_text(send: Send, status: int, text: str) -> None:
    """A short answer without Django, after which the connection ends."""
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        "connection": "close",
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": f"{text}\n".encode(), "more_body": False})


async def _send_body(body: IO[bytes], receive: Receive, send: Send) -> None:
    """Send the body in parts, until the reader is gone or takes none for READER_SECONDS."""
    part, following = body.read(PART), body.read(PART)
    if not following:
        return await send({"type": "http.response.body", "body": part, "more_body": False})
    gone = asyncio.ensure_future(receive())
    try:
        while part and not gone.done():
            async with asyncio.timeout(READER_SECONDS):
                await send({"type": "http.response.body", "body": part, "more_body": bool(following)})
            part, following = following, body.read(PART)
    except TimeoutError:
        return
    finally:
        gone.cancel()


def environment(scope: Message) -> dict[str, Any]:
    """The WSGI environment of an ASGI request, without its body."""
    host, port = scope.get("server") or ("", None)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.0" if scope["http_version"] in ("1", "1.0") else "HTTP/1.1",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:
            # It would be read as the header with a hyphen, past a proxy that sets only that one.
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
            key = f"HTTP_{key}"
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    return environ


async def _handle_lifespan(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
