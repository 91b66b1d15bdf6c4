"""Reading the text files of a folder. What a spreadsheet or an editor did to them is named, not guessed."""

import re
from pathlib import Path

from django.utils.translation import gettext as _

from tenants.folder.problems import refuse
from tenants.text import DAMAGED, damage_in

MAX_BYTES = 4 * 1024 * 1024

# UTF-8 that was read as Windows-1252 and saved again: “Tỉnh” became “Tá»‰nh”. All letters of U+1EA0 to
# U+1EF9 then begin with “áº” or “á»” and end in one of the characters of the bytes 80 to BF.
_ENDINGS = re.escape(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore"))
TWICE_ENCODED = re.compile(f"á[º»][{_ENDINGS}]")
# In Windows-1258 the tone marks follow their vowel as one byte each; “đ” and “Đ” have theirs.
_WINDOWS_1258_MARKS = frozenset(b"\xcc\xd2\xde\xec\xf2\xf0\xd0\xf5\xfd")

# How the same letter, “đ” or “Đ”, is written, and the seven own letters of TCVN3 (“đ” among them).
_VNI_D, _WINDOWS_1258_D = frozenset(b"\xf1\xd1"), frozenset(b"\xf0\xd0")
# An XLSX file is a ZIP archive; an XLS file is an OLE container.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TCVN3_LETTERS = frozenset(range(0xA8, 0xAF))


def read_text(path: Path, name: str = "", *, max_bytes: int = MAX_BYTES) -> str:
    """Content of a UTF-8 file (with or without byte order mark), line ends as ``\\n``.

    `name` is what people know it by, if it lies in a directory of the folder.
    Raises Refused, with the line where there is one, for a file that is absent, too large, in another
    encoding (UTF-16, Windows-1258, TCVN3 and VNI are named) or damaged.
    """
    name = name or path.name
    if not path.is_file():
        raise refuse(name, 0, _("thiếu tệp này."))
    try:
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except OSError as error:
        raise refuse(name, 0, _("không mở được tệp; kiểm tra quyền đọc.")) from error
    if len(content) > max_bytes:
        limit = max_bytes // 1024
        raise refuse(name, 0, _("tệp lớn hơn %(limit)d KB, không thể là tệp cấu hình.") % {"limit": limit})
    text = _decode(name, content).replace("\r\n", "\n").replace("\r", "\n")
    if found := DAMAGED.search(text) or TWICE_ENCODED.search(text):
        twice = _("chữ có dấu bị hỏng do mở sai bảng mã rồi lưu lại; hãy lấy lại bản gốc.")
        raise refuse(name, text.count("\n", 0, found.start()) + 1, damage_in(text) or twice)
    return text


def _decode(name: str, content: bytes) -> str:
    if content.startswith(_WORKBOOKS):
        raise refuse(name, 0, _("đây là tệp Excel đổi tên; hãy mở bằng Excel rồi lưu dạng “CSV UTF-8”."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(content):
        raise refuse(name, 0, _("tệp ở bảng mã UTF-16; hãy lưu lại dạng “CSV UTF-8”."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _(
            "tệp không phải UTF-8 (có thể là TCVN3 hoặc VNI); hãy chuyển sang Unicode và lưu dạng UTF-8."
        )
        if looks_like := _encoding_of(content):
            text = _("tệp ở bảng mã %(encoding)s; hãy lưu lại dạng “CSV UTF-8”.") % {"encoding": looks_like}
        raise refuse(name, content.count(b"\n", 0, error.start) + 1, text) from error


def _encoding_of(content: bytes) -> str:
    """The Vietnamese encoding that bytes which are not UTF-8 look like; "" where they could be several."""
    high = [byte for byte in content if byte > 0x7F]
    # TCVN3 has its seven letters ă â ê ô ơ ư đ where the others have signs that no list of offices needs.
    if 10 * sum(byte in _TCVN3_LETTERS for byte in high) >= len(high) > 0:
        return "TCVN3 (ABC)"
    if not _WINDOWS_1258_MARKS & set(high):
        return ""
    vni, windows = (sum(byte in letters for byte in high) for letters in (_VNI_D, _WINDOWS_1258_D))
    return "VNI" if vni > windows else "Windows-1258"


def _looks_like_utf16(content: bytes) -> bool:
    head = content[:4096]
    return len(head) > 3 and max(head[0::2].count(0), head[1::2].count(0)) > len(head) // 8
