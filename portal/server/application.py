"""ASGI outside, Django's WSGI application inside: bodies are read by the event loop, pages are made by threads.

Django itself stays synchronous: one thread makes one page, with the database connection of that thread.
"""

import asyncio
import contextvars
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from portal.server import bodies

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

UPLOAD_THREADS = 2
"""Large bodies are worked on by threads of their own, so that other pages never wait for them."""
UPLOADS_AT_ONCE = 4
PART = 64 * 1024
"""Bytes of an answer that are sent at a time."""
READER_SECONDS = 120.0
"""A reader that takes no part for so long is given up; the kernel keeps megabytes for a slow one."""
LATE = "Nội dung gửi lên quá chậm nên chưa nhận được. Xin gửi lại khi mạng ổn định.\nYour request arrived too slowly."
BROKEN = "Yêu cầu bị hỏng trên đường truyền.\nThe request was broken on its way."
FAULT = "Cổng đang gặp lỗi. Xin thử lại sau ít phút.\nThe portal has a fault. Please try again later."

log = logging.getLogger(__name__)


class Application:
    """An ASGI application that runs a WSGI application in threads.

    `may_upload` answers whether the sender of a request may send a body of more than `body_max` bytes, up to
    `upload_max`; it runs in a thread, before the body is read.
    """

    def __init__(
        self,
        wsgi: Wsgi,
        *,
        threads: int,
        body_max: int,
        upload_max: int,
        may_upload: Callable[[dict[str, Any]], bool],
    ) -> None:
        self._wsgi, self._may_upload = wsgi, may_upload
        self._body_max, self._upload_max = body_max, upload_max
        self._pages = ThreadPoolExecutor(threads, "page")
        self._uploads = ThreadPoolExecutor(UPLOAD_THREADS, "upload")
        self._uploading = 0

    async def __call__(self, scope: Message, receive: bodies.Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            with bodies.new_file() as file:
                try:
                    await self._answer(environment(scope), file, receive, send)
                except bodies.TooSlow:
                    # From here: six hundred pages at the same second would keep others waiting.
                    await _say(send, 408, LATE)
                except bodies.Disconnected:
                    await _say(send, 400, BROKEN)

    async def _answer(
        self, environ: dict[str, Any], file: IO[bytes], receive: bodies.Receive, send: Send
    ) -> None:
        announced = environ.get("CONTENT_LENGTH", "0")
        size = int(announced) if announced.isdecimal() and len(announced) < 20 else 0
        if size <= self._body_max:
            refused = await bodies.read(receive, file, size_max=self._body_max)
        elif size > self._upload_max or not await self._in(self._pages, self._may_upload, environ):
            refused = bodies.Refusal.TOO_LARGE
        elif self._uploading >= UPLOADS_AT_ONCE:
            refused = bodies.Refusal.TOO_MANY
        else:
            return await self._take_upload(environ, file, receive, send)
        await self._run(self._pages, environ, file, refused, receive, send)

    async def _take_upload(
        self, environ: dict[str, Any], file: IO[bytes], receive: bodies.Receive, send: Send
    ) -> None:
        self._uploading += 1
        try:
            refused = await bodies.read(
                receive, file, size_max=self._upload_max, rate_min=bodies.BYTES_A_SECOND
            )
            await self._run(self._uploads, environ, file, refused, receive, send)
        finally:
            self._uploading -= 1

    async def _run(
        self,
        pool: ThreadPoolExecutor,
        environ: dict[str, Any],
        file: IO[bytes],
        refused: bodies.Refusal | None,
        receive: bodies.Receive,
        send: Send,
    ) -> None:
        environ[bodies.KEY] = refused or bodies.COMPLETE
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
            start, answer = await self._in(pool, run, self._wsgi, environ, bool(refused))
        except Exception:
            log.exception("no answer could be made")
            return await _say(send, 500, FAULT)
        with answer:
            await send(start)
            await _send_body(answer, receive, send)

    @staticmethod
    async def _in(pool: ThreadPoolExecutor, function: Callable[..., Any], *given: Any) -> Any:
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

    body = bodies.new_file()
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


async def _say(send: Send, status: int, text: str) -> None:
    """A short answer without Django, after which the connection ends."""
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        "connection": "close",
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": f"{text}\n".encode(), "more_body": False})


async def _send_body(body: IO[bytes], receive: bodies.Receive, send: Send) -> None:
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


async def _live(receive: bodies.Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
