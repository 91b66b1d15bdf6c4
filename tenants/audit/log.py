"""Writing to the audit table."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.client_address import client_address


def record(
    action: str,
    subject: str = "",
    *,
    actor: User | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> AuditEntry:
    """Append one entry. `detail` must hold no personal data. Part of the caller's transaction, if any."""
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    return AuditEntry.objects.create(
        at=clock.now(),
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        action=action,
        subject=subject,
        detail=detail,
        address=client_address(request) or None if request else None,
    )


def record_all(action: str, subjects: Iterable[str], **detail: Any) -> None:
    """Append one entry for each subject of what no person at the desk did, in one statement. No personal data."""
    now = clock.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, action=action, subject=subject, detail=detail) for subject in subjects
    )
