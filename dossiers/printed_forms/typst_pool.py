"""From a template and its content to PDF/A, by presses kept warm.

Presses are processes of their own (`typst_worker.py`): about 35 MB and 80 ms to start, then a few milliseconds a form.
Each process of the portal keeps up to MOST_PRESSES; a press that died of a bad template is replaced.
"""

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from dossiers.printed_forms import font_coverage
from dossiers.printed_forms.circulars import FOLDER

PRESS = Path(__file__).parent / "typst_worker.py"
FONTS = Path(__file__).parent / "fonts"
LENGTH = struct.Struct(">I")
"""As in the press."""
MOST_PRESSES = 2
JOBS_EACH = 1000
LARGE = 1024 * 1024
"""A press is replaced after so many jobs, and after an answer of so many bytes: it gives no memory back."""

TOO_SLOW = "too slow"
TOO_LARGE = "too large"
FAILED = "Typst failed"
DEATHS = {-signal.SIGALRM: TOO_SLOW, -signal.SIGABRT: TOO_LARGE, -signal.SIGKILL: TOO_LARGE}
"""What a press died of, by its exit code: Typst aborts when it gets no memory, the system kills."""


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
        "form": json.dumps(font_coverage.printable(content), ensure_ascii=False),
        "timestamp": int(at.timestamp()) if at else 0,
    }
    with _press() as press:
        kind, answer = press.do(json.dumps(job).encode())
    if kind == 0:
        return answer
    raise _error(json.loads(answer))


@cache
def parts() -> str:
    """Typst that stands before every template."""
    return (FOLDER / "parts.typ").read_text(encoding="utf-8") + "\n"


class _Press:
    """A running press. Not for two threads at once."""

    def __init__(self) -> None:
        self.jobs = 0
        self.owner = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 – our own program
            [sys.executable, "-I", str(PRESS), str(FONTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=FONTS,
            env={},
        )
        assert self.process.stdout is not None
        if not self.process.stdout.read(1):
            raise RuntimeError("the press does not start")

    def do(self, job: bytes) -> tuple[int, bytes]:
        """Kind and body of the answer; raises TypesettingError when the press dies over it."""
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
        # After a fork the child must not talk into its parent's press.
        return self.owner == os.getpid() and self.jobs < JOBS_EACH and self.process.poll() is None

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        if self.owner == os.getpid():
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        if self.owner == os.getpid():
            self.process.wait()


_idle: deque[_Press] = deque()
_slots = threading.BoundedSemaphore(MOST_PRESSES)


@contextlib.contextmanager
def _press() -> Iterator[_Press]:
    """A press for one job; waits while all are busy."""
    with _slots:
        press = _fit_press()
        try:
            yield press
        except BaseException:
            # An answer may still be on its way: nobody else may get it.
            press.end()
            raise
        _idle.append(press)


def _fit_press() -> _Press:
    while True:
        try:
            press = _idle.pop()
        except IndexError:
            return _Press()
        if press.is_fit:
            return press
        press.end()


def _error(wrong: dict[str, Any]) -> TypesettingError:
    """The error at its line in the template. Where the parts stumble over it, the line that called them."""
    before = parts().count("\n")
    places = [int(place) for place in _lines_in(wrong["diagnostic"])]
    line = next((place - before for place in places if place > before), 0)
    return TypesettingError(wrong["message"], line)


def _lines_in(diagnostic: str) -> list[str]:
    return [piece.split(":")[0] for piece in diagnostic.split("__typst_py_bytes__.typ:")[1:]]
