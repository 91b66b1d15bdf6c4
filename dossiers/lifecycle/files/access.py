"""Which files of a dossier whom may see, giving them out, and files in words: type, size, pages, and what the virus scanner
says of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db.models import BigIntegerField, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.lifecycle.files import virus_scan
from dossiers.lifecycle.models import Attachment, Dossier
from dossiers.lifecycle.permissions import visible_to
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.files import SHA256, storage
from tenants.files.inspection import size_in_words, small_in
from tenants.files.models import StoredFile
from tenants.isolation.backend.compiled_query import CompiledQuery, Parameter

State = StoredFile.ScanState
SEEN, SMALL = "xem", "nho"
"""In the address of a file: it is looked at in the page, whole or small."""
SHOWS_RESULTS = frozenset({Status.DONE, Status.RETURNED})


class NoSuchFile(Exception):
    """There is no such file for this reader: unknown, withdrawn, of another dossier, or not theirs to see."""


class NotServed(Exception):
    """The file is theirs to see but not given out: infected, not scanned yet, or lost to the store. Says so to who
    asked."""


@dataclass(frozen=True)
class Served:
    """A file on its way out, opened for reading."""

    attachment: StoredFile
    file: File


def results(dossier: Dossier) -> list[Attachment]:
    """The result files listed for a citizen with the key, in the order they came; none before the dossier is done.
    An infected one is not listed. No statement is spent on a dossier that shows none."""
    if dossier.status_enum not in SHOWS_RESULTS:
        return []
    return _RESULTS.rows(dossier=dossier.pk)


def has_result(dossier: Dossier) -> bool:
    """Whether a result is attached that was not withdrawn and not found infected."""
    return _of_citizen(dossier).exists()


def visible_files(dossier: Dossier, reader: User | None) -> list[Attachment]:
    """The files listed for this reader: for a member of staff all but withdrawn ones of a dossier that they
    may see, for a citizen with the key (None) the `results`."""
    if reader is None:
        return results(dossier)
    if not visible_to(reader).filter(pk=dossier.pk).exists():
        return []
    return list(_present(dossier).select_related("uploaded_by"))


def for_staff(dossier_id: int, attachment_id: int, reader: User, request: HttpRequest) -> Served:
    """A file for a member of staff who may see its dossier; the reading is recorded.

    Raises NoSuchFile, NotServed.
    """
    dossier = visible_to(reader).filter(pk=dossier_id).first()
    if dossier is None:
        raise NoSuchFile
    attachment = _present(dossier).filter(pk=attachment_id).first()
    if attachment is None:
        raise NoSuchFile
    served = open_stored(attachment)
    audit.record("file.read", dossier.subject, request=request, attachment=attachment.pk)
    return served


def for_citizen(dossier: Dossier, attachment_id: int) -> Served:
    """A result file for one who holds the dossier's key. Raises NoSuchFile, NotServed."""
    attachment = next((attachment for attachment in results(dossier) if attachment.pk == attachment_id), None)
    if attachment is None:
        raise NoSuchFile
    return open_stored(attachment)


def _present(dossier: Dossier | Parameter) -> QuerySet[Attachment]:
    return Attachment.objects.filter(dossier=dossier, removed_at=None).order_by("pk")


def _of_citizen(dossier: Dossier | Parameter) -> QuerySet[Attachment]:
    return (
        _present(dossier)
        .filter(kind=Attachment.Kind.RESULT)
        .exclude(scan_state=Attachment.ScanState.INFECTED)
    )


_RESULTS = CompiledQuery(lambda: _of_citizen(Parameter("dossier", BigIntegerField())))


def open_stored(file: StoredFile) -> Served:
    """The bytes of a file whose reader has been checked. Raises NotServed."""
    if not virus_scan.is_safe(file):
        raise NotServed(why_not(file))
    try:
        return Served(file, storage.fetch(file.stored_name))
    except storage.Unreadable as error:
        raise NotServed(_("Kho tệp tạm thời không mở được tệp này. Xin thử lại sau ít phút.")) from error


HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def download(served: Served) -> FileResponse:
    """The file under the name people know it by, with the type it was found to have."""
    return FileResponse(
        served.file,
        as_attachment=True,
        filename=served.attachment.name,
        content_type=served.attachment.content_type,
        headers={**HEADERS, SHA256: served.attachment.sha256},
    )


def picture(served: Served, look: str | None) -> HttpResponse | FileResponse:
    """A file as it is asked for: a picture to be seen in the page, whole or, where it has one, the SMALL one in it;
    without `look`, and what is no picture, as a download."""
    if look is None or served.attachment.content_type == StoredFile.ContentType.PDF:
        return download(served)
    if look == SMALL and (small := small_in(served.file)):
        served.file.close()
        return HttpResponse(small, content_type="image/jpeg", headers=HEADERS)
    served.file.seek(0)
    name, kind = served.attachment.name, served.attachment.content_type
    return FileResponse(
        served.file, filename=name, content_type=kind, headers={**HEADERS, SHA256: served.attachment.sha256}
    )


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
    def is_picture(self) -> bool:
        """Whether a page can show it."""
        return self.served and self.attachment.content_type != StoredFile.ContentType.PDF

    @property
    def title(self) -> str:
        """What a citizen reads: the name without its ending where a person wrote it in words, else what it is."""
        stem = self.attachment.name.rpartition(".")[0]
        return stem if " " in stem else _("Kết quả giải quyết")


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
