"""The board of all provinces: a row for each, what needs hands first, and its columns in their order."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum

from django.db import connection
from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.filing import expiry
from dossiers.lifecycle.files import stored_files
from dossiers.lifecycle.models import Dossier
from dossiers.statistics import periods
from dossiers.statistics.snapshots import several
from messaging.delivery.monitoring import LaneStatus, province_status
from tenants import clock
from tenants.folder.readiness import Level, State
from tenants.isolation import province_cache, schema_migrations
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import history
from tenants.operations.board import onboarding_timeline
from tenants.operations.readiness.all_checks import run_checks
from tenants.text import StrOrPromise

log = logging.getLogger(__name__)

BACKUP_LASTS = timedelta(hours=26)
SWEEP_PATIENCE = timedelta(hours=3)
"""Drafts that are past their end for longer say that the hourly sweep does not run."""
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""


class Urgency(IntEnum):
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
    title: StrOrPromise
    read: Callable[[ProvinceRecord], Cell]


def _dossiers(record: ProvinceRecord) -> Cell:
    """The dossiers received today, the share on time of this month, and a year of both, as the snapshots have
    them: two statements."""
    today = clock.today()
    received = Dossier.objects.filter(
        kind=Dossier.Kind.NORMAL, received_at__gte=clock.beginning(today)
    ).count()
    months = [periods.Period.month(today)]
    while len(months) < periods.MONTHS_KEPT_FRESH:
        months.insert(0, months[0].previous)
    found = several((month, None) for month in months)
    counted = [(month, found[month, None].figures.total) for month in months if (month, None) in found]
    trends = (
        Trend(
            _("Tiếp nhận"), tuple((_name(month), one.received, str(one.received)) for month, one in counted)
        ),
        Trend(_("Đúng hạn"), tuple((_name(month), *_rate(one.on_time_rate)) for month, one in counted)),
    )
    rate = counted[-1][1].on_time_rate if counted and counted[-1][0] == months[-1] else None
    hint = _("chưa có số đúng hạn")
    if rate is not None:
        hint = _("đúng hạn tháng này %(share)s %%") % {"share": _rate(rate)[1]}
    return Cell(str(received), hint=hint, trends=trends if len(counted) > 1 else ())


def _name(month: periods.Period) -> str:
    return f"{month.start:%m/%Y}"


def _rate(rate: Decimal | None) -> tuple[float | None, str]:
    return (None, "–") if rate is None else (float(rate), f"{rate:.1f}".replace(".", ","))


def _files(record: ProvinceRecord) -> Cell:
    counts = [
        table._default_manager.aggregate(count=Count("pk"), size=Sum("size"))
        for table in stored_files.tables()
    ]
    size, count = sum(one["size"] or 0 for one in counts), sum(one["count"] for one in counts)
    return Cell(filesizeformat(size), hint=_("%(count)d tệp") % {"count": count})


def _filing_drafts(record: ProvinceRecord) -> Cell:
    left = expiry.work_list()
    if left["overdue_since"] is None or clock.now() - left["overdue_since"] < SWEEP_PATIENCE:
        return Cell(str(left["open"]))
    todo = _("%(count)d bản nháp hết hạn chưa được xóa; xem worker và beat") % {"count": left["overdue"]}
    return Cell(str(left["open"]), Urgency.SOON, todo)


def _onboarding(record: ProvinceRecord) -> Cell:
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
    report = run_checks(record.slug, outside=False)
    blocked, warned = report.count(State.BLOCKED), report.count(State.WARNING)
    hint = str(report.level.label)
    if blocked:
        text = _("%(count)d mục chặn") % {"count": blocked}
        return Cell(text, Urgency.NOW if record.is_open else Urgency.SOON, text, hint)
    if warned:
        text = _("%(count)d cảnh báo") % {"count": warned}
        return Cell(text, Urgency.LOOK, text, hint)
    return Cell(_("đạt"), hint=hint)


def _tables(record: ProvinceRecord) -> Cell:
    missing = schema_migrations.missing_here()
    if not missing:
        return Cell(_("đủ"))
    text = _("thiếu %(count)d") % {"count": len(missing)}
    return Cell(text, Urgency.NOW, _("Thiếu bảng: chạy schemas migrate"))


def _storage(record: ProvinceRecord) -> Cell:
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        return Cell(filesizeformat(cursor.fetchone()[0]))


def _backup(record: ProvinceRecord) -> Cell:
    made = history.last(history.MADE)
    if made is None:
        return Cell(_("chưa có"), Urgency.LOOK, _("Chưa có bản sao lưu nào được ghi lại"))
    text = date_format(localtime(made.at), "H:i d/m")
    if clock.now() - made.at > BACKUP_LASTS:
        return Cell(text, Urgency.SOON, _("Bản sao lưu đã cũ: %(at)s") % {"at": text})
    return Cell(text)


def lane_cell(record: ProvinceRecord) -> Cell:
    """All lanes of the province in one cell: the worst of them decides."""
    counts = province_status(record.slug)
    waiting = sum(lane.waiting for lane in counts.lanes)
    text = _("%(count)d chờ") % {"count": waiting}
    hint = ", ".join(lane.channel_name for lane in counts.lanes)
    if counts.without_account:
        todo = _("Kênh %(channels)s chưa có tài khoản dùng được") % {
            "channels": ", ".join(counts.without_account)
        }
        return Cell(text, Urgency.SOON, todo, hint)
    needs, todo = max((_lane_need(lane) for lane in counts.lanes), default=(Urgency.NONE, ""))
    return Cell(text, needs, todo, hint)


def _lane_need(lane: LaneStatus) -> tuple[Urgency, str]:
    names = {"lane": lane.channel_name, "span": lane.oldest_text}
    if lane.rests:
        return Urgency.NOW, _("%(lane)s đang nghỉ") % names
    if lane.ways:
        return Urgency.NOW, f"{lane.channel_name}: {lane.ways[0]}"
    if lane.needs_a_look:
        return Urgency.NOW, _("%(lane)s: tin đến hạn chờ %(span)s") % names
    if lane.paused:
        return Urgency.SOON, _("%(lane)s bị tạm dừng") % names
    return Urgency.NONE, ""


COLUMNS = [
    Column("dossiers", gettext_lazy("Hồ sơ hôm nay"), _dossiers),
    Column("fortnight", gettext_lazy("Đưa vào"), _onboarding),
    Column("readiness", gettext_lazy("Sẵn sàng"), _readiness),
    Column("head", gettext_lazy("Bảng"), _tables),
    Column("lanes", gettext_lazy("Tin gửi"), lane_cell),
    Column("storage", gettext_lazy("Cơ sở dữ liệu"), _storage),
    Column("filing", gettext_lazy("Bản nháp"), _filing_drafts),
    Column("files", gettext_lazy("Tệp"), _files),
    Column("backup", gettext_lazy("Sao lưu"), _backup),
]


def open_dossiers_by_procedure(codes: Iterable[str]) -> dict[str, int]:
    """The number of open dossiers on any version of each of these procedures."""
    found = (
        Dossier.objects.filter(closed_at=None, procedure_version__procedure__code__in=list(codes))
        .order_by()
        .values_list("procedure_version__procedure__code")
        .annotate(count=Count("pk"))
    )
    return dict(found)


@dataclass(frozen=True, slots=True)
class Row:
    province: ProvinceRecord
    state: str
    cells: tuple[Cell, ...] = ()
    todo: tuple[Cell, ...] = field(default=())
    """Cells in which something has to be done, the most urgent first."""

    @property
    def need(self) -> Urgency:
        return self.todo[0].need if self.todo else Urgency.NONE

    @property
    def named_cells(self) -> list[tuple[Column, Cell]]:
        return list(zip(COLUMNS, self.cells, strict=True))


def rows() -> list[Row]:
    """All provinces, those that need hands first. One that cannot be read says so and hides no other."""

    def urgency(row: Row) -> tuple[bool, list[int], str]:
        """Those at rest last; else by how many things are to be done, the urgent ones counted first."""
        levels = (Urgency.NOW, Urgency.SOON, Urgency.LOOK)
        counts = [-sum(cell.need == need for cell in row.todo) for need in levels]
        return row.province.is_at_rest, counts, row.province.slug

    return sorted(map(_row, province_cache.all_records()), key=urgency)


def _row(record: ProvinceRecord) -> Row:
    state = str(Province.State(record.state).label)
    if record.is_at_rest:
        return Row(record, state, tuple(Cell("–") for _column in COLUMNS))
    cells = tuple(_cell(column, record) for column in COLUMNS)
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
