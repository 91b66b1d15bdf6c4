"""Slow clients and long headers hold no thread: the real web server, with no proxy in front of it."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests import tables
from tests.conftest import subprocess_environment
from tests.faults.ground import free_port
from tests.faults.processes import Server, wait_for_web, wait_until, web

THREADS = 2
ANONYMOUS = tables.read(__file__, "anonymous.yaml")
FORM, FILES = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
Get = Callable[[str, str], float]


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """A web server of one process with few threads."""
    folder = tmp_path_factory.mktemp("web")
    with django_db_blocker.unblock():
        environ = {
            **subprocess_environment(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "WEB_PROCESSES": "1",
            "WEB_THREADS": str(THREADS),
        }
    number = free_port()
    server = Server("web", web(number), environ, folder / "web.log")
    server.start()
    try:
        wait_for_web(number)
        yield server
    finally:
        server.stop()


@pytest.fixture
def port(server: Server) -> int:
    return int(server.command[-1])


@pytest.fixture
def others_are_served(port: int) -> Callable[[], None]:
    """Another province and the health page answer at once; bodies have ten seconds."""

    def served(within: float = 3) -> None:
        for host, path in (("dongnai.localhost", "/"), ("localhost", "/healthz")):
            started = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", path, headers={"Host": host})
            assert connection.getresponse().status == 200
            connection.close()
            assert time.monotonic() - started < within, f"{host}{path}"

    served(within=60)  # the first page of a process is not the fastest
    return served


def begin(port: int, province: str, path: str, kind: str, size: int, headers: str = "") -> socket.socket:
    """A request whose body is announced and does not come."""
    host = f"{province}.localhost" if province else "localhost"
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n"
        f"{headers}\r\n--x\r\n".encode()
    )
    return client


@pytest.mark.parametrize("size", [90_000, 5_000_000])
def test_unfinished_bodies_at_every_anonymous_address_keep_no_page_back(port, others_are_served, size):
    with ExitStack() as clients:
        for kind in (FORM, FILES):
            for province, path in ANONYMOUS:
                for _again in range(2 * THREADS):
                    clients.enter_context(begin(port, province, path, kind, size))
        others_are_served()


def test_silent_connections_keep_no_page_back(port: int, others_are_served: Callable[[], None]) -> None:
    with ExitStack() as clients:
        for _again in range(1200):
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        others_are_served()


def test_a_large_body_is_refused_before_it_is_sent(port: int) -> None:
    for path in ("/tra-cuu/", "/quan-tri/login/", "/quan-tri/dossiers/dossier/1/tep/"):
        with begin(port, "daklak", path, FILES, 90_000_000, "Cookie: phien=abcdefgh12345678\r\n") as client:
            assert client.recv(100).startswith(b"HTTP/1.1 413"), path


@pytest.mark.parametrize(
    ("path", "kind", "chunked", "status"),
    [("/tra-cuu/", FORM, False, 303), ("/api/v1/lookup/", "application/json", True, 404)],
)
def test_a_body_in_time_is_read_whole(port: int, path: str, kind: str, chunked: bool, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Host": "daklak.localhost", "Content-Type": kind}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    body = b"code=H15.08&key=" + b"x" * 60_000 if kind == FORM else b'{"code": "H15.08-251126-0001"}'
    connection.request("POST", path, body, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    assert answer.status == status
    answer.read()
    if kind == FORM:
        connection.request("GET", answer.headers["Location"], headers={"Host": "daklak.localhost"})
        assert b"H15.08" in connection.getresponse().read()
    connection.close()


def test_a_form_announces_its_length(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(
            b"POST /tra-cuu/ HTTP/1.1\r\nHost: daklak.localhost\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: " + FORM.encode() + b"\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 411")


def test_a_long_origin_keeps_no_page_back(port: int, others_are_served: Callable[[], None]) -> None:
    """A refused Origin is written to the log."""
    for size in (24_000, 200_000):
        with begin(port, "daklak", "/quan-tri/login/", FORM, 5, f"Origin: http://{'a' * size}\r\n") as client:
            others_are_served()
            assert client.recv(100).startswith((b"HTTP/1.1 403", b"HTTP/1.1 431"))


def test_a_process_that_is_killed_is_started_again(server: Server, port: int) -> None:
    """As when the machine runs out of memory; those who supervise the server see nothing of it."""
    worker = server.children()[-1]
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in server.children(), 10, "the killed process is gone")
    wait_for_web(port)
    assert server.alive
