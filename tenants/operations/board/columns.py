"""The columns of the board of all provinces, in their order."""

from datetime import datetime, timedelta

from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.folder.readiness import Level, State
from tenants.isolation import schema_migrations
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board import dossiers, onboarding_timeline
from tenants.operations.board.cells import Cell, Column, Urgency
from tenants.operations.board.lanes import lane_cell
from tenants.operations.readiness.all_checks import run_checks

BACKUP = "backup"
"""Subject of the entries, `backup.made`, that a backup leaves in the log of its province."""
BACKUP_LASTS = timedelta(hours=26)
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""


def _onboarding(record: ProvinceRecord) -> Cell:
    """Which of the two weeks' days it is, and what is late."""
    if record.state not in (Province.State.DRAFT, Province.State.PILOT):
        return Cell("–")
    found = onboarding_timeline.timeline_of(run_checks(record.slug, Level.GOLIVE, outside=False))
    text = _("ngày %(day)d/%(days)d") % {"day": found.today, "days": onboarding_timeline.DAYS}
    hint = _("xong %(done)d việc") % {"done": found.done}
    late = [day for day in found.days if day.state == "late"]
    if not late:
        return Cell(text, hint=hint)
    names = {
        "what": late[0].milestone.title,
        "owner": late[0].milestone.owner.label,
        "late": late[0].state_text,
    }
    return Cell(text, Urgency.SOON, _("%(what)s (%(owner)s): %(late)s") % names, hint)


def _readiness(record: ProvinceRecord) -> Cell:
    """Blocking findings and warnings, at the level of the province's state."""
    report = run_checks(record.slug, outside=False)
    blocked, warned = report.count(State.BLOCKED), report.count(State.WARNING)
    hint = report.level.label
    if blocked:
        text = _("%(count)d mục chặn") % {"count": blocked}
        return Cell(text, Urgency.NOW if record.is_open else Urgency.SOON, text, hint)
    if warned:
        text = _("%(count)d cảnh báo") % {"count": warned}
        return Cell(text, Urgency.LOOK, text, hint)
    return Cell(_("đạt"), hint=hint)


def _tables(record: ProvinceRecord) -> Cell:
    """Whether the schema has the tables of this code."""
    missing = schema_migrations.missing_here()
    if not missing:
        return Cell(_("đủ"))
    text = _("thiếu %(count)d") % {"count": len(missing)}
    return Cell(text, Urgency.NOW, _("Thiếu bảng: chạy schemas migrate"))


def _storage(record: ProvinceRecord) -> Cell:
    """How much the schema takes."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        return Cell(filesizeformat(cursor.fetchone()[0]))


def _backup(record: ProvinceRecord) -> Cell:
    """When the last backup was made."""
    made = last_backup()
    if made is None:
        return Cell(_("chưa có"), Urgency.LOOK, _("Chưa có bản sao lưu nào được ghi lại"))
    text = date_format(localtime(made), "H:i d/m")
    if clock.now() - made > BACKUP_LASTS:
        return Cell(text, Urgency.SOON, _("Bản sao lưu đã cũ: %(at)s") % {"at": text})
    return Cell(text)


def last_backup() -> datetime | None:
    """When the current province was backed up last, as its own log has it; None when it never was."""
    made = AuditEntry.objects.filter(subject=BACKUP, action=f"{BACKUP}.made").order_by("-at").first()
    return made.at if made else None


COLUMNS = [
    Column("dossiers", gettext_lazy("Hồ sơ hôm nay"), dossiers.dossiers),
    Column("fortnight", gettext_lazy("Đưa vào"), _onboarding),
    Column("readiness", gettext_lazy("Sẵn sàng"), _readiness),
    Column("head", gettext_lazy("Bảng"), _tables),
    Column("lanes", gettext_lazy("Tin gửi"), lane_cell),
    Column("storage", gettext_lazy("Cơ sở dữ liệu"), _storage),
    Column("filing", gettext_lazy("Bản nháp"), dossiers.filing_drafts),
    Column("files", gettext_lazy("Tệp"), dossiers.files),
    Column("backup", gettext_lazy("Sao lưu"), _backup),
]
