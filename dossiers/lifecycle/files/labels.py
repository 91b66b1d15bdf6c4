"""Files in words: type, size, pages, and what the virus scanner says of them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.lifecycle.files import virus_scan
from dossiers.lifecycle.models.dossier import Attachment
from tenants.files.inspection import size_in_words
from tenants.files.models import StoredFile

State = Attachment.ScanState


@dataclass(frozen=True)
class Row:
    """A file as a page lists it. `trouble` is the sentence that stands where the file cannot be opened."""

    attachment: Attachment
    name: str
    facts: str
    served: bool
    scan: str
    trouble: str
    replaced_at: datetime | None = None

    @property
    def unscanned(self) -> bool:
        """Given out although nothing looked for viruses: this must be said."""
        return self.served and self.attachment.scan_state == State.NOT_SCANNED


def row(attachment: Attachment, replaced_at: datetime | None = None) -> Row:
    """How a page lists this file. `replaced_at`: when another came in its place."""
    served = virus_scan.is_safe(attachment)
    return Row(
        attachment=attachment,
        name=attachment.name,
        facts=facts(attachment),
        served=served,
        scan=attachment.get_scan_state_display(),
        trouble="" if served else why_not(attachment),
        replaced_at=replaced_at,
    )


def facts(attachment: Attachment) -> str:
    """PDF, 3 trang, 1,2 MB"""
    parts = [attachment.get_content_type_display()]
    if attachment.pages:
        n = attachment.pages
        parts.append(ngettext("%(n)d trang", "%(n)d trang", n) % {"n": n})
    return ", ".join([*parts, size_in_words(attachment.size)])


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
