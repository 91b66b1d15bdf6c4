"""Readers of catalogues in the formats in use: which one a file is in is told by its first bytes, not by its name."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from procedures.catalogue.formats import portal_json, tables
from procedures.catalogue.formats.base import MAX_FILE_BYTES, CatalogueError, Reading

READERS: dict[str, Callable[[Path], Reading]] = {
    "official-xlsx": tables.read_workbook,
    "portal-json": portal_json.read,
    "csv": tables.read_csv,
}
FORMATS = ("auto", *READERS)


def read(path: Path, name: str = "auto") -> Reading:
    """Return the procedures and problems of a file in the format of this name among FORMATS.

    Raises :class:`CatalogueError`, with a Vietnamese sentence and all faulty rows, when the file is absent, too
    large, or in none of the formats.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(512)
    except (OSError, ValueError) as error:
        raise CatalogueError(_("Không mở được tệp “%(file)s”.") % {"file": path.name[:120]}) from error
    if size == 0:
        raise CatalogueError(_("Tệp trống."))
    if size > MAX_FILE_BYTES:
        raise CatalogueError(_("Tệp quá lớn, không phải danh mục thủ tục."))
    reader = _reader_of(head) if name == "auto" else READERS[name]
    # Notes on terms and fees are stored: they are Vietnamese whatever language the reader has chosen.
    with translation.override(settings.LANGUAGE_CODE):
        return reader(path)


def _reader_of(head: bytes) -> Callable[[Path], Reading]:
    if head.startswith(b"PK\x03\x04"):
        return tables.read_workbook
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise CatalogueError(_("Tệp là Excel kiểu cũ (.xls); hãy lưu lại dạng .xlsx."))
    if head.startswith(b"%PDF"):
        raise CatalogueError(_("Tệp là PDF; hãy lấy bản Excel hoặc CSV."))
    if head.startswith(b"\x1f\x8b") or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return portal_json.read
    return tables.read_csv
