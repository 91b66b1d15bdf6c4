"""HTTP/1.1 on this machine alone: what both simulators serve, and what they post to webhooks.

Keep-alive over bare asyncio: hundreds of connections cost nothing, and a request a few dozen microseconds, so
that in speed tests the simulator is never what is measured. One thread does all the work, so that two requests
never see half a change.
"""

import asyncio
import contextlib
import json
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

_END_OF_HEAD = b"\r\n\r\n"
_LARGEST = 8_000_000
JSON = "application/json;charset=utf-8"
HTML = "text/html;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form; {} when its type does not say so."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        pairs = parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    def below(self, prefix: str) -> "Request":
        """The same request as the host behind `prefix` sees it."""
        return replace(self, target=self.target.removeprefix(prefix) or "/")


@dataclass
class Answer:
    """`ending`: "" is a whole answer; "cut" closes the connection without a byte, "silent" never answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    latency: float = 0.0
    ending: str = ""

    def json(self) -> Any:
        """The content, or None when the body is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def dumps(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(content: Any, status: int = 200) -> Answer:
    return Answer(status, dumps(content), {"Content-Type": JSON})


def html_answer(page: str, status: int = 200) -> Answer:
    return Answer(status, page.encode(), {"Content-Type": HTML})


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", {"Location": location})


Handler = Callable[[Request], Answer | Awaitable[Answer]]


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, in their order."""

    transport: asyncio.Transport

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._buffer = bytearray()
        self._busy = False
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _LARGEST:
            self.transport.abort()
        else:
            self._go_on()

    def _go_on(self) -> None:
        while not self._busy and (request := self._next()) is not None:
            answer = self._handle(request)
            if isinstance(answer, Answer):
                self._settle(request, answer)
            else:
                self._busy = True
                self._task = asyncio.ensure_future(self._later(request, answer))

    async def _later(self, request: Request, coming: Awaitable[Answer]) -> None:
        self._answer_late(request, await coming)

    def _settle(self, request: Request, answer: Answer) -> None:
        if answer.latency:
            self._busy = True
            asyncio.get_running_loop().call_later(answer.latency, self._answer_late, request, answer)
        else:
            self._write(request, answer)

    def _answer_late(self, request: Request, answer: Answer) -> None:
        self._busy = False
        if not self.transport.is_closing():
            self._write(request, answer)
            self._go_on()

    def _next(self) -> Request | None:
        head, found, rest = bytes(self._buffer).partition(_END_OF_HEAD)
        if not found:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        method, _, target = first.rpartition(" ")[0].partition(" ")
        size = int(headers.get("content-length", "0"))
        if len(rest) < size:
            return None
        self._buffer = bytearray(rest[size:])
        return Request(method, target, headers, rest[:size])

    def _write(self, request: Request, answer: Answer) -> None:
        if answer.ending == "cut":
            self._busy = True
            self.transport.abort()
        elif answer.ending == "silent":
            self._busy = True  # for ever: the client gives up
        else:
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            self.transport.write("\r\n".join((*lines, "", "")).encode("latin-1") + answer.body)
            if request.headers.get("connection", "").lower() == "close":
                self.transport.close()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


async def serve(handle: Handler, host: str, port: int, ready: Callable[[int], object]) -> None:
    """Serve until cancelled; `ready` is called with the port (0 asked for: any free one)."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handle), host, port, backlog=1024
    )
    async with server:
        ready(int(server.sockets[0].getsockname()[1]))
        await server.serve_forever()


async def until_terminated(serving: Coroutine[Any, Any, None]) -> None:
    """Serves until SIGTERM or SIGINT."""
    task = asyncio.ensure_future(serving)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def post(
    url: str, body: bytes, headers: dict[str, str], limit: float, method: str = "POST"
) -> tuple[str, bool, float]:
    """One request: the status answered or why there was none, whether a connection was had, how long it took.

    Goes to this machine alone: what a simulator says must not reach anybody else.
    """
    address = urlsplit(url)
    host = address.hostname or ""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    if address.scheme != "http" or not (host in ("127.0.0.1", "localhost") or host.endswith(".localhost")):
        return "not this machine", False, 0.0
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    fixed = {"Host": address.netloc, "Content-Length": str(len(body)), "Connection": "close"}
    kind = {"Content-Type": "application/json"} if body else {}
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {**fixed, **kind, **headers}.items()]
    connected = False
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port or 80)
            connected = True
            try:
                writer.write("\r\n".join((*lines, "", "")).encode() + body)
                await writer.drain()
                words = (await reader.readline()).split()
                answer = words[1].decode() if len(words) > 1 else "no answer"
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        answer = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
    return answer, connected, loop.time() - begun
