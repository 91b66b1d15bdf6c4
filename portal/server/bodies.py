"""Reads the body of a request before a thread of Django takes it: a slow client holds no thread.

A body that is too large is not read to its end. Django still answers, with a page in the person's language:
`refusal` reads the reason from the environment of the request.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from enum import StrEnum
from typing import IO, Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

KEY = "portal.body"
COMPLETE = "complete"
SECONDS = 10.0
"""A body that anybody may send is complete within so many seconds, or refused."""
BYTES_A_SECOND = 50_000
"""An upload of a signed-in person arrives at this rate or faster; the first SECONDS are not measured."""
MEMORY_MAX = 256 * 1024
"""Longer bodies are kept in a temporary file."""


class Refusal(StrEnum):
    """Why a body was not read to its end."""

    TOO_LARGE = "too large"
    TOO_MANY = "too many"


class Disconnected(Exception):
    """The request ended before its body was complete."""


class TooSlow(Exception):
    """The body did not arrive in its time."""


def refusal(environ: Mapping[str, Any]) -> Refusal | None:
    """Why the body of this request is missing; None where it was read, or where another server read it."""
    value = environ.get(KEY)
    return value if isinstance(value, Refusal) else None


async def read(receive: Receive, file: IO[bytes], *, size_max: int, rate_min: int = 0) -> Refusal | None:
    """Write the body to `file` and set it to its beginning.

    The whole body may take SECONDS; with `rate_min` (bytes a second) as long as it keeps that rate.
    Raises Disconnected and TooSlow.
    """
    loop = asyncio.get_running_loop()
    begun, size, more = loop.time(), 0, True
    while more:
        end = begun + SECONDS + (size / rate_min if rate_min else 0)
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


def new_file() -> IO[bytes]:
    """Where a body is kept until it was answered."""
    return tempfile.SpooledTemporaryFile(MEMORY_MAX)
