"""Which files of a dossier whom may see, and giving them out."""

from dataclasses import dataclass

from django.core.files.base import File
from django.db.models import BigIntegerField, QuerySet
from django.http import FileResponse, HttpRequest

from dossiers.lifecycle.files import virus_scan
from dossiers.lifecycle.models.dossier import Attachment, Dossier
from dossiers.lifecycle.permissions import visible_to
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.files import storage
from tenants.files.models import StoredFile
from tenants.isolation.backend.compiled_query import CompiledQuery, Parameter

SHOWS_RESULTS = frozenset({Status.DONE, Status.RETURNED})


class NoSuchFile(Exception):
    """There is no such file for this reader: unknown, withdrawn, of another dossier, or not theirs to see."""


class NotServed(Exception):
    """The file is theirs to see but not given out: infected, or not scanned yet."""

    def __init__(self, attachment: StoredFile) -> None:
        super().__init__(attachment.scan_state)
        self.attachment = attachment


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
    """The bytes of a file whose reader has been checked. Raises NotServed, Unreadable."""
    if not virus_scan.is_safe(file):
        raise NotServed(file)
    return Served(file, storage.fetch(file.stored_name))


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
        headers=HEADERS,
    )
