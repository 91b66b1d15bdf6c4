"""HTTP/1.1 with keep-alive over bare asyncio: hundreds of connections cost nothing, and one thread does all
the work, so that two requests never see half a change."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from tests.zalo_simulator.wire import Answer, Request

Handler = Callable[[Request], Answer | Awaitable[Answer]]
_END_OF_HEAD = b"\r\n\r\n"
_LARGEST = 8_000_000


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, in their order."""

    transport: asyncio.Transport

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._buffer = bytearray()
        self._busy = False
        self._continued = False
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
        taken = _chunked(rest) if "chunked" in headers.get("transfer-encoding", "") else _plain(headers, rest)
        if taken is None:
            if "expect" in headers and not self._continued:
                self._continued = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body, self._buffer, self._continued = taken[0], bytearray(taken[1]), False
        return Request(method, target, headers, body)

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
            body = b"" if request.method == "HEAD" else answer.body
            self.transport.write("\r\n".join((*lines, "", "")).encode("latin-1") + body)
            if request.headers.get("connection", "").lower() == "close":
                self.transport.close()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _plain(headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes] | None:
    length = headers.get("content-length", "0")
    size = int(length) if length.isdigit() else 0
    return (rest[:size], rest[size:]) if len(rest) >= size else None


def _chunked(rest: bytes) -> tuple[bytes, bytes] | None:
    """The whole body and what follows it; None while chunks are missing."""
    body = b""
    while True:
        line, found, rest = rest.partition(b"\r\n")
        if not found:
            return None
        size = int(line.split(b";")[0], 16)
        if len(rest) < size + 2:
            return None
        body, rest = body + rest[:size], rest[size + 2 :]
        if size == 0:
            return body, rest


async def listen(handle: Handler, host: str, port: int) -> asyncio.Server:
    """`port` 0: any free one."""
    return await asyncio.get_running_loop().create_server(
        lambda: Connection(handle), host, port, backlog=1024
    )
