"""Requests over kept connections: `python -m bench.traffic.requests`, a process of its own that knows no Django.

It reads what to ask from stdin and prints what it saw. It answers for itself: `processor` is the part of a core that
it took, so who reads the figures sees whether it held the server up.
"""

import json
import random
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

GIVEN_UP = 10.0


@dataclass
class Seen:
    """Seconds of each answer, by the time its request was due; and how many were wrong or never came."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    wrong: str = ""
    """The beginning of the first answer that was not as expected."""


@dataclass
class _Connection:
    socket: socket.socket
    due: float | None = None
    """When the request that is under way was due."""
    request: bytes = b""
    """What is sent once more if the server closed the connection, idle for long, at that moment."""
    answer: bytes = b""


def start(port: int, asked: Sequence[tuple[str, str]], **options: Any) -> "subprocess.Popen[bytes]":
    """Ask for (host, path) at random for some `seconds`; see `result`.

    `connections` at once, each as fast as it is answered or together `rate` a second; `headers` of all; the answer's
    `status`, 200 by default.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.traffic.requests"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(json.dumps({"port": port, "asked": list(asked), **options}).encode())
    process.stdin.close()
    process.stdin = None
    return process


def result(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """`rate` in answers a second, `p50` and `p95` in seconds, `processor`. Raises RuntimeError for any wrong answer."""
    said, _nothing = process.communicate()
    if process.returncode:
        raise RuntimeError("the requests could not be made")
    seen: dict[str, Any] = json.loads(said)
    if seen["errors"]:
        raise RuntimeError(f"{seen['errors']} requests were not answered as expected\n{seen['wrong']}")
    return seen


def send(asked: dict[str, Any]) -> dict[str, Any]:
    """Make the requests in this process."""
    heads = "".join(f"{name}: {value}\r\n" for name, value in asked.get("headers", {}).items())
    requests = [
        # Each from a network of its own: who asks for one code after another is refused at a hundred.
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {_network(number)}\r\n{heads}\r\n".encode()
        for number, (host, path) in enumerate(random.choices(asked["asked"], k=20_000))
    ]
    seen, status, rate = Seen(), asked.get("status", 200), asked.get("rate")
    selector = selectors.DefaultSelector()
    idle = [_Connection(_connect(asked["port"])) for _number in range(asked["connections"])]
    for one in idle:
        selector.register(one.socket, selectors.EVENT_READ, one)
    sent, under_way = 0, 0
    began = time.perf_counter()
    processor = time.process_time()
    end, last = began + asked["seconds"], began
    while (now := time.perf_counter()) < end or under_way:
        while idle and now < end and (rate is None or began + sent / rate <= now):
            one = idle.pop()
            one.due = now if rate is None else began + sent / rate
            one.request = requests[sent % len(requests)]
            one.socket.sendall(one.request)
            sent, under_way = sent + 1, under_way + 1
        wait = GIVEN_UP if rate is None or not idle or now >= end else began + sent / rate - now
        ready = selector.select(max(wait, 0.0))
        if not ready and under_way and time.perf_counter() - last > GIVEN_UP:
            seen.errors += under_way
            break
        for key, _event in ready:
            one = key.data
            part = _read(one.socket)
            one.answer += part
            if part and not _is_complete(one.answer):
                continue
            if not part or b"connection: close" in one.answer[:2000].lower():
                selector.unregister(one.socket)
                one.socket.close()
                one.socket = _connect(asked["port"])
                selector.register(one.socket, selectors.EVENT_READ, one)
            if one.due is None:  # the server closes what is idle for long
                continue
            if not one.answer and one.request:
                one.socket.sendall(one.request)
                one.request = b""
                continue
            last = time.perf_counter()
            seen.seconds.append(last - one.due)
            if not part or int(one.answer[9:12]) != status:
                seen.errors += 1
                seen.wrong = seen.wrong or one.answer[:300].decode(errors="replace")
            one.answer, one.due = b"", None
            idle.append(one)
            under_way -= 1
    took = last - began
    hundredths = statistics.quantiles(seen.seconds, n=100)
    return {
        "rate": len(seen.seconds) / took,
        "p50": hundredths[49],
        "p95": hundredths[94],
        "errors": seen.errors,
        "wrong": seen.wrong,
        "processor": (time.process_time() - processor) / took,
    }


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(256 * 1024)
    except ConnectionError:
        return b""


def _is_complete(answer: bytes) -> bool:
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return False
    if head[9:12] == b"304":
        return True
    _before, found, after = head.lower().partition(b"content-length:")
    if found:
        return len(body) >= int(after.split(b"\r\n", 1)[0])
    return body.endswith(b"0\r\n\r\n")


def _network(number: int) -> str:
    return f"{11 + number % 89}.{number // 89 % 250}.{number // 22_250}.7"


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), GIVEN_UP)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


if __name__ == "__main__":
    sys.stdout.write(json.dumps(send(json.load(sys.stdin))) + "\n")
