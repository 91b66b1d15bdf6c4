"""A provider in this process: one access is good at a time, and each renewal uses up what it renews."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Provider:
    """What it took, what it renewed, and how often somebody showed it what was used up.

    `before_answering`: called after a renewal is made and before it is told; True: the connection is cut.
    `before_sending`: called before a message is looked at.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number = 0
        self.taken: list[str] = []
        self.refused = 0
        self.renewed = 0
        self.spent_shown = 0
        self.before_answering: Callable[[], bool] = lambda: False
        self.before_sending: Callable[[], None] = lambda: None
        self.port = 0

    def pair(self) -> dict[str, str]:
        return {"access": f"access-{self.number}", "refresh": f"refresh-{self.number}"}

    def consent(self) -> dict[str, str]:
        """A person of the account consents anew."""
        with self.lock:
            self.number += 1
            return self.pair()

    def answer(self, path: str, told: dict[str, Any]) -> dict[str, Any] | None:
        match path:
            case "/send":
                self.before_sending()
                return self._send(told)
            case "/refresh":
                answer = self._refresh(told["refresh"])
                return None if self.before_answering() else answer
        return {"known": told["tracking_id"] in self.taken}

    def _send(self, told: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            if told["access"] != self.pair()["access"]:
                self.refused += 1
                return {"error": -216}
            self.taken.append(told["tracking_id"])
            return {"error": 0}

    def _refresh(self, refresh: str) -> dict[str, Any]:
        with self.lock:
            if refresh != self.pair()["refresh"]:
                self.spent_shown += 1
                return {"error": -14014}
            self.number += 1
            self.renewed += 1
            return {"error": 0, **self.pair()}


@contextmanager
def serving() -> Iterator[Provider]:
    """The provider at a port of its own; `provider.port`."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = provider.answer(self.path, told)
            if answer is None:
                self.close_connection = True
                return
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who was killed does not wait for his answer."""

    server = Server(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
