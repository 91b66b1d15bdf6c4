"""What is known about backups of a province: told by its own append-only log, so that web and board can read it.

Not by the shelf: the web server need not see the archives, and a log cannot be made to look better afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.audit import log
from tenants.audit.models import AuditEntry
from tenants.folder.readiness import Check, Finding, Level, Owner, found

SUBJECT = "backup"
MADE, REHEARSED, RESTORED = "backup.made", "backup.rehearsed", "backup.restored"
RETURNED, RELEASED = "backup.returned", "backup.released"
FRESH_FOR = timedelta(hours=24)
REHEARSED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Standing:
    """The last backup and the last proof that one can be restored; None where there was none."""

    made_at: datetime | None = None
    name: str = ""
    size: int = 0
    rehearsed_at: datetime | None = None
    # Of each append-only table, how many rows it had then.
    history: Mapping[str, int] = field(default_factory=dict)

    def is_fresh(self, now: datetime) -> bool:
        return self.made_at is not None and now - self.made_at <= FRESH_FOR

    def is_rehearsed(self, now: datetime) -> bool:
        return self.rehearsed_at is not None and now - self.rehearsed_at <= REHEARSED_FOR


def standing() -> Standing:
    """Of the present province; two short reads of its log."""
    made = last(MADE)
    proof = last(REHEARSED, RESTORED)
    return Standing(
        made_at=made.at if made else None,
        name=made.detail.get("name", "") if made else "",
        size=made.detail.get("size", 0) if made else 0,
        rehearsed_at=proof.at if proof else None,
        history=made.detail.get("history", {}) if made else {},
    )


def note(action: str, name: str, **detail: Any) -> None:
    """Write down what was done with an archive or a schema of this name, in the log of the present province.

    MADE: it was backed up. REHEARSED: the archive was restored beside it and was whole. RESTORED: it came back from
    the archive. RETURNED: it was kept aside under this name until now. RELEASED: what was held is let go.
    """
    log.record(action, SUBJECT, name=name, **detail)


def last(*actions: str) -> AuditEntry | None:
    """The newest entry of the present province among these."""
    return AuditEntry.objects.filter(subject=SUBJECT, action__in=actions).order_by("-at", "-pk").first()


def _backed_up() -> Iterator[Finding]:
    known = standing()
    title = _("Bản sao lưu gần nhất: %(at)s") % {"at": _said(known.made_at)}
    cause = "" if known.is_fresh(clock.now()) else _("Không có bản sao lưu nào trong 24 giờ qua.")
    fix = _("Chạy manage.py backup run và cho chạy hằng đêm: docs/van-hanh/sao-luu.md.")
    yield found("ops.backup", title, cause, fix, Owner.OPERATOR)


def _rehearsed() -> Iterator[Finding]:
    known = standing()
    title = _("Lần phục hồi thử gần nhất: %(at)s") % {"at": _said(known.rehearsed_at)}
    cause = _("Trong 90 ngày qua chưa phục hồi thử lần nào: chưa chắc bản sao lưu dùng được.")
    fix = _("Chạy manage.py backup rehearse: docs/van-hanh/sao-luu.md.")
    yield found("ops.rehearsal", title, "" if known.is_rehearsed(clock.now()) else cause, fix, Owner.OPERATOR)


def _said(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}" if moment else _("chưa có")


BACKUP = Check(
    "ops.backup", gettext_lazy("Sao lưu trong 24 giờ"), Level.GOLIVE, _backed_up, waived_in_demo=True
)
REHEARSAL = Check(
    "ops.rehearsal",
    gettext_lazy("Diễn tập phục hồi trong 90 ngày"),
    Level.GOLIVE,
    _rehearsed,
    waived_in_demo=True,
)
"""Before people rely on a province it has both."""


def shrunk_tables() -> Iterator[str]:
    """Tables of the current province with fewer rows than when the last backup was made, in Vietnamese sentences."""
    known = standing()
    for table, before in sorted(known.history.items()):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 – a table's name
            (now,) = cursor.fetchone()
        if now < before:
            yield _("%(table)s: còn %(now)d dòng, lúc sao lưu %(name)s có %(before)d.") % {
                "table": table,
                "now": now,
                "name": known.name,
                "before": before,
            }
