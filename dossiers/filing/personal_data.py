"""One person's unfiled drafts: what is kept of them, and its erasure.

What was filed is part of a dossier's record, which the archive law keeps.
"""

from typing import Any

from django.db.models import QuerySet

from dossiers.filing import answers, expiry, papers
from dossiers.models import FilingDraft
from messaging.models import Contact
from tenants import clock
from tenants.crypto import blind_indexes


def drafts_of(phone: str) -> QuerySet[FilingDraft]:
    """The drafts that were begun with this number, filed or not, the oldest first."""
    found = FilingDraft.objects.filter(phone_index__in=blind_indexes(phone, "phone"))
    return found.select_related("procedure").order_by("pk") if phone else FilingDraft.objects.none()


def has_open_draft(contact: Contact) -> bool:
    """Whether a draft of this contact is being filled in: its thirty days are its own period of keeping."""
    return drafts_of(contact.phone).filter(filed_at=None, expires_at__gt=clock.now()).exists()


def export(phone: str) -> list[dict[str, Any]]:
    """All that is kept of the drafts begun with this number, as JSON can hold it; of files their names and digests."""
    return [_as_data(draft) for draft in drafts_of(phone)]


def erase(contact: Contact) -> int:
    """Remove a contact's unfiled drafts with answers, papers and sessions; how many. Part of the caller's
    transaction."""
    return expiry.remove_within(drafts_of(contact.phone)).drafts


def _as_data(draft: FilingDraft) -> dict[str, Any]:
    filled, names = answers.read(draft), papers.labels(draft)
    return {
        "procedure": draft.procedure.code,
        "kind": draft.kind,
        "created_at": draft.created_at.isoformat(),
        "changed_at": draft.changed_at.isoformat(),
        "expires_at": None if draft.filed_at else draft.expires_at.isoformat(),
        "filed_at": draft.filed_at.isoformat() if draft.filed_at else None,
        "dossier": draft.dossier.code if draft.dossier else None,
        "answers": filled.answers,
        "pending": filled.pending,
        "files": [
            {
                "paper": names.get(file.question, file.question),
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "uploaded_at": file.uploaded_at.isoformat(),
            }
            for file in filled.files
        ],
    }
