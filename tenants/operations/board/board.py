"""The board of all provinces: a row for each, what needs hands first. Rooms register columns."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.folder.readiness import Level, State
from tenants.isolation import province_cache, schema_migrations
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board import onboarding_timeline
from tenants.operations.readiness.all_checks import run_checks
from tenants.registry import Registry

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

BACKUP = "backup"
"""Subject of the entries, `backup.made`, that a backup leaves in the log of its province."""
BACKUP_LASTS = timedelta(hours=26)
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""


class Urgency(IntEnum):
    """Urgency of a piece of work."""

    NONE = 0
    LOOK = 1
    SOON = 2
    NOW = 3

    @property
    def tone(self) -> str:
        return ("done", "soon", "today", "late")[self]

    @property
    def icon(self) -> str:
        return ("check_circle", "info", "warning", "error")[self]


@dataclass(frozen=True, slots=True)
class Trend:
    """A number month by month, oldest first: name of the month, number or None for none, number in words."""

    name: str
    points: tuple[tuple[str, float | None, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's value for a province. `todo`: the work to be done, in words; `hint`: a second line; `trends`
    have the same months."""

    text: str
    need: Urgency = Urgency.NONE
    todo: str = ""
    hint: str = ""
    trends: tuple[Trend, ...] = ()

    @property
    def months(self) -> list[tuple[str, list[str]]]:
        """The trends as rows of a table: the month, and each number in words."""
        return [
            (points[0][0], [words for _month, _number, words in points])
            for points in zip(*(trend.points for trend in self.trends), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Column:
    """`read` is called inside the province, reads only, and returns nothing about citizens."""

    code: str
    title: "StrOrPromise"
    read: Callable[[ProvinceRecord], Cell]
    order: int


@dataclass(frozen=True, slots=True)
class Row:
    """A province on the board."""

    province: ProvinceRecord
    state: str
    cells: tuple[Cell, ...] = ()
    todo: tuple[Cell, ...] = field(default=())
    """Cells in which something has to be done, the most urgent first."""

    @property
    def need(self) -> Urgency:
        return self.todo[0].need if self.todo else Urgency.NONE

    @property
    def named_cells(self) -> list[tuple["Column", Cell]]:
        """Each cell with its column."""
        return list(zip(columns, self.cells, strict=True))


columns = Registry[Column](lambda column: column.code, order=lambda column: (column.order, column.code))
"""The columns in the order in which they stand."""


def rows() -> list[Row]:
    """All provinces, those that need hands first. One that cannot be read says so and hides no other."""
    found = [_row(record) for record in province_cache.all_records()]
    return sorted(found, key=_urgency)


def _urgency(row: Row) -> tuple[bool, list[int], str]:
    """Those at rest last; else by how many things are to be done, the urgent ones counted first."""
    counts = [
        -sum(cell.need == need for cell in row.todo) for need in (Urgency.NOW, Urgency.SOON, Urgency.LOOK)
    ]
    return row.province.is_at_rest, counts, row.province.slug


def _row(record: ProvinceRecord) -> Row:
    state = str(Province.State(record.state).label)
    if record.is_at_rest:
        return Row(record, state, tuple(Cell("–") for _column in columns))
    cells = tuple(_cell(column, record) for column in columns)
    todo = sorted((cell for cell in cells if cell.todo), key=lambda cell: -cell.need)
    return Row(record, state, cells, tuple(todo))


def _cell(column: Column, record: ProvinceRecord) -> Cell:
    try:
        with province_context(record):
            return column.read(record)
    except Exception as error:
        log.exception("board: %s of %s", column.code, record.slug)
        names = {"what": column.title, "error": type(error).__name__}
        return Cell(_("không đọc được"), Urgency.NOW, _("%(what)s: không đọc được (%(error)s)") % names)


def register_own_columns() -> None:
    """Add the columns that need no other room: readiness, tables, storage, backup."""
    for order, code, title, read in (
        (5, "fortnight", gettext_lazy("Đưa vào"), _onboarding),
        (10, "readiness", gettext_lazy("Sẵn sàng"), _readiness),
        (20, "head", gettext_lazy("Bảng"), _tables),
        (40, "storage", gettext_lazy("Cơ sở dữ liệu"), _storage),
        (60, "backup", gettext_lazy("Sao lưu"), _backup),
    ):
        columns.register(Column(code, title, read, order))


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
