"""One stranger against everybody else, on a portal that runs: what others wait for while one sends what costs most.

`python -m tests.portal.server.strangers --demo .data/demo.json --seconds 60` tries it on a running demonstration and
prints a table. Each sender has a network of its own: another address of the loopback, or with `--proxied`, where the
portal stands behind one proxy, another X-Forwarded-For. Imports no settings and writes nothing but through the pages.
"""

import argparse
import contextlib
import http.client
import io
import itertools
import json
import os
import re
import secrets
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from PIL import Image

from tests.dossiers.lifecycle.files import samples
from tests.filling import Page

LONGEST_WAIT = 60.0
PROBED = ("/", "/tra-cuu/", "/thu-tuc/", "/noi-nop/")
LISTS = ("audit/auditentry", "messaging/message", "accounts/user", "dossiers/dossier")
FORMS = Path(__file__).resolve().parents[3] / "dossiers/filing/data/forms"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Staff:
    username: str
    password: str


@dataclass(frozen=True)
class Place:
    """A province as its visitors know it: host with port, staff by name, and the two procedures that are tried."""

    host: str
    port: int
    staff: dict[str, Staff]
    prepared: str
    filed: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str
    seconds: float

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """A new browser at a province, in a network of its own; each request has a connection of its own."""

    place: Place
    source: str
    is_proxied: bool = False
    agent: str = field(default_factory=lambda: f"Mozilla/5.0 (X11) Firefox/{secrets.randbelow(10**6)}.0")
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(
        self, path: str, data: dict[str, Any], files: Sequence[tuple[str, str, bytes]] = (), pace: float = 0
    ) -> Answer:
        """Sent as a form; with `files` (field, name, content) in parts, over `pace` seconds."""
        pairs = [
            (name, text)
            for name, texts in data.items()
            for text in ([texts] if isinstance(texts, str) else texts)
        ]
        if not files:
            return self.send("POST", path, urlencode(pairs).encode(), "application/x-www-form-urlencoded")
        body = b"".join(
            f'--x7y\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
            for name, text in pairs
        )
        for name, title, content in files:
            head = f'--x7y\r\nContent-Disposition: form-data; name="{name}"; filename="{title}"\r\n\r\n'
            body += head.encode() + content + b"\r\n"
        return self.send("POST", path, body + b"--x7y--\r\n", "multipart/form-data; boundary=x7y", pace)

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "", pace: float = 0) -> Answer:
        headers = {
            "Host": self.place.host,
            "User-Agent": self.agent,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **({"Content-Type": kind, "Content-Length": str(len(body))} if kind else {}),
            **({"X-Forwarded-For": self.source} if self.is_proxied else {}),
        }
        source = None if self.is_proxied else (self.source, 0)
        begun = time.monotonic()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.place.port, timeout=LONGEST_WAIT, source_address=source
        )
        try:
            # An answer may come before the body was taken: then the rest is not wanted.
            with contextlib.suppress(ConnectionError):
                connection.request(method, path, _paced(body, pace) if pace else body or None, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, text, time.monotonic() - begun)


