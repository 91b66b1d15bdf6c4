"""Plain text with three conventions, so that nobody needs to write HTML and none is ever let through.

A blank line begins a paragraph, a line that begins with `- ` is an item of a list, one with `# ` a heading.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

_ITEM = re.compile(r"\A[-•*–][ \t\u00a0]+(?=\S)")
_HEADING = re.compile(r"\A#{1,3}[ \t\u00a0]+(?=\S)")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text: `kind` is heading, list or paragraph. Lines are plain text, to be escaped when shown."""

    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def blocks(text: str) -> list[Block]:
    """The parts of a text in order; nothing for an empty one."""
    found = []
    for kind, lines in groupby(_classified(text), key=lambda line: line[0]):
        if kind == "gap":
            continue
        parts = tuple(line for _kind, line in lines)
        # Two headings in a row are two headings, not one of two lines.
        found += [Block(kind, (part,)) for part in parts] if kind == "heading" else [Block(kind, parts)]
    return found


def _classified(text: str) -> Iterator[tuple[str, str]]:
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            yield "gap", ""
        elif found := _ITEM.match(line):
            yield "list", line[found.end() :]
        elif found := _HEADING.match(line):
            yield "heading", line[found.end() :]
        else:
            yield "paragraph", line


def tidy(text: str) -> str:
    """The text with line ends of one kind, without spaces around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def one_line(text: str) -> str:
    """The text on one line, each run of spaces as one."""
    return " ".join(text.split())


def is_fit(text: str) -> bool:
    """Whether the text holds only what a page can show: no control characters, none that turn the direction."""
    return not _UNFIT.search(text)
