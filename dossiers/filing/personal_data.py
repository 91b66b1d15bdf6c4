"""One person's drafts and dossiers: what is kept of them, and the erasure of unfiled drafts.

What was filed is part of a dossier's record, which the archive law keeps.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from django.db.models import Q, QuerySet

from dossiers.filing import answers, expiry, papers, supplements
from dossiers.filing.answers import Filled
from dossiers.filing.models import FilingDraft
from dossiers.filing.public import answers as filing_answers
from dossiers.filing.rules.questions import vietnamese
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import Attachment, Dossier
from messaging.contacts.contacts import Kept
from messaging.contacts.models import Contact
from tenants import clock
from tenants.files import storage
from tenants.files.models import StoredFile
from tenants.isolation.crypto import blind_indexes


def drafts_of(phone: str) -> QuerySet[FilingDraft]:
    """The drafts that were begun with this number, filed or not, the oldest first."""
    found = FilingDraft.objects.filter(phone_index__in=blind_indexes(phone, "phone"))
    return found.select_related("procedure").order_by("pk") if phone else FilingDraft.objects.none()


def has_open_draft(contact: Contact) -> bool:
    """Whether a draft of this contact is being filled in: its thirty days are its own period of keeping."""
    return drafts_of(contact.phone).filter(filed_at=None, expires_at__gt=clock.now()).exists()


def dossiers_of(phone: str) -> QuerySet[Dossier]:
    """The dossiers in which this number stands, the oldest first."""
    indexes = blind_indexes(phone, "phone")
    mine = Q(owner__phone_index__in=indexes) | Q(submitter__phone_index__in=indexes)
    found = Dossier.objects.filter(mine | Q(recipient__phone_index__in=indexes))
    people = ("owner", "submitter", "recipient")
    return found.select_related(*people, "procedure", "filing_draft").order_by("pk")


def export(phone: str) -> Kept:
    """All that is kept of the drafts begun with this number, and of the dossiers in which it stands with what was
    handed in and given out; of other people in them nothing but what the forms hold.

    Without drafts prepared at home under a number that no code proved: a stranger may have typed it.
    """
    files: dict[str, Callable[[], IO[bytes]]] = {}
    mine = drafts_of(phone).exclude(kind=FilingDraft.Kind.PREPARE, proven_at=None)
    drafts = [_draft_as_data(draft, files) for draft in mine]
    dossiers = [_dossier_as_data(dossier, phone, files) for dossier in dossiers_of(phone)]
    return Kept({"drafts": drafts, "dossiers": dossiers}, files)


def erase(contact: Contact) -> int:
    """Remove a contact's unfiled drafts with answers, papers and sessions; how many. Part of the caller's
    transaction."""
    return expiry.remove_within(drafts_of(contact.phone))[0]


def _draft_as_data(draft: FilingDraft, files: dict[str, Callable[[], IO[bytes]]]) -> dict[str, Any]:
    filled, names = answers.read(draft), papers.labels(draft)
    return {
        "procedure": draft.procedure.code,
        "kind": draft.kind,
        "created_at": draft.created_at,
        "changed_at": draft.changed_at,
        "expires_at": None if draft.filed_at else draft.expires_at,
        "filed_at": draft.filed_at,
        "dossier": draft.dossier.code if draft.dossier else None,
        "in_words": _in_words(draft, filled),
        "answers": filled.answers,
        "pending": filled.pending,
        "files": [
            _file_as_data(file, names.get(file.question, file.question), "ban-nhap", files)
            for file in filled.files
        ],
    }


def _in_words(draft: FilingDraft, filled: Filled) -> list[dict[str, Any]]:
    """The answers as a person reads them, in the order of the questions; of what was filed those that count now, with
    what stood there before."""
    form, dossier = answers.form_of(draft), draft.dossier or draft.supplement_of
    text = supplements.current_text(dossier.pk) if dossier else supplements.CurrentText()
    papers = supplements.papers_of(dossier, text) if dossier and draft.filed_at else None
    # Which questions of a supplement are asked, the answers that were filed say.
    shown = text.answers if draft.filed_at else {**text.answers, **filled.answers}
    groups = filing_answers.groups(
        form, shown, files=filled.files, papers=papers, earlier=text.earlier, speak=vietnamese
    )
    return [
        {
            "question": row.label,
            "answer": row.lines,
            "earlier": [{"answer": one.lines, "replaced_at": one.at} for one in row.earlier],
        }
        for group in groups
        for row in group.rows
        if (draft.dossier_id or row.page in filled.answers) and (row.lines or row.earlier)
    ]


def _dossier_as_data(
    dossier: Dossier, phone: str, files: dict[str, Callable[[], IO[bytes]]]
) -> dict[str, Any]:
    parties = {"owner": dossier.owner, "submitter": dossier.submitter, "recipient": dossier.recipient}
    filed = getattr(dossier, "filing_draft", None)
    # An owner without a number is named by the form filed under this one, proven by a code.
    numbers = {phone, "" if filed and filed.proven_at and filed.phone == phone else phone}
    handed = dossier.attachments.filter(removed_at=None).exclude(kind=Attachment.Kind.OTHER).order_by("pk")
    return {
        "code": dossier.code,
        "procedure": dossier.procedure.code,
        "status": dossier.status_enum.official,
        "received_at": dossier.received_at,
        "people": {
            role: {
                "name": one.name, "id_number": one.id_number, "phone": one.phone, "address": one.address,
            }
            for role, one in parties.items()
            if one is not None and one.phone in numbers
        },
        "files": [
            {**_file_as_data(one.file, one.file.paper, dossier.code, files), "replaced_at": one.replaced_at}
            for one in supplements.current_papers(dossier, handed)
        ],
    }  # fmt: skip


def _file_as_data(
    file: StoredFile, paper: str, folder: str, files: dict[str, Callable[[], IO[bytes]]]
) -> dict[str, Any]:
    """A file by its path in the archive; "" for one that is not given out, infected or not scanned yet."""
    path = ""
    with suppress(access.NotServed):
        served = access.open_stored(file)
        served.file.close()
        path = f"{folder}/{file.pk}-{PurePosixPath(file.name).name}"
        files[path] = partial(storage.fetch, file.stored_name)
    return {
        "paper": paper,
        "name": file.name,
        "path": path,
        "size": file.size,
        "sha256": file.sha256,
        "uploaded_at": file.uploaded_at,
    }
