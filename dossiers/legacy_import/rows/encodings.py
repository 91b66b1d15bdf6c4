"""Encodings of old systems' tables: recognised from the bytes; TCVN3 and VNI are refused by name."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from tenants.folder.problems import refuse
from tenants.folder.readers.text_reader import TWICE_ENCODED

_BLOCK = 1 << 20
_HEAD = 4096
# In Windows-1258 the tone follows its vowel as a mark of its own. In TCVN3 and VNI the same bytes are letters
# and stand anywhere, so text in those would show marks after consonants.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ANY_TONE = re.compile(f"[{_TONES}]")
_TONE_ON_VOWEL = re.compile(f"[aăâeêioôơuưyAĂÂEÊIOÔƠUƯY][{_TONES}]")
_WELL_PLACED = 0.99


class Encoding(NamedTuple):
    """What people call it, and the codec that reads it."""

    name: str
    codec: str


UTF_8 = Encoding("UTF-8", "utf-8")
WINDOWS_1258 = Encoding("Windows-1258", "cp1258")
_MARKS = {
    codecs.BOM_UTF8: Encoding("UTF-8 (BOM)", "utf-8-sig"),
    codecs.BOM_UTF16_LE: Encoding("UTF-16 LE (BOM)", "utf-16"),
    codecs.BOM_UTF16_BE: Encoding("UTF-16 BE (BOM)", "utf-16"),
}


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
    certain = next((one for mark, one in _MARKS.items() if head.startswith(mark)), _utf_16_without_mark(head))
    for encoding in [certain] if certain else [UTF_8, WINDOWS_1258]:
        if _is_sound(path, encoding):
            return encoding
    if certain:
        text = _("tệp bị hỏng: không đọc hết được ở bảng mã %(encoding)s.") % {"encoding": certain.name}
    else:
        text = _(
            "không nhận ra bảng mã (không phải UTF-8, UTF-16 hay Windows-1258; có thể là TCVN3 hoặc VNI). "
            "Hãy chuyển sang Unicode và lưu dạng “CSV UTF-8”."
        )
    raise refuse(path.name, 0, text)


def _utf_16_without_mark(head: bytes) -> Encoding | None:
    """Plain letters, digits and separators fill every other byte with zero."""
    enough = len(head) // 8
    if len(head) >= 4 and head[1::2].count(0) > enough:
        return Encoding("UTF-16 LE", "utf-16-le")
    if len(head) >= 4 and head[0::2].count(0) > enough:
        return Encoding("UTF-16 BE", "utf-16-be")
    return None


def _is_sound(path: Path, encoding: Encoding) -> bool:
    """Whether the whole file can be read so; raises Refused for text that two encodings have spoilt."""
    sentence = _("chữ có dấu bị hỏng (“%(sample)s”) do mở sai bảng mã rồi lưu lại; hãy lấy lại bản gốc.")
    tones = well_placed = 0
    last = ""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                text = decoder.decode(block)
                if encoding is WINDOWS_1258:
                    tones += len(_ANY_TONE.findall(text))
                    well_placed += len(_TONE_ON_VOWEL.findall(last + text))
                    last = text[-1:]
                elif twice := TWICE_ENCODED.search(text):
                    raise refuse(path.name, 0, sentence % {"sample": twice.group()})
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return encoding is not WINDOWS_1258 or (tones > 0 and well_placed >= tones * _WELL_PLACED)
