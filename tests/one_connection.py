"""The WSGI door for the threads of a tool, all on the connection whose transaction the test lives in."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections


class OneConnection:
    """Đắk Lắk, whatever host is asked for."""

    def __init__(self) -> None:
        self.connection = connections["default"]
        self.turn = threading.Lock()
        self.answers: Counter[int] = Counter()
        self.faults: list[str] = []
        self.keys: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["HTTP_HOST"] = "daklak.localhost"
        for path, key in self.keys.items():
            if environ["PATH_INFO"].startswith(path):
                environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the tool does not unpack what it asked for

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self.answers[int(status[:3])] += 1
            if status >= "5":
                self.faults.append(
                    f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
                )
            return start_response(status, headers, exc_info)

        with self.turn:
            connections["default"] = self.connection
            from portal.wsgi import application  # asks the database when it is first imported

            return list(application(environ, start))


@contextmanager
def one_connection() -> Iterator[OneConnection]:
    door = OneConnection()
    door.connection.inc_thread_sharing()
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield door
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
        door.connection.dec_thread_sharing()


class _Silent(WSGIRequestHandler):
    def log_message(self, *_anything: object) -> None:
        """Nothing is written."""


@contextmanager
def served(door: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """The address of a real server in front of the door. It answers one request after the other."""
    server = make_server("127.0.0.1", 0, door, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
