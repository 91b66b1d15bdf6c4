"""Files in words: type, size, pages, and what the virus scanner says of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.lifecycle.files import virus_scan
from tenants.files.inspection import size_in_words
from tenants.files.models import StoredFile

State = StoredFile.ScanState


@dataclass(frozen=True)
class Row:
    """A file as a page lists it, with its address where it is given out. `trouble` is the sentence that stands where it
    cannot be opened."""

    attachment: Any
    facts: str
    served: bool
    trouble: str
    url: str
    replaced_at: datetime | None

    @property
    def unscanned(self) -> bool:
        """Given out although nothing looked for viruses: this must be said."""
        return self.served and self.attachment.scan_state == State.NOT_SCANNED


def row(file: StoredFile, replaced_at: datetime | None = None, url: str = "") -> Row:
    """How a page lists this file. `replaced_at`: when another came in its place."""
    served = virus_scan.is_safe(file)
    return Row(file, facts(file), served, "" if served else why_not(file), url if served else "", replaced_at)


def facts(file: StoredFile) -> str:
    """PDF, 3 trang, 1,2 MB"""
    parts = [file.get_content_type_display()]
    if n := file.pages:
        parts.append(ngettext("%(n)d trang", "%(n)d trang", n) % {"n": n})
    return ", ".join([*parts, size_in_words(file.size)])


def why_not(attachment: StoredFile) -> str:
    """Why a file is not given out now."""
    if attachment.scan_state == State.INFECTED:
        return _("Tệp có vi-rút nên không mở được. Xin gỡ tệp và xin bản khác.")
    if attachment.scan_state == State.ERROR:
        return _("Máy quét vi-rút chưa trả lời, nên tệp chưa mở được. Cổng sẽ tự quét lại.")
    return _("Tệp đang được quét vi-rút. Xin mở lại sau ít phút.")


def unreadable() -> str:
    """The store does not give the file out."""
    return _("Kho tệp tạm thời không mở được tệp này. Xin thử lại sau ít phút.")
