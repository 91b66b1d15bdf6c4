"""One who fills in a draft with a plain HTTP client: a connection for each request, no cookie, no script, patience.

What an answer acknowledged is noted here, and looked for over HTTP afterwards. People are invented.
"""

import hashlib
import io
import itertools
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from urllib.parse import parse_qsl, urlencode

from tests.faults.processes import wait_until
from tests.simulators.sms.journal import Line

PATIENCE_SECONDS, CODE_SECONDS = 90.0, 20.0
SEEN = frozenset({"nguoi_nop-name", "nguoi_nop-id_number", "ten", "me-name", "me-id_number", "noi_o-detail"})
"""Boxes whose text stands in the copy of what was filed, as it was typed."""
RESUME, FILED, PAPER, DECLARATION = "/tiep-tuc/", "/da-nop/", "giay", "cam-doan"
DECLARED, SEND_FILE = {"cam_doan": "dung"}, {"viec": f"gui-{PAPER}"}
EDGE = "mot-cua-8f1c"
Typed = Mapping[str, str | list[str]]
DRAWN = "_hoi"
_SEEN = re.compile(r'/cam-doan/\?da_xem=([^"]+)"')
"""The box that says which questions a page had drawn."""
_numbers = itertools.count(1)


class Unexpected(Exception):
    """A page answered what a person who files must not see."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    content: bytes

    @property
    def page(self) -> str:
        return self.content.decode(errors="replace")

    def __str__(self) -> str:
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.page.partition("<main")[2] or self.page))
        return f"{self.status} {self.location} {unescape(words)[:300]}"


def pages(mark: str) -> list[tuple[str, dict[str, str]]]:
    """What is typed, page by page, with words of its own for each mark."""
    digits = f"{int.from_bytes(hashlib.sha256(mark.encode()).digest()[:4]):010d}"
    filer = {"nguoi_nop-name": f"Nguyễn Nộp {mark}", "nguoi_nop-id_number": f"06{digits}"}
    born = {"me-born-ngay": "12", "me-born-thang": "11", "me-born-nam": "1990"}
    return [
        ("nguoi-nop", {"cho_ai": "nguoi_khac"}),
        ("nguoi-nop", {"cho_ai": "nguoi_khac", **filer}),
        ("ten", {"ten": f"Trần Thử {mark}"}),
        ("ngay-sinh", {"ngay_sinh-ngay": "12", "ngay_sinh-thang": "10", "ngay_sinh-nam": "2026"}),
        ("co-cha", {"co_cha": "no"}),
        ("me", {"me-name": f"Lê Thị {mark}", "me-id_number": f"070190{digits[-6:]}", **born}),
        ("noi-o", {"noi_o-commune": "Phường Thử", "noi_o-detail": f"Số 1 ngõ {mark}"}),
        ("nhan-ket-qua", {"cach_nhan": "quay", "tin_bao": "yes"}),
    ]


def photograph(chance: random.Random, *, large: bool = False) -> bytes:
    """A photograph unlike all others; a large one is read on the threads for uploads."""
    from PIL import Image

    size = (1700, 1300) if large else (300, 200)
    stream = io.BytesIO()
    Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3)).save(stream, "JPEG", quality=80)
    return stream.getvalue()


def form(typed: Typed, photo: bytes | None) -> tuple[bytes, str]:
    """The body of a form and its content type."""
    if photo is None:
        return urlencode(typed, doseq=True).encode(), "application/x-www-form-urlencoded"
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="'
    pairs = parse_qsl(urlencode(typed, doseq=True))
    parts = "".join(f'{head}{name}"\r\n\r\n{text}\r\n' for name, text in pairs)
    begun = f'{parts}{head}tep-{PAPER}"; filename="anh.jpg"\r\n\r\n'.encode()
    return begun + photo + f"\r\n--{EDGE}--\r\n".encode(), f"multipart/form-data; boundary={EDGE}"


class Boxes(HTMLParser):
    """What stands in the boxes of a page, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = defaultdict(list)
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        name = known.get("name", "")
        self._area = name if tag in ("textarea", "select") else self._area if tag == "option" else ""
        is_chosen = "checked" in known or known.get("type") not in ("radio", "checkbox")
        if (tag == "input" and is_chosen) or (tag == "option" and "selected" in known):
            self.found[name or self._area].append(known.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area].append(data.strip())


