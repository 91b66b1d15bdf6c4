"""A WSGI application behind RSGI: what reaches it, that a slow reader holds none of its threads, and how places are given."""

import asyncio
import os
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portal.server import application, readers
from portal.server.application import PAGES, Application, Wanted
from portal.server.threads import Sender, SenderLeft, Share, SharedThreads, TurnTooLate
from tenants.files import SHA256

LARGE = b"x" * (3 * application.LARGE + 1)


def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/large` is a stream; a post says what came of its body, any other page what it was asked with."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/large":
        return (LARGE[start : start + 1000] for start in range(0, len(LARGE), 1000))
    if environ["REQUEST_METHOD"] == "POST":
        return [f"{environ[application.BODY_KEY]}: {len(environ['wsgi.input'].read())}".encode()]
    names = ("HTTP_COOKIE", "HTTP_X_FORWARDED_FOR", "CONTENT_TYPE", "QUERY_STRING")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [repr((*(environ.get(name) for name in names), body)).encode()]


class Visitor:
    """Asks for one page and keeps what was sent, or the file from which it is sent."""

    def __init__(self, path="/", headers=(), method="GET"):
        self.scope = SimpleNamespace(
            method=method, path=path, query_string="a=1", http_version="1.1", scheme="http",
            headers=dict(headers) if len(dict(headers)) == len(headers) else SimpleNamespace(items=lambda: headers),
            server="127.0.0.1:80", client="127.0.0.1:1",
        )  # fmt: skip
        self.status, self.sent, self.file = 0, b"", ""

    async def client_disconnect(self) -> None:
        await asyncio.Event().wait()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"body"

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.sent = status, body

    def response_str(self, status: int, headers: Any, body: str) -> None:
        self.response_bytes(status, headers, body.encode())

    def response_file(self, status: int, headers: Any, file: str) -> None:
        self.status, self.file = status, file


class Reader(Visitor):
    """Asks over a connection of its own, into which the server writes what goes in, and reads what a test reads."""

    def __init__(self, network: str = "", *, reads: bool = False) -> None:
        super().__init__("/large", (("network", network),))
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.client = socket.create_connection(server.getsockname())
            self.connection, _address = server.accept()
        self.scope.client = "{}:{}".format(*self.client.getsockname())
        self.reads = reads

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.close()
        self.connection.close()

    def response_file(self, status: int, headers: Any, file: str) -> None:
        super().response_file(status, headers, file)
        self.connection.setblocking(False)
        with suppress(BlockingIOError):
            while not self.reads:
                self.connection.send(LARGE)

    @property
    def is_cut(self) -> bool:
        watch = select.poll()
        watch.register(self.connection, 0)
        return bool(watch.poll(0))


class OfOne:
    """Places of which a process has one, and each sender (the path of its request) one; all others are pages."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def sort(self, environ: Mapping[str, Any]) -> tuple[str, int, bool]:
        return PAGES, 1000, environ["REQUEST_METHOD"] != "GET"

    def sender(self, environ: Mapping[str, Any]) -> Sender:
        return Sender(str(environ["PATH_INFO"]))

    def want(self, environ: Mapping[str, Any]) -> Wanted | None:
        return Wanted("work", "work", 2, 1000, {environ["PATH_INFO"]: 1}, 60)

    def take(self, wanted: Wanted) -> bool:
        (name,) = wanted.counters
        if self.taken[name]:
            return False
        self.taken[name] += 1
        return True

    def leave(self, wanted: Wanted) -> None:
        self.taken.subtract(wanted.counters)


@pytest.fixture
def places() -> OfOne:
    return OfOne()


@pytest.fixture
def served(places: OfOne, tmp_path: Path) -> Application:
    threads = {PAGES: (1, 1), "work": (1, 1)}
    return Application(pages, threads=threads, places=places, note_wait=print, folder=tmp_path)


@pytest.mark.parametrize(("fault", "answer"), [("", (200, "ok")), ("migrations", (503, "migrations"))])
def test_whether_this_machine_is_fit_is_said_by_no_thread_of_a_page(places, tmp_path, fault, answer) -> None:
    def fail(environ: Any, start: Any) -> Any:
        raise AssertionError("a page was asked")

    served = Application(
        fail, threads={PAGES: (1, 1)}, places=places, note_wait=print, fault=lambda: fault, folder=tmp_path
    )
    visitor = ask(served, Visitor("/readyz/here"))
    assert (visitor.status, visitor.sent.decode().strip()) == answer


def ask(served: Application, visitor: Visitor) -> Visitor:
    asyncio.run(asyncio.wait_for(served.__rsgi__(visitor.scope, visitor), 20))
    return visitor


def test_readers_of_one_large_answer_share_one_file(served: Application) -> None:
    """So many as take nothing of it fill neither the memory of the process nor the disk."""
    with Path(ask(served, Visitor("/large")).file).open("rb") as reader:
        other = ask(served, Visitor("/large")).file
        assert (os.path.sameopenfile(reader.fileno(), os.open(other, os.O_RDONLY)), reader.read()) == (
            True,
            LARGE,
        )


def test_a_stored_file_that_is_read_again_is_not_copied_again(tmp_path: Path) -> None:
    read = []

    def parts() -> Iterable[bytes]:
        read.append(1)
        yield LARGE

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), (SHA256, sha256(LARGE).hexdigest())])
        return parts()

    answers = [application.run(wsgi, {"REQUEST_METHOD": "GET"}, False, tmp_path) for _again in range(2)]
    assert (
        answers[0]
        == answers[1]
        == (200, [("Content-Type", "text/plain")], tmp_path / sha256(LARGE).hexdigest())
    )
    assert len(read) == 1


@pytest.mark.parametrize(("age", "total"), [(61, application.LARGE_TOTAL), (10, 1)], ids=["old", "too many"])
def test_a_large_answer_goes_when_nobody_has_asked_for_it_of_late(served, monkeypatch, age, total):
    monkeypatch.setattr(application, "PRUNE_SECONDS", 0)
    monkeypatch.setattr(application, "LARGE_TOTAL", total)
    old = Path(ask(served, Visitor("/large")).file)
    changed = old.stat().st_mtime - age
    os.utime(old, (changed, changed))
    monkeypatch.setattr(f"{__name__}.LARGE", LARGE + b"y")
    new = Path(ask(served, Visitor("/large")).file)
    assert list(old.parent.iterdir()) == [new]


@pytest.mark.parametrize("taken", [0, 20 * readers.READ_BYTES], ids=["nothing", "enough"])
def test_who_takes_too_little_of_a_large_answer_is_cut_off(served: Application, taken: int) -> None:
    with Reader() as reader:
        ask(served, reader)
        began, files = time.monotonic(), len(os.listdir("/proc/self/fd"))
        served._readers.look(began)
        assert len(os.listdir("/proc/self/fd")) == files
        reader.client.makefile("rb").read(taken)
        served._readers.look(began + readers.READ_SECONDS + 2)
        assert (reader.status, reader.is_cut) == (200, not taken)
        served._readers.look(began + 2 * readers.READ_SECONDS + 3)
        assert reader.is_cut


def test_a_network_has_so_many_readers_and_less_where_there_are_many(served, places, monkeypatch):
    for name, number in (("MOST", 3), ("MANY", 3), ("MOST_THEN", 1), ("LOOK_AGAIN", 0)):
        monkeypatch.setattr(readers, name, number)
    monkeypatch.setattr(places, "sender", lambda environ: Sender(environ["HTTP_NETWORK"]))
    with ExitStack() as all_of_them:

        def status(network: str, *, reads: bool = False) -> int:
            return ask(served, all_of_them.enter_context(Reader(network, reads=reads))).status

        assert [status("office", reads=True) for _again in range(9)] == [200] * 9
        assert [status("flood") for _again in range(4)] == [200, 200, 200, 429]
        assert [status("other") for _again in range(2)] == [200, 429]


def test_a_large_answer_stays_while_it_is_read_and_who_reads_what_had_to_go_is_cut_off(served):
    with Reader() as reader:
        kept = Path(ask(served, reader).file)
        before, old = kept.stat(), time.time() - application.LARGE_SECONDS
        os.utime(kept, (old, old))
        served._readers.look(time.monotonic())
        again = Path(ask(served, Visitor("/large")).file)
        assert (again, again.stat().st_ino, reader.is_cut) == (kept, before.st_ino, False)
        kept.unlink()
        served._readers.look(time.monotonic())
        assert reader.is_cut


def test_a_large_answer_is_kept_where_the_clock_of_the_machine_is_wrong(served, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert Path(ask(served, Visitor("/large")).file).read_bytes() == LARGE


def test_a_body_in_chunks_wants_no_place(served: Application, places: OfOne) -> None:
    sent = Visitor("/free", (("transfer-encoding", "chunked"),), method="POST")
    assert (ask(served, sent).status, +places.taken) == (411, Counter())


def test_a_place_that_does_not_come_free_is_a_refusal_and_pages_go_on(served, places, monkeypatch):
    monkeypatch.setattr(application, "PLACE_SECONDS", 0.05)
    places.taken["/busy"] = 1
    length = (("content-length", "4"),)
    refused, taken = (Visitor(path, length, method="POST") for path in ("/busy", "/free"))
    page, cut = Visitor(), Visitor("/free", (("content-length", "5"),), method="POST")

    async def all_of_them() -> None:
        await served.__rsgi__(refused.scope, refused)
        await served.__rsgi__(taken.scope, taken)
        await served.__rsgi__(page.scope, page)
        await served.__rsgi__(cut.scope, cut)

    asyncio.run(all_of_them())
    assert (refused.sent, taken.sent) == (b"too many: 0", b"complete: 4")
    assert (page.status, cut.status) == (200, 400)
    served._threads[PAGES].executor.shutdown()
    assert places.taken == {"/busy": 1, "/free": 0}


@pytest.mark.parametrize("little", [Sender("little"), Sender("much", "b")], ids=["elsewhere", "beside it"])
def test_a_sender_of_much_keeps_no_other_waiting(little: Sender) -> None:
    done: list[str] = []

    async def all_of_them() -> None:
        threads = SharedThreads("t", 1, 1)
        much = [threads.run(Sender("much", "a"), done.append, f"much {number}") for number in range(4)]
        await asyncio.gather(*much, threads.run(little, done.append, "little"))

    asyncio.run(all_of_them())
    assert done.index("little") <= 2


def test_who_has_many_names_has_the_turns_of_one_network() -> None:
    done: list[str] = []

    async def all_of_them() -> None:
        threads = SharedThreads("t", 1, 1)
        many = [threads.run(Sender("much", f"name {number}"), done.append, "many") for number in range(9)]
        await asyncio.gather(*many, threads.run(Sender("little"), done.append, "little"))

    asyncio.run(all_of_them())
    assert done.index("little") <= 2


@pytest.mark.parametrize(
    ("number", "others"),
    [(2, [Sender("long"), Sender("long")]), *((most, [Sender(name, "", "province") for name in "abc"]) for most in (2, 3))],
    ids=["network", "group", "group of more networks"],
)  # fmt: skip
def test_of_work_that_takes_long_nobody_has_all_threads(number: int, others: list[Sender]) -> None:
    held = threading.Event()

    async def all_of_them() -> None:
        threads = SharedThreads("t", number, 1)
        long = [asyncio.ensure_future(threads.run(sender, held.wait, 20)) for sender in others]
        assert await threads.run(Sender("short"), int, "7") == 7
        held.set()
        await asyncio.gather(*long)

    asyncio.run(all_of_them())


def test_of_several_kinds_together_a_network_has_its_share_and_another_its_turn() -> None:
    held = threading.Event()

    async def all_of_them() -> None:
        share = Share(1)
        pages, searches = (SharedThreads(name, 2, 1, share) for name in "ps")
        long = asyncio.ensure_future(pages.run(Sender("one"), held.wait, 20))
        next_of_it = asyncio.ensure_future(searches.run(Sender("one"), int, "7"))
        assert await searches.run(Sender("other"), int, "8") == 8
        assert not next_of_it.done()
        held.set()
        assert await asyncio.gather(long, next_of_it) == [True, 7]

    asyncio.run(all_of_them())


def test_so_many_of_a_network_wait_and_no_more_and_others_have_their_turn(monkeypatch):
    held, done = threading.Event(), []
    monkeypatch.setattr("portal.server.threads.WAITING_MOST", 3)

    async def all_of_them() -> list[Any]:
        threads = SharedThreads("t", 1, 1)
        long = asyncio.ensure_future(threads.run(Sender("long"), held.wait, 20))
        await asyncio.sleep(0)
        flood = [
            asyncio.ensure_future(threads.run(Sender("flood", str(n)), done.append, "flood"))
            for n in range(9)
        ]
        other = asyncio.ensure_future(threads.run(Sender("other"), done.append, "other"))
        gone = asyncio.ensure_future(threads.run(Sender("gone"), int, "7", left=lambda: asyncio.sleep(0)))
        await asyncio.wait([gone], timeout=10)
        assert isinstance(gone.exception(), SenderLeft)
        assert {network: len(line) for network, line in threads._lines.items()} == {"flood": 3, "other": 1}
        held.set()
        await asyncio.gather(long, other)
        return await asyncio.gather(*flood, return_exceptions=True)

    answers = asyncio.run(all_of_them())
    assert [type(one) for one in answers] == [type(None)] * 3 + [TurnTooLate] * 6
    assert done.count("other") == 1


@pytest.mark.parametrize("longest", [0.0, 20.0], ids=["late", "left"])
def test_a_page_for_a_sender_who_left_or_waited_too_long_is_not_made(served, monkeypatch, longest):
    held = threading.Event()
    monkeypatch.setattr(application, "WAIT_SECONDS", longest)
    visitor, made = Visitor("/small"), []
    monkeypatch.setattr(served, "_wsgi", lambda *given: made.append(given) or pages(*given))
    if longest:
        monkeypatch.setattr(visitor, "client_disconnect", lambda: asyncio.sleep(0))

    async def all_of_them() -> None:
        busy = asyncio.ensure_future(served._threads[PAGES].run(Sender("busy"), held.wait, 20))
        await asyncio.sleep(0)
        await asyncio.wait_for(served.__rsgi__(visitor.scope, visitor), 10)
        held.set()
        await busy

    asyncio.run(all_of_them())
    assert (visitor.status, made) == (400 if longest else 429, [])


def test_a_request_that_ends_as_its_turn_comes_keeps_no_thread() -> None:
    held = threading.Event()

    async def all_of_them() -> None:
        threads = SharedThreads("t", 1, 1)
        long = asyncio.ensure_future(threads.run(Sender("long"), held.wait, 20))
        await asyncio.sleep(0)
        gone = asyncio.ensure_future(threads.run(Sender("gone"), int, "7"))
        await asyncio.sleep(0)
        give, threads._give_turns = threads._give_turns, lambda: (give(), gone.cancel())  # type: ignore[method-assign, assignment]
        held.set()
        await asyncio.gather(long, gone, return_exceptions=True)
        threads._give_turns = give  # type: ignore[method-assign]
        assert await asyncio.wait_for(threads.run(Sender("next"), int, "7"), 5) == 7

    asyncio.run(all_of_them())


def test_a_slice_of_a_file_is_no_answer_of_its_own() -> None:
    assert "HTTP_RANGE" not in application.environment(Visitor(headers=(("range", "bytes=0-99"),)).scope)


def test_a_process_notes_how_long_a_page_would_wait(places: OfOne, tmp_path: Path) -> None:
    waits: list[float] = []
    served = Application(
        pages, threads={PAGES: (1, 1)}, places=places, note_wait=waits.append, folder=tmp_path
    )
    served._threads[PAGES].executor.submit(threading.Event().wait, 0.2)

    async def begun() -> None:
        served.__rsgi_init__(asyncio.get_running_loop())
        while not waits:
            await asyncio.sleep(0.01)
        served.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(asyncio.wait_for(begun(), 20))
    assert waits[0] > 0.1


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ((("cookie", "a=1"), ("cookie", "b=2")), ("a=1; b=2", None, None)),
        ((("x_forwarded_for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")), (None, "2.2.2.2", None)),
        ((("content-type", "text/plain"),), (None, None, "text/plain")),
    ],
    ids=["cookies-of-http2", "underscores", "content-type"],
)
def test_headers_reach_the_page(served: Application, headers: Any, seen: tuple[Any, ...]) -> None:
    visitor = Visitor(headers=headers)
    asyncio.run(served.__rsgi__(visitor.scope, visitor))
    assert visitor.sent.decode() == repr((*seen, "a=1", b""))
