"""The end of drafts: reminders seven days and one day before it, and their removal with all that is in them.

What there is to do is found in the database, so a lost task costs an hour. `work_list` shows what is left to be done,
and each removal is an entry of the audit log with its numbers.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, Sum

from dossiers.filing import drafts, messages
from dossiers.filing.models import SESSION_KEPT, FilingDraft, FilingFile, FilingSession
from dossiers.lifecycle.files import stored_files
from messaging.outbox import enqueue
from tenants import clock
from tenants.audit import log as audit

log = logging.getLogger(__name__)

DAYS_BEFORE = (1, 7)
"""A reminder goes out so many days before the end, the nearer one first looked at."""
AT_ONCE = 200


def remind_due() -> int:
    """Write the reminders that are due in the current province; how many. Each in a transaction of its own, once."""
    written = 0
    for draft_id in list(_due_for_reminder().values_list("pk", flat=True)):
        try:
            written += _remind(draft_id)
        except Exception:
            # One draft in trouble must not keep the others waiting.
            log.exception("reminder for draft %s", draft_id)
    return written


def remove_due() -> int:
    """Remove the drafts whose time is over, with answers, papers, sessions and bytes; and sessions of yesterday,
    but for those that say where the number of an open draft was proven.

    How many drafts. A run that is stopped is gone on with by the next.
    """
    old = FilingSession.objects.filter(seen_at__lte=clock.now() - SESSION_KEPT)
    old.exclude(proven_at__isnull=False, draft__filed_at=None).delete()
    removed = 0
    while ids := list(_over().order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic(durable=True):
            drafts_gone, files = remove_within(_over().filter(pk__in=ids))
            audit.record("filing.expire", "filing", drafts=drafts_gone, files=files)
        removed += drafts_gone
        if not drafts_gone:
            break
    return removed


def remove_within(found: QuerySet[FilingDraft]) -> tuple[int, int]:
    """Remove these unfiled drafts as part of the caller's transaction, their bytes after its commit; how many drafts and
    papers.

    Looked at again under lock: one that is filed, or given more time, at this moment is none of them.
    """
    locked = found.filter(filed_at=None).select_for_update().order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    names = list(FilingFile.objects.filter(draft__in=ids).values_list("stored_name", flat=True))
    for draft in FilingDraft.objects.filter(pk__in=ids):
        forget_reminder(draft)
    FilingDraft.objects.filter(pk__in=ids).delete()
    stored_files.remove_after_commit(names)
    return len(ids), len(names)


def discard(draft: FilingDraft) -> bool:
    """Remove an unfiled draft at the wish of who may open it; False where it was filed meanwhile."""
    with transaction.atomic(durable=True):
        removed, files = remove_within(FilingDraft.objects.filter(pk=draft.pk))
        if removed:
            audit.record("filing.discard", draft.subject, files=files)
    return bool(removed)


def forget_reminder(draft: FilingDraft) -> None:
    """Take back a reminder that has not gone out yet. Part of the caller's transaction."""
    if draft.reminded is not None:
        enqueue.recall(draft.subject, draft.reminded)


def work_list() -> dict[str, Any]:
    """Unfiled drafts of the present province: all (`open`); those past their end that are still there (`overdue`), since
    when; and those whose reminder is due. After the sweep ran, the last two counts are 0. Two statements."""
    over = Q(expires_at__lte=clock.now())
    counts = FilingDraft.objects.filter(filed_at=None).aggregate(
        open=Count("pk", filter=~over),
        overdue=Count("pk", filter=over),
        overdue_since=Min("expires_at", filter=over),
    )
    return counts | {"to_remind": _due_for_reminder().count()}


def kept() -> dict[str, int]:
    """What unfiled drafts are now: how many with and without a proven number, and their files and bytes."""
    drafts_kept = FilingDraft.objects.filter(filed_at=None).aggregate(
        proven=Count("proven_at"), unproven=Count("pk", filter=Q(proven_at=None))
    )
    files = FilingFile.objects.filter(draft__filed_at=None)
    return drafts_kept | files.aggregate(files=Count("pk"), bytes=Sum("size", default=0))


def _over() -> QuerySet[FilingDraft]:
    return FilingDraft.objects.filter(filed_at=None, expires_at__lte=clock.now())


def _due_for_reminder() -> QuerySet[FilingDraft]:
    """Drafts with a proven number, of which a reminder was not written yet though its day has come."""
    now = clock.now()
    due = Q()
    for days in DAYS_BEFORE:
        unsaid = Q(reminded=None) | Q(reminded__gt=days)
        due |= Q(expires_at__lte=now + timedelta(days=days)) & unsaid
    open_ones = FilingDraft.objects.filter(filed_at=None, expires_at__gt=now, proven_at__isnull=False)
    return open_ones.filter(due).order_by("expires_at", "pk")


def _remind(draft_id: int) -> bool:
    with transaction.atomic(durable=True):
        due = _due_for_reminder().select_related("procedure").filter(pk=draft_id)
        draft = due.select_for_update(of=("self",)).first()
        if draft is None:
            return False
        left = draft.expires_at - clock.now()
        draft.reminded = min(days for days in DAYS_BEFORE if left <= timedelta(days=days))
        draft.save(update_fields=["reminded"])
        return messages.write(draft, messages.REMINDER, draft.reminded, drafts.link(draft))
