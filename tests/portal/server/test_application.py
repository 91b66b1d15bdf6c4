"""A WSGI application behind ASGI: what reaches it, and that a slow reader holds none of its threads."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from portal.server import application
from portal.server.application import PART, Application, Refusal

LARGE = b"x" * (3 * PART + 1)


def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/large` is a stream; any other page says what it was asked with."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/large":
        return (LARGE[start : start + 1000] for start in range(0, len(LARGE), 1000))
    names = ("HTTP_COOKIE", "HTTP_X_FORWARDED_FOR", "CONTENT_TYPE", "QUERY_STRING")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [repr((*(environ.get(name) for name in names), body)).encode()]


class Visitor:
    """Asks for one page and keeps what was sent; `reads` parts of it before nothing more is taken."""

    def __init__(
        self, path: str = "/", headers: tuple[tuple[bytes, bytes], ...] = (), reads: int = 99
    ) -> None:
        self.scope = {
            "type": "http", "method": "GET", "path": path, "query_string": b"a=1", "http_version": "1.1",
            "headers": headers, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        self.reads, self.asked, self.sent = reads, False, b""

    async def receive(self) -> dict[str, Any]:
        if self.asked:
            await asyncio.Event().wait()
        self.asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Any) -> None:
        if not self.reads:
            await asyncio.Event().wait()
        self.reads -= 1
        self.sent += message.get("body", b"")


@pytest.fixture
def served() -> Application:
    return Application(
        pages,
        threads=1,
        body_max=1000,
        upload_max=10_000,
        begin_upload=lambda environ: Refusal.TOO_LARGE,
        end_upload=print,
    )


def test_a_reader_that_takes_nothing_keeps_no_other_page_back(
    served: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "READER_SECONDS", 0.5)
    stuck, other = Visitor("/large", reads=2), Visitor("/large")

    async def both() -> None:
        slow = asyncio.create_task(served(stuck.scope, stuck.receive, stuck.send))
        await served(other.scope, other.receive, other.send)
        await slow  # given up

    asyncio.run(asyncio.wait_for(both(), 20))
    assert (stuck.sent, other.sent) == (LARGE[:PART], LARGE)


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        (((b"cookie", b"a=1"), (b"cookie", b"b=2")), ("a=1; b=2", None, None)),
        (((b"x_forwarded_for", b"1.1.1.1"), (b"x-forwarded-for", b"2.2.2.2")), (None, "2.2.2.2", None)),
        (((b"content-type", b"text/plain"),), (None, None, "text/plain")),
    ],
    ids=["cookies-of-http2", "underscores", "content-type"],
)
def test_headers_reach_the_page(served: Application, headers: Any, seen: tuple[Any, ...]) -> None:
    visitor = Visitor(headers=headers)
    asyncio.run(served(visitor.scope, visitor.receive, visitor.send))
    assert visitor.sent.decode() == repr((*seen, "a=1", b""))
