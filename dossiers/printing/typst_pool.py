"""Typst: from a template and its content to PDF/A by worker processes kept warm; its errors in Vietnamese.

A worker (`typst_worker.py`) takes about 35 MB and 80 ms to start, then a few milliseconds a form. Each process of the
portal keeps up to MOST_WORKERS; a worker that died of a bad template is replaced. A letter that the fonts lack would
stop the whole form, so a box stands in its place.
"""

import contextlib
import json
import os
import re
import signal
import struct
import threading
import unicodedata
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.printing.circulars import FOLDER
from tenants.folder.readers import sealed

FONTS = Path(__file__).with_name("fonts")
BOX = "\u25a1"
# A place where a line may break; it has no shape that a face could lack.
BREAK = "\u200b"


def printable(content: Any) -> Any:
    """The same content with a box for every letter that one of our faces lacks; composed (NFC)."""
    if isinstance(content, str):
        letters = _letters()
        text = unicodedata.normalize("NFC", content)
        visible = (letter for letter in text if letter == BREAK or unicodedata.category(letter) != "Cf")
        return "".join(
            letter if ord(letter) in letters or letter in f"\n\t{BREAK}" else BOX for letter in visible
        )
    if isinstance(content, dict):
        return {key: printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [printable(value) for value in content]
    return content


@cache
def _letters() -> frozenset[int]:
    faces = [_of_face(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))]
    return frozenset.intersection(*faces)


def _of_face(font: bytes) -> frozenset[int]:
    """The code points of a TrueType face: its `cmap` in format 4, the one for the basic plane."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = {tag: at for tag, _sum, at, _size in struct.iter_unpack(">4s3I", font[12 : 12 + 16 * count])}
    cmap = font[tables[b"cmap"] :]
    (encodings,) = struct.unpack_from(">H", cmap, 2)
    for platform, _encoding, at in struct.iter_unpack(">HHI", cmap[4 : 4 + 8 * encodings]):
        if platform in (0, 3) and struct.unpack_from(">H", cmap, at)[0] == 4:
            (double,) = struct.unpack_from(">H", cmap, at + 6)
            ends = struct.unpack_from(f">{double // 2}H", cmap, at + 14)
            starts = struct.unpack_from(f">{double // 2}H", cmap, at + 16 + double)
            segments = (one for one in zip(starts, ends, strict=True) if one[0] != 0xFFFF)
            return frozenset(code for start, end in segments for code in range(start, end + 1))
    raise ValueError("no cmap of format 4")


WORKER = Path(__file__).parent / "typst_worker.py"
LENGTH = struct.Struct(">I")
"""As in the worker."""
MOST_WORKERS = 4
JOBS_EACH = 1000
LARGE = 1024 * 1024
"""A worker is replaced after so many jobs, and after an answer of so many bytes: it gives no memory back."""

TOO_SLOW = "too slow"
TOO_LARGE = "too large"
FAILED = "Typst failed"
DEATHS = {-signal.SIGPROF: TOO_SLOW, -signal.SIGABRT: TOO_LARGE, -signal.SIGKILL: TOO_LARGE}
"""The cause of a worker's death by its exit code: Typst aborts without memory, the system kills."""


