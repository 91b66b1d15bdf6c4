"""Which letters our type has: another one would stop the whole form, so a box stands in its place."""

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).with_name("fonts")
BOX = "\u25a1"
# A place where a line may break; it has no shape that a face could lack.
BREAK = "\u200b"


def printable(content: Any) -> Any:
    """The same content with a box for every letter that one of our faces lacks; composed (NFC)."""
    if isinstance(content, str):
        letters = _letters()
        text = unicodedata.normalize("NFC", content)
        visible = (one for one in text if one == BREAK or unicodedata.category(one) != "Cf")
        return "".join(one if ord(one) in letters or one in f"\n\t{BREAK}" else BOX for one in visible)
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
    tables = {
        font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)
    }
    cmap = tables[b"cmap"]
    (encodings,) = struct.unpack_from(">H", font, cmap + 2)
    for number in range(encodings):
        platform, _encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)
        table = cmap + offset
        if platform in (0, 3) and struct.unpack_from(">H", font, table)[0] == 4:
            return frozenset(_format_4(font, table))
    raise ValueError("no cmap of format 4")


def _format_4(font: bytes, table: int) -> set[int]:
    (double,) = struct.unpack_from(">H", font, table + 6)
    segments = double // 2
    ends = struct.unpack_from(f">{segments}H", font, table + 14)
    starts = struct.unpack_from(f">{segments}H", font, table + 16 + double)
    return {
        code
        for start, end in zip(starts, ends, strict=True)
        if start != 0xFFFF
        for code in range(start, end + 1)
    }
