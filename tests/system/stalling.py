"""A way to PostgreSQL that a test can cut, or make silent as a frozen machine is: its kernel still acknowledges."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection

_BLOCK = 65536


class Way:
    """What this process asks of the database while `through` lasts goes this way."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.silent_after = b""
        """Where the server is asked this, it does so, and its connection stays open without an answer."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def cut(self) -> None:
        """Break all connections; new ones are refused."""
        for one in (self._listener, *self._ends):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(self._place)
                self._ends += [client, server]
                silent = threading.Event()
                threading.Thread(target=self._ask, args=(client, server, silent), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client, silent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while block := client.recv(_BLOCK):
                if self.silent_after and self.silent_after in block:
                    silent.set()
                server.sendall(block)
            server.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _answer(server: socket.socket, client: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while block := server.recv(_BLOCK):
                if not silent.is_set():
                    client.sendall(block)
            if not silent.is_set():
                client.shutdown(socket.SHUT_RDWR)


@contextmanager
def through() -> Iterator[Way]:
    """This thread's connection, and each new one, goes a `Way`."""
    direct = {name: connection.settings_dict[name] for name in ("HOST", "PORT")}
    way = Way((direct["HOST"], int(direct["PORT"])))
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT=str(way.port))
    try:
        yield way
    finally:
        way.cut()
        connection.close()
        connection.settings_dict.update(direct)