class TypesettingError(Exception):
    """The template does not give a form. `line` counts in the template, 0 when the place is unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def render(source: str, content: dict[str, Any], *, at: datetime | None = None) -> bytes:
    """The form as PDF/A-2b. The same source, content and moment give the same bytes.

    `source` is a template without the shared parts; `at` is written into the file as its date. Raises
    TypesettingError: the template is wrong, or it wants more time or memory than a form may.
    """
    job = {
        "source": parts() + source,
        "form": json.dumps(printable(content), ensure_ascii=False),
        "timestamp": int(at.timestamp()) if at else 0,
    }
    with _worker() as worker:
        kind, answer = worker.do(json.dumps(job).encode())
    if kind == 0:
        return answer
    raise _error(json.loads(answer))


@cache
def parts() -> str:
    """Typst that stands before every template."""
    return (FOLDER / "parts.typ").read_text(encoding="utf-8") + "\n"


class _Worker:
    """A running worker. Not for two threads at once."""

    def __init__(self) -> None:
        self.jobs = 0
        self.owner = os.getpid()
        self.process = sealed.start(WORKER, str(FONTS), cwd=FONTS)
        assert self.process.stdout is not None
        if not self.process.stdout.read(1):
            raise RuntimeError("the worker does not start")

    def do(self, job: bytes) -> tuple[int, bytes]:
        """Kind and body of the answer; raises TypesettingError when the worker dies over it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.jobs += 1
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(LENGTH.pack(len(job)) + job)
            self.process.stdin.flush()
        head = self.process.stdout.read(1 + LENGTH.size)
        if len(head) < 1 + LENGTH.size:
            raise TypesettingError(DEATHS.get(self.process.wait(), FAILED))
        answer = self.process.stdout.read(*LENGTH.unpack(head[1:]))
        if len(answer) > LARGE:
            self.jobs = JOBS_EACH
        return head[0], answer

    @property
    def is_fit(self) -> bool:
        # After a fork the child must not talk into its parent's worker.
        return self.owner == os.getpid() and self.jobs < JOBS_EACH and self.process.poll() is None

    def end(self) -> None:
        if self.owner == os.getpid():
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        if self.owner == os.getpid():
            self.process.wait()


_idle: deque[_Worker] = deque()
_slots = threading.BoundedSemaphore(MOST_WORKERS)


@contextlib.contextmanager
def _worker() -> Iterator[_Worker]:
    """A worker for one job; waits while all are busy."""
    with _slots:
        worker = _fit_worker()
        try:
            yield worker
        except BaseException:
            # An answer may still be on its way: no other job may get it.
            worker.end()
            raise
        _idle.append(worker)


def _fit_worker() -> _Worker:
    while True:
        try:
            worker = _idle.pop()
        except IndexError:
            return _Worker()
        if worker.is_fit:
            return worker
        worker.end()


def _error(wrong: dict[str, Any]) -> TypesettingError:
    """The error at its line in the template. Where the parts stumble over it, the line that called them."""
    before = parts().count("\n")
    pieces = wrong["diagnostic"].split("__typst_py_bytes__.typ:")[1:]
    places = [int(piece.split(":")[0]) for piece in pieces]
    line = next((place - before for place in places if place > before), 0)
    return TypesettingError(wrong["message"], line)


_KNOWN = (
    (rf"\A{TOO_SLOW}\Z", gettext_noop("mẫu dựng quá lâu; xem lại các vòng lặp.")),
    (rf"\A{TOO_LARGE}\Z", gettext_noop("mẫu dùng quá nhiều bộ nhớ.")),
    (r"file not found|escape the project root|failed to load|Too many open files", gettext_noop("mẫu không được đọc tệp.")),
    (r"package", gettext_noop("mẫu không được dùng gói trên mạng.")),
    (r"unknown variable: (?P<name>[\w.-]+)", gettext_noop("không có tên “%(name)s”.")),
    (r"dictionary does not contain key \"(?P<name>[^\"]+)\"", gettext_noop("không có dữ liệu “%(name)s” cho mẫu này.")),
    (r"unclosed (?:delimiter|string|raw text)", gettext_noop("có ngoặc hoặc nháy chưa đóng.")),
    (r"unexpected closing|unexpected", gettext_noop("có chữ hoặc dấu thừa: %(text)s.")),
    (r"expected", gettext_noop("viết chưa đúng: %(text)s.")),
    (r"missing argument: (?P<name>[\w-]+)", gettext_noop("thiếu “%(name)s” khi gọi hàm.")),
    (r"maximum (?:function call|show rule|layout) depth", gettext_noop("hàm gọi lại chính nó không dừng.")),
    (r"infinite|always true", gettext_noop("vòng lặp không dừng.")),
)  # fmt: skip


def error_sentence(error: TypesettingError) -> str:
    """One sentence for the author of the template; an unknown error stays in Typst's own words."""
    for pattern, words in _KNOWN:
        found = re.search(pattern, error.message)
        if found:
            name = found.groupdict().get("name") or ""
            return _(words) % {"name": name[:40], "text": _short(error)}
    return _("mẫu không dựng được: %(text)s.") % {"text": _short(error)}


def _short(error: TypesettingError) -> str:
    return error.message.split("(")[0].strip().rstrip(".")[:120]
