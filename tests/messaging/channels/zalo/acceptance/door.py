"""Our doors as a pretended Zalo reaches them: over HTTP, answered in the test's own thread and transaction."""

import selectors
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.test import Client


class Door:
    """Listens at `place` (host:port). What is posted there is answered while `during` runs, and waits else."""

    def __init__(self) -> None:
        self._server = HTTPServer(("127.0.0.1", 0), _Handler)
        self._server.socket.listen(256)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="outside")
        self.place = f"localhost:{self._server.server_address[1]}"

    def during[Result](self, work: Callable[[], Result]) -> Result:
        """Do `work`, which happens outside, in another thread, and answer whoever comes meanwhile."""
        ours, theirs = socket.socketpair()
        with ours, theirs, selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(ours, selectors.EVENT_READ)
            doing = self._pool.submit(work)
            doing.add_done_callback(lambda _done: theirs.send(b"."))
            over = False
            while not over:
                for key, _events in selector.select():
                    if key.fileobj is ours:
                        over = True
                    else:
                        self._server.handle_request()
        return doing.result()

    def close(self) -> None:
        """Nobody answers here any more."""
        self._server.server_close()
        self._pool.shutdown()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {name: text for name, text in self.headers.items() if name not in _OF_THE_WIRE}
        browser = Client(raise_request_exception=False)
        found = browser.generic(
            self.command, self.path, body, self.headers.get("Content-Type", ""), headers=told
        )
        self.send_response(found.status_code)
        self.send_header("Content-Length", str(len(found.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.content)

    do_GET = do_HEAD = do_POST = _answer

    def log_message(self, *arguments: Any) -> None:
        pass


_OF_THE_WIRE = ("Content-Length", "Content-Type", "Connection")
