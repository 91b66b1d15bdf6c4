"""Is this a file we can take? Decided by its content, never by what the sender says of it."""

import hashlib
import json
import math
import subprocess
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.folder.readers import sealed
from tenants.refusals import Refused
from tenants.text import StrOrPromise

LONGEST_NAME = 120
POST_SECONDS = 30
"""After so long no further file of one post is looked at: others wait for the same threads."""
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
EXTENSIONS = {
    PDF: ("pdf",),
    JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    PNG: ("png",),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    ODT: ("odt",),
}
LABELS = {PDF: "PDF", JPEG: "JPEG", PNG: "PNG", DOCX: "Word", XLSX: "Excel", ODT: "ODT"}
"""The kinds as people call them."""
KILOBYTE = 1024
LONGEST_SMALL = 64 * KILOBYTE
_SMALL = b"mot-cua small\0"
_FORBIDDEN = frozenset('<>:"/\\|?*')
_NAMELESS = "tệp"


def extension(name: str) -> str:
    """The part after the last dot, in small letters; "" without one."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def clean_name(name: str, content_type: str) -> str:
    """A name that can be shown, and saved on any system: at most 120 characters, with the extension of its type.

    Folders, control characters, characters without shape or that turn the direction of reading, and those
    that a file system refuses are left out. Vietnamese letters stay, composed (NFC).
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] if extension(last) in EXTENSIONS[content_type] else last
    visible = "".join(
        " " if character in _FORBIDDEN or character.isspace() else character
        for character in unicodedata.normalize("NFC", stem)
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    ending = EXTENSIONS[content_type][0]
    short = " ".join(visible.split()).strip(". ")[: LONGEST_NAME - len(ending) - 1].strip(". ")
    return f"{short or _NAMELESS}.{ending}"


def shown_name(name: str) -> str:
    """A name as typed, fit to be quoted in a sentence of refusal."""
    visible = "".join(c for c in name[:LONGEST_NAME] if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()) or _NAMELESS


def size_in_words(count: int) -> str:
    """Bytes as people say them: 340 KB, 1,2 MB. Never "0 KB"."""
    if count < KILOBYTE * KILOBYTE:
        return f"{max(1, round(count / KILOBYTE))} KB"
    return f"{count / KILOBYTE / KILOBYTE:.1f} MB".replace(".", ",")


EXAMINER = Path(__file__).with_name("sandbox_examiner.py")
MAGIC = {
    b"%PDF-": (PDF,),
    b"\xff\xd8\xff": (JPEG,),
    b"\x89PNG\r\n\x1a\n": (PNG,),
    b"PK\x03\x04": (DOCX, XLSX, ODT),
}
"""By first bytes the kinds that begin so."""
CPU_SECONDS = 10
"""Of a processor that the examination of one file may take."""
WALL_SECONDS = 40
"""By the clock, its waiting for a processor among pages included."""
MEMORY = 1024 * 1024 * 1024

WHAT = {
    "script": gettext_lazy("mã JavaScript"),
    "opening": gettext_lazy("lệnh tự chạy khi mở tệp"),
    "program": gettext_lazy("lệnh mở chương trình khác"),
    "enclosed": gettext_lazy("tệp khác nằm bên trong"),
    "sending": gettext_lazy("lệnh gửi dữ liệu đi nơi khác"),
    "media": gettext_lazy("âm thanh, phim hoặc hình 3D"),
    "form": gettext_lazy("biểu mẫu động (XFA)"),
    "elsewhere": gettext_lazy("lệnh mở tệp ở nơi khác"),
    "macro": gettext_lazy("macro"),
}
SENTENCES = {
    "broken": gettext_lazy(
        "Tệp “%(name)s” bị hỏng hoặc gửi lên chưa trọn. Xin chụp, quét hoặc lưu lại rồi gửi lại."
    ),
    "animated": gettext_lazy("Tệp “%(name)s” là ảnh động. Xin gửi ảnh thường hoặc PDF."),
    "encrypted": gettext_lazy(
        "Tệp “%(name)s” là PDF có mật khẩu hoặc bị khóa quyền. Xin bỏ khóa hoặc in lại thành PDF rồi gửi lại."
    ),
    "complex": gettext_lazy(
        "Tệp “%(name)s” quá phức tạp, không kiểm tra hết được. Xin quét giấy hoặc in lại thành PDF rồi gửi lại."
    ),
    "waited": gettext_lazy(
        "Cổng đang bận nên chưa kiểm tra xong tệp “%(name)s”. Tệp chưa được nhận; xin gửi lại sau ít phút."
    ),
    "pixels": gettext_lazy(
        "Ảnh “%(name)s” có %(pixels)d triệu điểm ảnh, giới hạn %(max)d. Xin chụp hoặc quét lại ở cỡ nhỏ hơn."
    ),
    "office": gettext_lazy(
        "Tệp “%(name)s” có %(what)s nên không nhận được. Xin bỏ phần ấy, hoặc lưu thành PDF rồi gửi lại."
    ),
    "active": gettext_lazy(
        "Tệp “%(name)s” là PDF có %(what)s nên không nhận được. Xin in lại thành PDF rồi gửi lại."
    ),
}


@dataclass(frozen=True)
class AcceptedTypes:
    """Content types that a door takes, and its sentence about files of all others."""

    kinds: tuple[str, ...]
    otherwise: StrOrPromise


SCANS = AcceptedTypes(
    (PDF, JPEG, PNG),
    gettext_lazy(
        "Tệp “%(name)s” không phải PDF, ảnh JPEG hoặc ảnh PNG. Xin chụp, quét hoặc lưu thành một trong các loại này."
    ),
)
"""Papers, scanned or photographed."""
SHEETS = AcceptedTypes(
    (PDF, DOCX, XLSX, ODT),
    gettext_lazy(
        "Tệp “%(name)s” không phải PDF, Word (.docx), Excel (.xlsx) hoặc ODT. Xin lưu thành một trong các loại này."
    ),
)
"""Sheets to fill in."""


class FileRefused(Refused):
    """The file cannot be taken; nothing was stored. The sentence names the file and says what to do.

    `cpu_seconds`: what its examination took of a processor.
    """

    cpu_seconds = 0.0


@dataclass(frozen=True)
class Inspected:
    """A file that may be stored. For a picture, `content` is the picture written anew: pixels and nothing else."""

    name: str
    content_type: str
    content: bytes
    sha256: str
    pages: int | None
    pixels: int | None
    cpu_seconds: float = 0.0
    """What the examination took of a processor."""

    @property
    def size(self) -> int:
        """In bytes, as it will be stored."""
        return len(self.content)


def small_in(file: File) -> bytes:
    """The small JPEG that the examiner put at the beginning of a stored picture; b"" where there is none."""
    head: bytes = file.read(LONGEST_SMALL)
    if head[20:22] == b"\xff\xe9" and head[24 : 24 + len(_SMALL)] == _SMALL:
        return head[24 + len(_SMALL) : 22 + int.from_bytes(head[22:24])]
    return head[41 : 41 + int.from_bytes(head[33:37])] if head[37:41] == b"mcTh" else b""


def each_in_time[Sent: File](uploads: Iterable[Sent]) -> Iterator[Sent]:
    """The files of one post, to be inspected one by one; raises FileRefused after POST_SECONDS."""
    ends = time.monotonic() + POST_SECONDS
    for upload in uploads:
        if time.monotonic() > ends:
            raise FileRefused(_("Các tệp này cần kiểm tra quá lâu. Xin gửi ít tệp hơn mỗi lần."))
        yield upload


def inspect(upload: File, accepted: AcceptedTypes = SCANS, *, seconds: int = CPU_SECONDS) -> Inspected:
    """The file, found fit to be stored; raises FileRefused with a sentence for the person who sent it.

    Nothing but the kinds of `accepted`. A picture loses all that is not pixels (place, device, time) and is turned
    upright. A PDF stays byte by byte as it is, so that signatures hold; one that is locked, or that does
    something by itself, is refused, and so is an office document with programs, files or far links in it. The content
    is read by another process, which may take so many `seconds` of a processor and 1 GiB of memory. Of the web server
    its places for files (`portal.uploads`) bound how many are read at once.
    """
    typed = shown_name(upload.name or "")
    size = upload.size or 0
    if not size:
        raise FileRefused(_("Tệp “%(name)s” trống, không có nội dung.") % {"name": typed})
    if size > settings.FILE_MAX_BYTES:
        raise FileRefused(
            _("Tệp “%(name)s” nặng %(mb)s MB, giới hạn %(max)d MB. Chụp lại ảnh hoặc chọn tệp nhỏ hơn.")
            % {"name": typed, "mb": _megabytes(size), "max": settings.FILE_MAX_BYTES // settings.MEGABYTE}
        )
    upload.seek(0)
    content = upload.read()
    content_type = _type_of(content, upload.name or "", accepted)
    found, picture = _examine(content, content_type, typed, seconds)
    kept = picture or content
    return Inspected(
        name=clean_name(upload.name or "", content_type),
        content_type=content_type,
        content=kept,
        sha256=hashlib.sha256(kept).hexdigest(),
        pages=found.get("pages"),
        pixels=found.get("pixels"),
        cpu_seconds=found["cpu_seconds"],
    )


def _type_of(content: bytes, name: str, accepted: AcceptedTypes) -> str:
    """By its first bytes; its name must agree, since people and programs go by it."""
    typed = shown_name(name)
    found = [kind for start, kinds in MAGIC.items() if content.startswith(start) for kind in kinds]
    fits = [kind for kind in found if kind in accepted.kinds]
    named = [kind for kind in fits if extension(name) in EXTENSIONS[kind]]
    if not fits or (len(found) > 1 and not named):
        raise FileRefused(str(accepted.otherwise) % {"name": typed})
    if not named:
        raise FileRefused(
            _(
                "Tệp “%(name)s” có nội dung là %(kind)s nhưng tên không có đuôi .%(ending)s. Xin lưu lại đúng loại rồi gửi lại."
            )
            % {"name": typed, "kind": LABELS[fits[0]], "ending": EXTENSIONS[fits[0]][0]}
        )
    return named[0]


def _examine(content: bytes, content_type: str, typed: str, seconds: int) -> tuple[dict[str, Any], bytes]:
    limits = {"pixels": settings.FILE_MAX_PIXELS, "seconds": seconds, "memory": MEMORY}
    kind = EXTENSIONS[content_type][0] if content_type in SHEETS.kinds else content_type.partition("/")[2]
    with sealed.start(EXAMINER, kind, json.dumps(limits)) as process:
        try:
            answer = process.communicate(content, WALL_SECONDS)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            _refuse("waited", typed, cpu_seconds=seconds)
    if process.returncode != 0:
        _refuse("complex", typed, cpu_seconds=seconds)
    line, _newline, picture = answer.partition(b"\n")
    found = json.loads(line)
    if "refused" in found:
        _refuse(found["refused"], typed, found["what"], found["cpu_seconds"])
    return found, picture


def _refuse(reason: str, typed: str, what: str = "", cpu_seconds: float = 0.0) -> NoReturn:
    facts = {"name": typed, "what": WHAT.get(what, ""), "max": settings.FILE_MAX_PIXELS // 1_000_000}
    if reason == "pixels":
        facts["pixels"] = -(-int(what) // 1_000_000)
    refusal = FileRefused(str(SENTENCES[reason]) % facts)
    refusal.cpu_seconds = cpu_seconds
    raise refusal


def _megabytes(size: int) -> str:
    """Never less than it is: 20 MB and one byte are "20,1"."""
    return f"{math.ceil(size * 10 / settings.MEGABYTE) / 10:.1f}".replace(".", ",")
