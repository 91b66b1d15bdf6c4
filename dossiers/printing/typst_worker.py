"""The worker: one process that turns Typst source into PDF/A and can do nothing else.

Run by `sealed` for `typst_pool`, never imported by the portal. Templates are text that a province writes, and
Typst offers it loops without end, files and packages from the network. Once warm this process may open nothing
more, neither file nor socket; its memory is bounded, and a job that takes too long ends it. Pages go before it.

It writes one byte when it is ready, then reads jobs from standard input and answers on standard output, each
with its length in front (4 bytes), an answer with one byte more: 0 for a PDF, 1 for a JSON object that says what
is wrong. It ends with its input.
"""

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import typst

LENGTH = struct.Struct(">I")
READY = b"!"
MOST_SECONDS = 10
MOST_MEMORY = 1024 * 1024 * 1024
WARM_UP = """#set text(font: "Liberation Serif")
#set document(title: "Ấm máy")
Chữ *đậm*, _nghiêng_, *_đậm nghiêng_* #image(bytes(
"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'><path d='M0 0h1v1z'/></svg>"), format: "svg")"""


def main(confine: Callable[[int, int], None], fonts: str) -> None:
    """Warm up, lock the doors, then work until the input ends."""
    os.nice(10)
    own = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
    compiler = typst.Compiler(font_paths=own, ignore_system_fonts=True)
    _pdf(compiler, WARM_UP, {}, None)
    confine(-1, MOST_MEMORY)
    # From here on nothing can be opened: no descriptor is left. What is open stays.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while (job := _read(jobs)) is not None:
        # Of its own processor time: on a busy machine a job waits for others, and that is not its fault.
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        kind, answer = _answer(compiler, job)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(bytes([kind]) + LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _answer(compiler: typst.Compiler, job: dict[str, Any]) -> tuple[int, bytes]:
    try:
        return 0, _pdf(compiler, job["source"], {"form": job["form"]}, job["timestamp"])
    except typst.TypstError as error:
        wrong = {"message": error.message, "diagnostic": error.diagnostic, "trace": list(error.trace)}
        return 1, json.dumps(wrong).encode()


def _pdf(compiler: typst.Compiler, source: str, inputs: dict[str, str], timestamp: int | None) -> bytes:
    made = compiler.compile(
        input=source.encode(), sys_inputs=inputs, format="pdf", pdf_standards=["a-2b"], timestamp=timestamp
    )
    if not isinstance(made, bytes):
        raise TypeError("one document is one file")
    return made


def _read(jobs: BinaryIO) -> dict[str, Any] | None:
    head = jobs.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    read: dict[str, Any] = json.loads(jobs.read(*LENGTH.unpack(head)))
    return read