def _paced(body: bytes, seconds: float) -> Iterator[bytes]:
    parts = 20
    for number in range(parts):
        yield body[len(body) * number // parts : len(body) * (number + 1) // parts]
        time.sleep(seconds / parts)


def form_of(page: Answer, *names: str) -> dict[str, Any]:
    """What the form with these fields sends untouched."""
    return next(form for form in Page(page.text).forms if set(names) <= form.keys())


# --- What honest people do. Each raises NotServed where the portal refuses or fails the first try.


class NotServed(Exception):
    """A step that should succeed did not; says which, and its status."""


def _require(answer: Answer, step: str, *statuses: int) -> Answer:
    if answer.status not in statuses:
        raise NotServed(f"{step}: {answer.status}")
    return answer


def sign_in(browser: Browser, person: Staff) -> None:
    """From a browser that the portal does not know."""
    page = _require(browser.get("/quan-tri/login/"), "sign-in page", 200)
    sent = {**form_of(page, "username"), "username": person.username, "password": person.password}
    answer = _require(browser.post("/quan-tri/login/", sent), "sign-in", 302, 303)
    if "login" in answer.location:
        raise NotServed("sign-in: led back")


def find_dossiers(browser: Browser, most: int = 5) -> list[str]:
    """Addresses of dossiers to which this person may add a file."""
    page = _require(browser.get("/quan-tri/dossiers/dossier/"), "list", 200)
    listed = dict.fromkeys(re.findall(r"/quan-tri/dossiers/dossier/\d+/change/", page.text))
    pages = (one + "?tab=giay-to" for one in listed)
    taking = (one for one in pages if "uploads" in Page(browser.get(one).text).uploads)
    return list(itertools.islice(taking, most))


def attach(browser: Browser, dossier: str, content: bytes) -> None:
    """Send a file of a dossier, as the desk does."""
    page = Page(_require(browser.get(dossier), "dossier", 200).text)
    form, head = next(
        (form, head) for form, head in zip(page.forms, page.heads, strict=True) if "uploads" in form
    )
    data = {name: values for name, values in form.items() if name != "uploads"}
    files = [("uploads", f"{secrets.token_hex(4)}.jpg", content)]
    _require(browser.post(urljoin(dossier, head["action"] or ""), data, files), "staff upload", 302, 303)


def begin(browser: Browser, code: str, number: str) -> str:
    """Begin a draft; its signed name. Where a code is asked for, it is read from the simulated telephone."""
    where = telephone_page(browser, code)
    where = urljoin(where, _require(browser.post(where, {"so": number}), "number", 303).location)
    if "/ban-nhap/" not in where:
        sent = {"ma": read_code(browser, number)}
        where = urljoin(where, _require(browser.post(where, sent), "code", 303).location)
    return where.split("/ban-nhap/")[1].split("/")[0]


def telephone_page(browser: Browser, code: str) -> str:
    """The address that asks for the number, behind the questions whether this procedure fits."""
    page = _require(browser.get(f"/nop/{code}/"), "first page", 200)
    where = next(link for link in Page(page.text).links if "buoc=" in link and "lang=" not in link)
    for _question in range(8):
        page = browser.get(where)
        if page.location:
            where = urljoin(where, page.location)
            continue
        _require(page, "page before the draft", 200)
        if any("so" in form for form in Page(page.text).forms):
            return where
        choices = re.findall(r'type="radio"[^>]* name="([^"]+)" value="([^"]+)"', page.text)
        led = (browser.post(where, {name: value}).location for name, value in choices)
        where = urljoin(where, next(one for one in led if one and "buoc=dung" not in one))
    raise NotServed("no page asks for the number")


def read_code(browser: Browser, number: str) -> str:
    """The newest code on the simulated telephone of this number."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        page = browser.get(f"/dev/dien-thoai/?so={number}")
        # Until a message comes, the page shows another telephone.
        is_shown = any(form.get("so") == [number] for form in Page(page.text).forms if "text" in form)
        if is_shown and (found := re.findall(r"Mã xác nhận: (\d{6})", re.sub(r"<[^>]+>", "", page.text))):
            return str(found[-1])
        time.sleep(0.5)
    raise NotServed("no code came")


def paper_page(browser: Browser, name: str, code: str) -> tuple[str, str]:
    """Address and field of a page of this draft that takes a file."""
    file = FORMS / f"{code}.yaml"
    pages = re.findall(r"^ +- code: ([\w-]+)$", file.read_text(), re.MULTILINE) if file.exists() else ["giay"]
    for page in pages:
        where = f"/nop/ban-nhap/{name}/{page}/"
        answer = browser.get(where)
        if answer.status == 200 and (uploads := Page(answer.text).uploads):
            return where, uploads[0]
    raise NotServed("no page of this draft takes a file")


def send_paper(
    browser: Browser, where: str, named: str, content: bytes, title: str = "anh.jpg", pace: float = 0
) -> Answer:
    question = named.removeprefix("tep-")
    return browser.post(where, {"_hoi": question, "viec": f"gui-{question}"}, [(named, title, content)], pace)


# --- Files


def photograph(size: int) -> bytes:
    """A JPEG of about so many bytes, each time another one."""
    side = int((size * 1.2) ** 0.5)
    stream = io.BytesIO()
    Image.frombytes("L", (side, side), os.urandom(side * side)).save(stream, "JPEG")
    return stream.getvalue()


def crowded_pdf(number: int = 400_000) -> bytes:
    """One packed stream of so many objects, in a few kilobytes, before an ordinary page."""
    head = b"4 0 " * number
    data = zlib.compress(head + b"null ")
    said = (number, len(head), len(data))
    packed = b"9 0 obj\n<</Type/ObjStm/N %d/First %d/Length %d/Filter/FlateDecode>>\nstream\n" % said
    return b"%PDF-1.5\n" + packed + data + b"\nendstream\nendobj\n" + samples.pdf()


def costly_files() -> list[tuple[str, bytes]]:
    """What takes the examiner longest for its size."""
    objects = {**samples.OBJECTS, **dict.fromkeys(range(4, 9999), b"null")}
    many = {**samples.OBJECTS, **dict.fromkeys(range(4, 60000), b"null")}
    return [
        ("den.png", samples.png(Image.new("RGB", (8000, 8000)))),
        ("den16.png", samples.png(Image.new("I;16", (9000, 9000)))),
        ("chat.pdf", crowded_pdf()),
        ("nhieu.pdf", samples.packed_pdf(many)),
        ("vua.pdf", samples.packed_pdf(objects)),
        ("nhieu-anh.jpg", photograph(2_000_000)),
        ("den.jpg", samples.jpeg(Image.new("RGB", (9000, 8000)))),
    ]


# --- The trial


@dataclass
class Row:
    """What one attack did, and what others had of it meanwhile."""

    attack: str
    seconds: float = 0.0
    sent: Counter[str] = field(default_factory=Counter)
    pages: list[float] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, seconds: float) -> None:
        self.served[kind] += 1
        self.slowest[kind] = max(seconds, self.slowest.get(kind, 0.0))

    def __str__(self) -> str:
        slowest = max(self.pages, default=0.0)
        sent = ", ".join(f"{status}: {count}" for status, count in sorted(self.sent.items()))
        served = ", ".join(
            f"{kind} {count} (≤ {self.slowest[kind]:.1f} s)" for kind, count in self.served.items()
        )
        failed = ", ".join(f"{what} × {count}" for what, count in self.failed.items()) or "none"
        return (
            f"{self.attack} ({self.seconds:.0f} s)\n  stranger: {sent}\n  page of the other province: slowest "
            f"{slowest:.2f} s of {len(self.pages)}\n  served: {served}\n  refused or failed: {failed}"
        )


class Trial:
    """One stranger in `here`; staff and pages of `there`, and a citizen of `here`, who should notice nothing."""

    def __init__(self, here: Place, there: Place, *, is_proxied: bool = False, first: int = 1) -> None:
        self.here, self.there, self.is_proxied = here, there, is_proxied
        self._networks = itertools.count(first)
        self._lock = threading.Lock()
        self.files = costly_files()
        self.large = photograph(3_000_000)

    def browser(self, place: Place, source: str = "") -> Browser:
        """A browser in a network that nobody else has, or at this address."""
        with self._lock:
            number = next(self._networks)
        return Browser(place, source or f"127.{number // 250 + 1}.{number % 250 + 1}.9", self.is_proxied)

    def number(self) -> str:
        return f"09{secrets.randbelow(10**8):08}"

    def run(self, attack: str, seconds: float, *, honest: bool = True) -> Row:
        """One attack for so long, beside everybody else."""
        row = Row(attack)
        works: list[Callable[[Row], None]] = list(getattr(self, attack)())
        others = [self._open_page] * 2
        if honest:
            others += [self._work_at_desk(), self._file_at_home]
        end = time.monotonic() + seconds
        begun = time.monotonic()
        threads = [threading.Thread(target=self._repeat, args=(work, row, end, "")) for work in works]
        threads += [threading.Thread(target=self._repeat, args=(work, row, end, "honest")) for work in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        row.seconds = time.monotonic() - begun
        return row

    def _repeat(self, work: Callable[[Row], None], row: Row, end: float, kind: str) -> None:
        while time.monotonic() < end:
            try:
                work(row)
            except NotServed as fault:
                with self._lock:
                    row.failed[str(fault)] += 1
            except (OSError, http.client.HTTPException) as fault:
                with self._lock:
                    (row.failed if kind else row.sent)[type(fault).__name__] += 1

    def _open_page(self, row: Row) -> None:
        for path in PROBED:
            answer = _require(self.browser(self.there).get(path), f"page {path}", 200)
            row.pages.append(answer.seconds)
            time.sleep(0.1)

    def _work_at_desk(self) -> Callable[[Row], None]:
        known = self.browser(self.there)
        sign_in(known, self.there.staff["clerk"])
        dossiers = itertools.cycle(find_dossiers(known))

        def work(row: Row) -> None:
            begun = time.monotonic()
            new = self.browser(self.there)
            sign_in(new, self.there.staff["clerk"])
            row.note("sign-ins", time.monotonic() - begun)
            begun = time.monotonic()
            attach(new, next(dossiers), self.large)
            row.note("staff uploads", time.monotonic() - begun)
            time.sleep(0.5)

        return work

    def _file_at_home(self, row: Row) -> None:
        begun = time.monotonic()
        browser = self.browser(self.here)
        name = begin(browser, self.here.prepared, self.number())
        where, named = paper_page(browser, name, self.here.prepared)
        row.note("drafts", time.monotonic() - begun)
        begun = time.monotonic()
        _require(send_paper(browser, where, named, photograph(300_000)), "citizen upload", 200, 303)
        row.note("photographs", time.monotonic() - begun)
        time.sleep(1)

    # --- Attacks: each answers what its threads repeat.

    def nothing(self) -> Iterator[Callable[[Row], None]]:
        """Nobody sends anything."""
        return iter(())

    def uploads(self) -> Iterator[Callable[[Row], None]]:
        """Twelve uploads at once of the costliest files, to one draft of one stranger."""
        stranger = self.browser(self.here)
        name = begin(stranger, self.here.prepared, self.number())
        where, named = paper_page(stranger, name, self.here.prepared)
        files = itertools.cycle(self.files)

        def work(row: Row) -> None:
            title, content = next(files)
            self._sent(row, send_paper(stranger, where, named, content + secrets.token_bytes(4), title))

        return itertools.repeat(work, 12)

    def sign_ins(self) -> Iterator[Callable[[Row], None]]:
        """Forty sign-ins of unknown names at once, at both provinces, from four addresses of one network."""
        sources = itertools.cycle(f"127.200.1.{number}" for number in range(1, 5))

        def at(place: Place) -> Callable[[Row], None]:
            browser = self.browser(place, next(sources))
            page = browser.get("/quan-tri/login/")

            def work(row: Row) -> None:
                sent = {**form_of(page, "username"), "username": secrets.token_hex(8), "password": "x" * 12}
                self._sent(row, browser.post("/quan-tri/login/", sent))

            return work

        return (at((self.here, self.there)[number % 2]) for number in range(40))

    def bodies(self) -> Iterator[Callable[[Row], None]]:
        """Eight large bodies at once, as slowly as they may come, to a draft each; every second one is announced only."""
        for number in range(8):
            stranger = self.browser(self.here, f"127.201.1.{number + 1}")
            name = begin(stranger, self.here.prepared, self.number())
            where, named = paper_page(stranger, name, self.here.prepared)

            def work(
                row: Row, stranger: Any = stranger, to: Any = (where, named), size: int = 1_900_000
            ) -> None:
                self._sent(row, send_paper(stranger, *to, os.urandom(size), pace=8))

            yield work

    def codes(self) -> Iterator[Callable[[Row], None]]:
        """A thousand posts for codes to one number, eight at once, from a network for each."""
        code, number = self.here.filed or self.here.prepared, self.number()
        where = telephone_page(self.browser(self.here), code)
        left = itertools.count(1000, -1)

        def work(row: Row) -> None:
            if next(left) <= 0:
                time.sleep(0.2)
                return
            stranger = self.browser(
                self.here, f"127.{202 + secrets.randbelow(20)}.{secrets.randbelow(250)}.1"
            )
            self._sent(row, stranger.post(where, {"so": number}))

        return itertools.repeat(work, 8)

    def searches(self) -> Iterator[Callable[[Row], None]]:
        """Six searches of 2,000 words at once by an auditor: as an address, with its parameter escaped, as a post."""
        auditor = self.browser(self.here)
        sign_in(auditor, self.here.staff["auditor"])
        token = {
            "csrfmiddlewaretoken": form_of(auditor.get("/quan-tri/tai-khoan/"), "csrfmiddlewaretoken")[
                "csrfmiddlewaretoken"
            ]
        }
        lists, ways = itertools.cycle(LISTS), itertools.cycle(("get", "escaped", "post", "escaped", "post"))

        def work(row: Row) -> None:
            pairs = (LETTERS[secrets.randbelow(26)] + LETTERS[secrets.randbelow(26)] for _ in range(2000))
            asked, way = urlencode({"q": " ".join(pairs)}), next(ways)
            path = f"/quan-tri/{next(lists)}/?{asked.replace('q', '%71', 1) if way == 'escaped' else asked}"
            self._sent(row, auditor.post(path, token) if way == "post" else auditor.get(path))

        return itertools.repeat(work, 6)

    def fields(self) -> Iterator[Callable[[Row], None]]:
        """Sixteen posts at once of the longest fields that a form may have, and addresses as long as a head may be."""
        addresses = itertools.cycle(
            (
                "/tra-cuu/",
                "/phan-anh/",
                "/phan-anh/tra-loi/",
                telephone_page(self.browser(self.here), self.here.prepared),
            )
        )
        texts = itertools.cycle(("a", "9", "ab ", "e\u0323\u0302", "H15.08-", "a@b.", "\r\n", "("))
        names = ("code", "key", "text", "name", "contact", "dossier_code", "so")

        def work(row: Row) -> None:
            stranger = self.browser(self.here)
            text = (next(texts) * 60_000)[:60_000]
            path = next(addresses)
            length = 240_000 // len(names) // 3
            self._sent(row, stranger.post(path, dict.fromkeys(names, text[:length])))
            self._sent(row, stranger.get("/thu-tuc/?" + urlencode({"q": text[:3000]})))

        return itertools.repeat(work, 16)

    def _sent(self, row: Row, answer: Answer) -> None:
        with self._lock:
            row.sent[str(answer.status)] += 1


ATTACKS = ("uploads", "sign_ins", "bodies", "codes", "searches", "fields")


def send_photographs(drafts: Sequence[tuple[Browser, str, str]], seconds: float = 60) -> Row:
    """Each of these proven citizens sends one photograph within so many seconds, all of one network."""
    row = Row(f"{len(drafts)} proven citizens of one network")
    lock = threading.Lock()

    def send(number: int, browser: Browser, where: str, named: str) -> None:
        time.sleep(seconds * number / len(drafts) / 2)
        answer = send_paper(browser, where, named, photograph(1_500_000))
        with lock:
            if answer.status == 303:
                row.note("photographs", answer.seconds)
            else:
                row.failed[f"photograph: {answer.status}"] += 1

    threads = [threading.Thread(target=send, args=(number, *one)) for number, one in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return row


def of_demo(file: Path) -> tuple[Place, Place]:
    """The two provinces of a demonstration."""
    told = json.loads(file.read_text())
    places = []
    for province in told["provinces"]:
        staff = {one["role"]: Staff(one["username"], one["password"]) for one in province["users"]}
        port = int(province["connect"].rpartition(":")[2])
        places.append(Place(province["host"], port, staff, "1.004873", province["filing"]["procedure"]))
    return places[0], places[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, required=True, help="demo.json of a running demonstration")
    parser.add_argument("--seconds", type=float, default=60, help="of each attack (60)")
    parser.add_argument("--only", default=",".join(ATTACKS), help="attacks, by comma")
    parser.add_argument("--photographs", type=int, default=20, help="proven citizens of one network (20)")
    parser.add_argument("--proxied", action="store_true", help="the portal believes X-Forwarded-For")
    given = parser.parse_args()
    here, there = of_demo(given.demo)
    trial = Trial(here, there, is_proxied=given.proxied, first=secrets.randbelow(20_000))
    if given.photographs:
        drafts = []
        for number in range(given.photographs):
            browser = trial.browser(
                here, f"127.230.{number}.1"
            )  # a code may be asked for so often in one network
            name = begin(browser, here.filed, trial.number())
            drafts.append((browser, *paper_page(browser, name, here.filed)))
            browser.source = f"127.231.1.{number + 1}"
        sys.stdout.write(f"{send_photographs(drafts)}\n")
    for attack in given.only.split(","):
        sys.stdout.write(f"{trial.run(attack, given.seconds)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
