"""Writing the audit log, and verifying that nothing of a province's history was changed or taken away.

Verification sees: that every append-only table has both locks (triggers, no grants), that the function behind the
triggers still refuses, that the database sets time and name of each entry, that numbered histories have no holes
(by checks of the caller), that no table has fewer rows than when the last backup was made, and that sealed rows are what
was sealed. It does not see a superuser of the database who takes the triggers away, changes a row of another table or
makes all later seals anew, and puts them back. Against that stand the archives.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.isolation import append_only
from tenants.isolation.context import current_province
from tenants.isolation.schemas import runtime_role
from tenants.web.client_address import client_address

ORIGIN = (Path(__file__).parent / "origin.sql").read_text(encoding="utf-8")
_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


@contextmanager
def on_behalf_of(request: HttpRequest) -> Iterator[None]:
    """Entries that name neither actor nor request are those of this request: for what rows record as they are saved."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def record(
    action: str,
    subject: str = "",
    *,
    actor: AbstractBaseUser | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> AuditEntry:
    """Append one entry. `detail` must hold no personal data. Part of the caller's transaction, if any."""
    if actor is None and request is None:
        request = _request.get()
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    return AuditEntry.objects.create(
        at=clock.now(),
        actor_id=actor.pk if actor else None,
        actor_name=actor.get_username() if actor else "",
        action=action,
        subject=subject,
        detail=detail,
        address=client_address(request) or None if request else None,
    )


def record_all(action: str, subjects: Iterable[str], **detail: Any) -> None:
    """Append one entry for each subject of an automatic action, in one statement. No personal data."""
    now = clock.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, action=action, subject=subject, detail=detail) for subject in subjects
    )


def verify(checks: Iterable[Callable[[], Iterator[str]]]) -> Iterator[str]:
    """Problems of the present province's history, in Vietnamese sentences; none when all is well.

    Each of `checks` gives such sentences about what a history lacks.
    """
    schema = current_province().slug
    yield from append_only.find_unguarded(schema, runtime_role(schema))
    yield from _without_origin()
    for check in checks:
        yield from check()


def _without_origin() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled IN ('O', 'A') "
            "AND t.tgname = 'audit_auditentry_origin' AND t.tgrelid = to_regclass(%s)",
            [f"{current_province().slug}.audit_auditentry"],
        )
        origins = cursor.fetchall()
    if not origins or origins[0][0].strip() not in ORIGIN:
        yield _("audit_auditentry: thiếu trigger đặt giờ và tên tài khoản, hoặc hàm của nó đã bị thay.")
