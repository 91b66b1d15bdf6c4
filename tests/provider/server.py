"""HTTP/1.1 with keep-alive over bare asyncio: a request costs a few dozen microseconds, so that in speed
tests the provider is never what is measured."""

import asyncio
from http import HTTPStatus

from tests.provider.memory import Answer, Provider, Request

_END_OF_HEAD = b"\r\n\r\n"
_LARGEST = 1_000_000


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, in their order."""

    transport: asyncio.Transport

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._buffer = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _LARGEST:
            self.transport.abort()
        self._go_on()

    def _go_on(self) -> None:
        while not self._busy and (request := self._next()) is not None:
            answer = self._provider.handle(request)
            if answer.cut:
                self._busy = True
                self.transport.abort()
            elif answer.body is None:
                self._busy = True  # for ever: the client gives up
            elif answer.latency:
                self._busy = True
                asyncio.get_running_loop().call_later(answer.latency, self._write_late, answer)
            else:
                self._write(answer)

    def _next(self) -> Request | None:
        head, found, rest = self._buffer.partition(_END_OF_HEAD)
        if not found:
            return None
        first, *lines = head.split(b"\r\n")
        length = 0
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        method, target, _version = first.decode("latin-1").split(" ", 2)
        return Request(method, target, rest[:length])

    def _write_late(self, answer: Answer) -> None:
        self._busy = False
        if not self.transport.is_closing():
            self._write(answer)
            self._go_on()

    def _write(self, answer: Answer) -> None:
        body = answer.body or b""
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        if answer.retry_after is not None:
            lines.append(f"Retry-After: {answer.retry_after}")
        self.transport.write("\r\n".join((*lines, "", "")).encode() + body)


async def serve(provider: Provider, port: int, ready: "asyncio.Future[int] | None" = None) -> None:
    """Listen on 127.0.0.1 until cancelled; `ready` gets the port (0 asked for: any free one)."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(provider), "127.0.0.1", port, backlog=1024
    )
    async with server:
        if ready is not None:
            ready.set_result(int(server.sockets[0].getsockname()[1]))
        await server.serve_forever()
