"""What is known about backups of a province: told by its own append-only log, so that web and board can read it.

Not by the shelf: the web server need not see the archives, and a log cannot be made to look better afterwards.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.audit import log
from tenants.audit.models import AuditEntry
from tenants.folder.readiness import Finding, Level, Owner, check, found

SUBJECT = "backup"
MADE, REHEARSED, RESTORED = "backup.made", "backup.rehearsed", "backup.restored"
RETURNED, RELEASED = "backup.returned", "backup.released"
FRESH_FOR = timedelta(hours=24)
REHEARSED_FOR = timedelta(days=90)


def proved() -> AuditEntry | None:
    """The last proof that a backup of the present province can be restored."""
    return last(REHEARSED, RESTORED)


def note(action: str, name: str, **detail: Any) -> None:
    """Write down what was done with an archive or a schema of this name, in the log of the present province.

    MADE: it was backed up. REHEARSED: the archive was restored beside it and was whole. RESTORED: it came back from
    the archive. RETURNED: it was kept aside under this name until now. RELEASED: what was held is let go.
    """
    log.record(action, SUBJECT, name=name, **detail)


def last(*actions: str) -> AuditEntry | None:
    """The newest entry of the present province among these."""
    return AuditEntry.objects.filter(subject=SUBJECT, action__in=actions).order_by("-at", "-pk").first()


@check("ops.backup", gettext_lazy("Sao lưu trong 24 giờ"), Level.GOLIVE, waived_in_demo=True)
def backed_up() -> Iterator[Finding]:
    at, is_fresh = _said(last(MADE), FRESH_FOR)
    cause = "" if is_fresh else _("Không có bản sao lưu nào trong 24 giờ qua.")
    fix = _("Chạy manage.py backup run và cho chạy hằng đêm: docs/van-hanh/sao-luu.md.")
    title = _("Bản sao lưu gần nhất: %(at)s") % {"at": at}
    yield found("ops.backup", title, cause, fix, Owner.OPERATOR)


@check("ops.rehearsal", gettext_lazy("Diễn tập phục hồi trong 90 ngày"), Level.GOLIVE, waived_in_demo=True)
def rehearsed() -> Iterator[Finding]:
    at, is_fresh = _said(proved(), REHEARSED_FOR)
    cause = _("Trong 90 ngày qua chưa phục hồi thử lần nào: chưa chắc bản sao lưu dùng được.")
    fix = _("Chạy manage.py backup rehearse: docs/van-hanh/sao-luu.md.")
    title = _("Lần phục hồi thử gần nhất: %(at)s") % {"at": at}
    yield found("ops.rehearsal", title, "" if is_fresh else cause, fix, Owner.OPERATOR)


def _said(entry: AuditEntry | None, good_for: timedelta) -> tuple[str, bool]:
    if entry is None:
        return _("chưa có"), False
    return f"{entry.at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}", clock.now() - entry.at <= good_for


def shrunk_tables() -> Iterator[str]:
    """Tables of the current province with fewer rows than when the last backup was made, in Vietnamese sentences."""
    made = last(MADE)
    if made is None:
        return
    for table, before in sorted(made.detail.get("history", {}).items()):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 – a table's name
            (now,) = cursor.fetchone()
        if now < before:
            yield _("%(table)s: còn %(now)d dòng, lúc sao lưu %(name)s có %(before)d.") % {
                "table": table,
                "now": now,
                "name": made.detail["name"],
                "before": before,
            }
