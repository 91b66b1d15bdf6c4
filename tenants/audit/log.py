"""Writing the audit log, and verifying that nothing of a province's history was changed or taken away.

Verification sees: that every append-only table has both locks (triggers, no grants), that the function behind the
triggers still refuses, that the database sets time and name of each entry, that numbered histories have no holes
(by checks of the caller), and that no table has fewer rows than when the last backup was made. It does not see a
superuser of the database who takes the triggers away, changes a row that is no longer the last, and puts them back.
Against that stand the archives.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.isolation import append_only
from tenants.isolation.append_only import AppendOnly
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


def guarded_tables() -> list[str]:
    """The tables of a province that the code declares append-only, by name."""
    migrations = MigrationLoader(None).disk_migrations.items()
    own = {app.label for app in apps.get_app_configs() if app.name in settings.TENANT_APPS}
    declared = (one for (label, _name), found in migrations if label in own for one in found.operations)
    return sorted({one.table for one in declared if isinstance(one, AppendOnly)})


def verify(checks: Iterable[Callable[[], Iterator[str]]]) -> Iterator[str]:
    """Problems of the present province's history, in Vietnamese sentences; none when all is well.

    Each of `checks` gives such sentences about what a history lacks.
    """
    yield from _unguarded()
    for check in checks:
        yield from check()


def _unguarded() -> Iterator[str]:
    schema = current_province().slug
    guarded = append_only.tables(schema)
    role = runtime_role(schema)
    with connection.cursor() as cursor:
        for table in guarded_tables():
            cursor.execute("SELECT to_regclass(%s) IS NULL", [f"{schema}.{table}"])
            if cursor.fetchone()[0]:
                yield _("%(table)s: không có bảng này.") % {"table": table}
                continue
            if table not in guarded:
                yield _("%(table)s: thiếu trigger chặn sửa, xóa.") % {"table": table}
            cursor.execute(
                "SELECT has_table_privilege(%s, %s, 'UPDATE, DELETE, TRUNCATE')", [role, f"{schema}.{table}"]
            )
            if cursor.fetchone()[0]:
                yield _("%(table)s: %(role)s được cấp quyền sửa hoặc xóa.") % {"table": table, "role": role}
        cursor.execute(
            "SELECT prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname = %s AND p.proname = 'refuse_change'",
            [schema],
        )
        bodies = [body for (body,) in cursor.fetchall()]
        cursor.execute(
            "SELECT prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled IN ('O', 'A') "
            "AND t.tgname = 'audit_auditentry_origin' AND t.tgrelid = to_regclass(%s)",
            [f"{schema}.audit_auditentry"],
        )
        origins = cursor.fetchall()
    if not bodies or any(body.strip() not in append_only.FUNCTION for body in bodies):
        yield _("Hàm refuse_change đã bị thay: trigger không còn chặn sửa, xóa.")
    if not origins or origins[0][0].strip() not in ORIGIN:
        yield _("audit_auditentry: thiếu trigger đặt giờ và tên tài khoản, hoặc hàm của nó đã bị thay.")
