"""Encodings of old systems' tables: recognised from the bytes; TCVN3 and VNI are refused by name."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from tenants.folder.problems import refuse
from tenants.folder.spreadsheets import Limits

_BLOCK = 1 << 20


_HEAD = 4096


# In Windows-1258 the tone follows its vowel as a mark of its own. In TCVN3 and VNI the same bytes are letters
# and stand anywhere, so text in those would show marks after consonants.
_TONES = "\u0300\u0301\u0303\u0309\u0323"


_ANY_TONE = re.compile(f"[{_TONES}]")


_TONE_ON_VOWEL = re.compile(f"[aăâeêioôơuưyAĂÂEÊIOÔƠUƯY][{_TONES}]")


_WELL_PLACED = 0.99


# UTF-8 that was read as Windows-1252 and saved again: “Tỉnh” became “Tá»‰nh”.
_ENDINGS = re.escape(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore"))


_TWICE_ENCODED = re.compile(f"á[º»][{_ENDINGS}]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """What people call it, and the codec that reads it."""

    name: str
    codec: str


UTF_8 = Encoding("UTF-8", "utf-8")


UTF_8_BOM = Encoding("UTF-8 (BOM)", "utf-8-sig")


UTF_16_LE = Encoding("UTF-16 LE", "utf-16-le")


UTF_16_BE = Encoding("UTF-16 BE", "utf-16-be")


UTF_16_LE_BOM = Encoding("UTF-16 LE (BOM)", "utf-16")


UTF_16_BE_BOM = Encoding("UTF-16 BE (BOM)", "utf-16")


WINDOWS_1258 = Encoding("Windows-1258", "cp1258")


def recognise(path: Path) -> Encoding:
    """The encoding of this file, after reading all of it. Windows-1258 comes with tone marks apart: compose
    them (NFC).

    Raises Refused for an encoding that is none of the above, for damaged text, and for text that was once
    opened in a wrong encoding and saved like that.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise refuse(path.name, 0, _("tệp trống."))
    encoding = _by_mark(head) or _utf_16_without_mark(head)
    if encoding is not None:
        if not _is_sound(path, encoding):
            text = _("tệp bị hỏng: không đọc hết được ở bảng mã %(encoding)s.")
            raise refuse(path.name, 0, text % {"encoding": encoding.name})
        return encoding
    if _is_sound(path, UTF_8):
        return UTF_8
    if _is_windows_1258(path):
        return WINDOWS_1258
    text = _(
        "không nhận ra bảng mã (không phải UTF-8, UTF-16 hay Windows-1258; có thể là TCVN3 hoặc VNI). "
        "Hãy chuyển sang Unicode và lưu dạng “CSV UTF-8”."
    )
    raise refuse(path.name, 0, text)


def _by_mark(head: bytes) -> Encoding | None:
    for mark, encoding in (
        (codecs.BOM_UTF8, UTF_8_BOM),
        (codecs.BOM_UTF16_LE, UTF_16_LE_BOM),
        (codecs.BOM_UTF16_BE, UTF_16_BE_BOM),
    ):
        if head.startswith(mark):
            return encoding
    return None


def _utf_16_without_mark(head: bytes) -> Encoding | None:
    """Plain letters, digits and separators fill every other byte with zero."""
    if len(head) < 4:
        return None
    enough = len(head) // 8
    if head[1::2].count(0) > enough:
        return UTF_16_LE
    return UTF_16_BE if head[0::2].count(0) > enough else None


def _is_sound(path: Path, encoding: Encoding) -> bool:
    """Whether the whole file can be read so; raises Refused for text that two encodings have spoilt."""
    try:
        for text in _blocks(path, encoding):
            if twice := _TWICE_ENCODED.search(text):
                raise refuse(
                    path.name,
                    0,
                    _("chữ có dấu bị hỏng (“%(sample)s”) do mở sai bảng mã rồi lưu lại; hãy lấy lại bản gốc.")
                    % {"sample": twice.group()},
                )
    except UnicodeDecodeError:
        return False
    return True


def _is_windows_1258(path: Path) -> bool:
    tones = well_placed = 0
    last = ""
    try:
        for text in _blocks(path, WINDOWS_1258):
            tones += len(_ANY_TONE.findall(text))
            well_placed += len(_TONE_ON_VOWEL.findall(last + text))
            last = text[-1:]
    except UnicodeDecodeError:
        return False
    return tones > 0 and well_placed >= tones * _WELL_PLACED


def _blocks(path: Path, encoding: Encoding) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", True)


# An old system's years of dossiers in one sheet; a command reads it, and no page waits.
LIMITS = Limits(
    unpacked=2 * 1024**3, ratio=200, parts=500, seconds=3600, memory=4 * 1024**3, output=8 * 1024**3
)