@dataclass
class Citizen:
    """`messages` gives what the provider took so far; each citizen has a number of their own."""

    slug: str
    port: int
    start: str
    messages: Callable[[], list[Line]]
    number: int = field(default_factory=_numbers.__next__)
    name: str = ""
    agent: str = "Zalo android"
    stored: dict[str, Typed] = field(default_factory=dict)
    papers: dict[int, str] = field(default_factory=dict)
    acknowledged: int = 0
    broken: int = 0
    sending: threading.Event = field(default_factory=threading.Event)

    @property
    def phone(self) -> str:
        return f"09071{self.number:05d}"

    def at(self, page: str) -> str:
        return f"/nop/ban-nhap/{self.name}/{page}/"

    # --- Requests

    def ask(
        self, path: str, typed: Typed | None = None, photo: bytes | None = None, share: float = 1
    ) -> Answer:
        """One request, once; with a `share` below 1 the connection is cut after this part of the body. Raises OSError
        or HTTPException where no answer comes."""
        headers = {"Host": f"{self.slug}.localhost:{self.port}", "User-Agent": self.agent}
        body = b""
        if typed is not None:
            body, headers["Content-Type"] = form(typed, photo)
            headers["Content-Length"] = str(len(body))
        # An address of its own: how many drafts one network begins is limited.
        source = (f"127.{1 + self.number // 250}.{self.number % 250}.1", 0)
        connection = HTTPConnection("127.0.0.1", self.port, timeout=40, source_address=source)
        try:
            connection.request(
                "GET" if typed is None else "POST", path, body[: int(len(body) * share)], headers
            )
            self.sending.set()
            if share < 1:
                return Answer(0, "", b"")
            got = connection.getresponse()
            # Never sent back, so that of a draft is as good as none.
            if not (got.getheader("Set-Cookie") or "nhap-").startswith("nhap-"):
                raise Unexpected(f"{path} sets a cookie")
            return Answer(got.status, got.getheader("Location") or "", got.read())
        finally:
            self.sending.clear()
            connection.close()

    def insist(self, path: str, typed: Typed | None = None, photo: bytes | None = None) -> Answer:
        """The same request again until it is answered, as a person does whose page does not load."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.ask(path, typed, photo)
                if answer.status in (200, 303, 404):
                    return answer
                said = str(answer)
            except (OSError, HTTPException) as error:
                said = repr(error)
            self.broken += 1
            if time.monotonic() > end:
                raise Unexpected(f"{path}: not within {PATIENCE_SECONDS:.0f} s; {said}")
            time.sleep(0.3)

    # --- The way through the pages

    def begin(self) -> None:
        page = self.insist(self.start).page
        found = re.search(rf'href="({re.escape(self.start)}\?buoc=[^"]+)">', page)
        assert found, page
        address = self.insist(unescape(found[1]), {"trong_nuoc": "co"}).location
        self._prove(address, {"so": self.phone})

    def _prove(self, address: str, wish: Typed) -> None:
        """Have a code sent and type it, again where it did not come or its answer was lost: a new name for the draft.

        One that was asked for before may come late, and fits no more: then the next one is waited for.
        """
        # A number gets no more in an hour to begin.
        for _try in range(3):
            known = len(self._codes())
            place = self.insist(address, wish).location
            while wait_until(lambda: len(self._codes()) > known, CODE_SECONDS):  # noqa: B023 – used at once
                opened = self.insist(place, {"ma": self._codes()[known]})
                known += 1
                if opened.status == 303:
                    self.name = opened.location.split("/")[3]
                    return
        raise Unexpected(f"no code opens the draft of {self.phone}")

    def _codes(self) -> list[str]:
        mine = [line.text for line in self.messages() if line.to == self.phone and line.taken]
        return [found[0] for text in mine if (found := re.findall(r"\b[0-9]{6}\b", text))]

    def see(self, page: str) -> Answer:
        """A page of the draft, with a code where the session has ended."""
        answer = self.insist(self.at(page))
        if RESUME in answer.location:
            self._prove(answer.location, {"gui": "1"})
            answer = self.insist(self.at(page))
        return answer

    def send(self, page: str, typed: Typed, photo: bytes | None = None) -> str:
        """Post to a page, and again with a code where the session has ended; where that leads.

        Raises Unexpected where nothing was taken, or where what was typed in vain is not offered again.
        """
        drawn = Boxes(self.insist(self.at(page)).page).found[DRAWN]
        answer = self.insist(self.at(page), {**typed, DRAWN: drawn}, photo)
        if RESUME in answer.location:
            self._prove(answer.location, {"gui": "1"})
            if page != PAPER and self._missing(page, typed):
                raise Unexpected(f"{page}: what was typed is not offered again: {self.see(page).page}")
            answer = self.insist(self.at(page), {**typed, DRAWN: drawn}, photo)
        if answer.status != 303 or RESUME in answer.location:
            raise Unexpected(f"{page}: {answer}")
        return answer.location

    def walk(self, mark: str, part: slice = slice(None)) -> None:
        """Fill in these pages. The choice that brings up more boxes on its page is made alone, and once."""
        for page, typed in pages(mark)[part]:
            if len(typed) > 1 or len(self.stored.get(page, ())) < 2:
                self.fill(page, typed)

    def fill(self, page: str, typed: Typed) -> None:
        """Store a page, and note that it is stored."""
        self.send(page, typed)
        self.stored[page] = typed
        self.acknowledged += 1

    def photograph(self, photo: bytes) -> None:
        """Send a paper, and note how its file looks from then on."""
        self.send(PAPER, SEND_FILE, photo)
        for file in self.listed():
            self.papers.setdefault(file, self._digest(file))

    def listed(self) -> list[int]:
        return [int(number) for number in re.findall(r'value="bo-tep-(\d+)"', self.see(PAPER).page)]

    def declared(self) -> Typed:
        """What the declaration is sent with: its mark, and what the check showed."""
        seen = _SEEN.search(self.see("kiem-tra").page)
        return {**DECLARED, "_dang_co": seen[1] if seen else ""}

    def declare(self) -> str:
        """Press the declaration, over the check; where that leads."""
        answer = self.insist(self.at(DECLARATION), self.declared())
        if RESUME in answer.location:
            self._prove(answer.location, {"gui": "1"})
            answer = self.insist(self.at(DECLARATION), self.declared())
        if answer.status != 303 or RESUME in answer.location:
            raise Unexpected(f"{DECLARATION}: {answer}")
        return answer.location

    def file(self) -> None:
        place = self.declare()
        if FILED not in place:
            raise Unexpected(f"not filed: {place}, {self.see('kiem-tra')}")

    # --- What is there

    def lost(self) -> int:
        """How many answers and files of the draft are not as they were."""
        gone = sum(self._digest(file) != digest for file, digest in self.papers.items())
        return gone + sum(self._missing(page, typed) for page, typed in self.stored.items())

    def lost_in_copy(self) -> int:
        """How many of the typed words the copy of what was filed does not show."""
        copy = unescape(self.see("da-nop/ban-sao").page)
        texts = [text for typed in self.stored.values() for name, text in typed.items() if name in SEEN]
        return sum(text not in copy for text in texts)

    def _missing(self, page: str, typed: Typed) -> int:
        boxes = Boxes(self.see(page).page).found
        return sum(text not in boxes[name] for name, text in typed.items())

    def _digest(self, file: int) -> str:
        answer = self.see(f"{PAPER}/tep/{file}")
        return hashlib.sha256(answer.content).hexdigest() if answer.status == 200 else str(answer)
