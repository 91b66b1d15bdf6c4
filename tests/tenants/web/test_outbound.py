"""Calls to providers: where they may lead, that each ends, and whether it may have left."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.settings import environment
from tenants.web import http, public_addresses
from tenants.web.http import Answered, Cut, NotSent, call, may_be_called, parse_retry_after
from tests.messaging import scripted_server
from tests.messaging.scripted_server import Answer, ScriptedServer

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    public_addresses.forget()
    yield
    http.forget()
    public_addresses.forget()


@pytest.fixture
def server(settings: Any) -> Iterator[Callable[[Answer], ScriptedServer]]:
    """`server(answer)`: a server that may be called although it is on this machine."""
    started: list[ScriptedServer] = []

    def start(answer: Answer) -> ScriptedServer:
        one = ScriptedServer(answer)
        started.append(one)
        settings.OUTBOUND_ALLOW = frozenset({*settings.OUTBOUND_ALLOW, one.place})
        return one

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Where names lead, instead of asking anybody; a name that is not in here is not known."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(public_addresses.socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections were tried; none comes about."""
    tried: list[tuple[str, int]] = []

    def connect(self: Any, host: str, port: int, *_: Any) -> Any:
        tried.append((host, port))
        raise http.httpcore.ConnectError("nobody there")

    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", connect)
    return tried


# --- What comes back


def test_a_request_is_written_as_it_was_given_and_its_answer_read(server: Any) -> None:
    there = server(scripted_server.plain(b'{"code": "0"}', "202 Accepted", "X-Thu: co\r\n"))
    answer = call("POST", f"{there.url}/gui?a=1", headers={"X-Thu": "đây"}, body="đủ".encode())
    assert isinstance(answer, Answered)
    assert (answer.status, answer.headers["x-thu"], answer.json()) == (202, "co", {"code": "0"})
    head, _, body = there.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /gui?a=1 HTTP/1.1\r\n")
    assert ("X-Thu: đây".encode() in head, body.decode()) == (True, "đủ")
    for _ in range(4):
        call("GET", there.url)
    assert (len(there.requests), there.connections) == (5, 1)


def test_threads_do_not_disturb_each_other(server: Any) -> None:
    def echo(connection: socket.socket, request: bytes) -> None:
        body = request.partition(b"\r\n\r\n")[2]
        scripted_server.plain(body)(connection, request)

    there = server(echo)
    wrong: list[int] = []

    def many(number: int) -> None:
        for _ in range(20):
            answer = call("POST", there.url, body=b"%d" % number)
            if not (isinstance(answer, Answered) and answer.body == b"%d" % number):
                wrong.append(number)

    threads = [threading.Thread(target=many, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_closed_connection_after_sending_is_cut(server: Any) -> None:
    assert isinstance(call("POST", server(scripted_server.cut).url, body=b"x"), Cut)


@pytest.mark.parametrize("patience", [{"read": 0.2}, {"read": 5.0, "total": 0.2}])
def test_silence_after_sending_is_cut_within_its_time(server: Any, patience: dict[str, float]) -> None:
    there = server(lambda connection, request: there.over.wait(5))
    began = time.monotonic()
    answer = call("POST", there.url, body=b"x", **patience)
    assert (type(answer), time.monotonic() - began < 2) == (Cut, True)


def test_an_answer_that_trickles_is_cut_when_the_time_is_up(server: Any) -> None:
    def trickle(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not there.over.wait(0.02):
            connection.sendall(b".")

    there = server(trickle)
    began = time.monotonic()
    answer = call("GET", there.url, read=5, total=0.3)
    assert (type(answer), time.monotonic() - began < 2) == (Cut, True)


def test_an_answer_of_just_that_size_is_whole_and_a_longer_one_cut(server: Any) -> None:
    answer = call("GET", server(scripted_server.plain(b"." * http.MOST_BYTES)).url)
    assert isinstance(answer, Answered)
    assert len(answer.body) == http.MOST_BYTES
    assert isinstance(call("GET", server(scripted_server.plain(b"." * (http.MOST_BYTES + 1))).url), Cut)


def test_nobody_listening_is_not_sent(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        place = closed.getsockname()
    settings.OUTBOUND_ALLOW = frozenset({place})
    answer = call("POST", f"http://127.0.0.1:{place[1]}/", body=b"x")
    assert isinstance(answer, NotSent)
    assert not answer.refused


def test_a_header_that_would_break_the_request_is_not_sent(server: Any) -> None:
    there = server(scripted_server.plain())
    answer = call("GET", there.url, headers={"X-Thu": "a\r\nX-Khac: b"})
    assert (type(answer), there.requests) == (NotSent, [])


def test_a_redirect_is_an_answer_and_not_followed(server: Any) -> None:
    there = server(scripted_server.plain(b"", "302 Found", "Location: /khac\r\n"))
    answer = call("GET", there.url)
    assert isinstance(answer, Answered)
    assert (answer.status, len(there.requests)) == (302, 1)


def test_proxies_of_the_environment_are_not_used(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    there = server(scripted_server.plain())
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(call("GET", there.url), Answered)


def test_causes_hold_neither_address_nor_secret() -> None:
    answer = call("GET", "https://bi-mat.invalid/?mat-khau=thu", headers={"X": "bí mật\n"})
    assert isinstance(answer, NotSent)
    assert not any(word in answer.cause for word in ("bi-mat", "thu", "bí"))


# --- Where calls may lead


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_out_in_the_open(address: str) -> None:
    assert not public_addresses.is_public(address)


def test_addresses_that_are() -> None:
    for address in ("8.8.8.8", "203.162.4.190", "2401:d800::1", "::ffff:8.8.8.8", "64:ff9b::808:808"):
        assert public_addresses.is_public(address), address


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example/", "https://sms.example:8443/", "ftp://sms.example/", "https://u:p@sms.example/",
        "https:///x", "file:///etc/passwd", "//sms.example/", "", "https://[::1", "https://sms.example:99999/",
    ],
)  # fmt: skip
def test_only_https_on_443_may_be_called(url: str, connected: Any) -> None:
    answer = call("GET", url)
    assert isinstance(answer, NotSent)
    assert (answer.refused, may_be_called(url), connected) == (True, False, [])


@pytest.mark.parametrize(
    ("name", "leads_to", "refused"),
    [
        ("sms.example", ["10.1.2.3"], True),
        ("sms.example", ["8.8.8.8", "127.0.0.1"], True),
        ("2130706433", ["127.0.0.1"], True),
        ("sms.example", None, False),
    ],
    ids=["inside", "one inside among others", "a number that only the resolver understands", "unknown"],
)
def test_a_name_that_leads_to_nothing_public_is_not_called(names, connected, name, leads_to, refused):
    if leads_to:
        names[name] = leads_to
    answer = call("GET", f"https://{name}/")
    assert isinstance(answer, NotSent)
    assert (answer.refused, connected) == (refused, [])


def test_the_connection_goes_to_what_was_judged(names: Any, connected: Any) -> None:
    names["sms.example"] = ["8.8.8.8", "8.8.4.4"]
    call("GET", "https://sms.example/")
    assert connected == [("8.8.8.8", 443), ("8.8.4.4", 443)]


def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, connected: Any) -> None:
    over = threading.Event()
    monkeypatch.setattr(public_addresses.socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    answer = call("GET", "https://sms.example/", connect=0.1)
    over.set()
    assert isinstance(answer, NotSent)
    assert "in time" in answer.cause


def test_an_allowed_place_may_be_inside_and_plain_and_another_port_stays_closed(names, connected, settings):
    settings.OUTBOUND_ALLOW = frozenset({("sms.noibo.example", 8080)})
    names["sms.noibo.example"] = ["10.1.2.3"]
    for url in (
        "http://sms.noibo.example:8080/",
        "http://sms.noibo.example:8081/",
        "https://sms.noibo.example/",
    ):
        call("GET", url)
    assert connected == [("10.1.2.3", 8080)]


def test_the_name_goes_into_the_handshake(names: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str | None] = []

    class Connection(http.httpcore.NetworkStream):
        def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: Any = None) -> Any:
            shown.append(server_hostname)
            raise http.httpcore.ConnectError("enough")

        def close(self) -> None:
            pass

    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", lambda *_: Connection())
    names["sms.example"] = ["8.8.8.8"]
    answer = call("GET", "https://sms.example/")
    assert (shown, type(answer)) == (["sms.example"], NotSent)


# --- Settings


def test_places_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_ALLOW", "sms.noibo.example:8080, [::1]:90")
    assert {("sms.noibo.example", 8080), ("::1", 90)} == environment.read().OUTBOUND_ALLOW


# --- Retry-After


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("0", 1),
        ("999999", 6 * 3600),
        ("9" * 400, 6 * 3600),
        ("Wed, 25 Nov 2026 03:02:00 GMT", 120),
        ("Wed, 25 Nov 2026 02:00:00 GMT", 1),
        ("Fri, 25 Nov 2050 02:00:00 GMT", 6 * 3600),
    ],
)
def test_a_wait_is_read_and_bounded(header: str, seconds: int) -> None:
    assert parse_retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "Wed, 99 Nov 2026 03:02:00 GMT"])
def test_what_names_no_wait_is_none(header: str | None) -> None:
    assert parse_retry_after(header, NOW) is None


def test_a_date_is_measured_by_the_clock_of_who_sent_it() -> None:
    answer = Answered(
        429,
        {"date": "Mon, 01 Jan 2029 00:00:00 GMT", "retry-after": "Mon, 01 Jan 2029 00:00:40 GMT"},
        b"",
    )
    assert answer.retry_after() == timedelta(seconds=40)
