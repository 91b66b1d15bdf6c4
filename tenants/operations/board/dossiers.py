"""What operators see of a province's dossiers: columns of their board, readiness of the calendar, open dossiers."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.models import CalendarVersion
from dossiers.filing import expiry
from dossiers.lifecycle.files import stored_files
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.statistics import periods
from dossiers.statistics.snapshots import several
from tenants import clock
from tenants.files import storage
from tenants.folder.readiness import Check, Finding, Level, Owner, State, checks
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board.board import Cell, Column, Trend, Urgency, columns

SWEEP_PATIENCE = timedelta(hours=3)
"""Drafts that are past their end for longer say that the hourly sweep does not run."""
NEXT_YEAR_NEEDED = (12, 1)
"""Month and day from which no province goes live without the days off of next year: due dates fall into it."""


def register() -> None:
    """Add the columns of dossiers and files, and the checks `calendar` and `files`."""
    columns.register(Column("dossiers", gettext_lazy("Hồ sơ hôm nay"), dossiers, 3))
    columns.register(Column("filing", gettext_lazy("Bản nháp"), filing_drafts, 45))
    columns.register(Column("files", gettext_lazy("Tệp"), files, 50))
    title = gettext_lazy("Lịch làm việc, ngày nghỉ năm nay và năm sau")
    checks.register(Check("calendar", title, Level.GOLIVE, _check_calendar))
    title = gettext_lazy("Kho tệp nhận, đọc, xóa được")
    checks.register(Check("files", title, Level.PILOT, _check_store, asks_outside=True))


def dossiers(record: ProvinceRecord) -> Cell:
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


def files(record: ProvinceRecord) -> Cell:
    """The number of files, and their size."""
    counts = [
        table._default_manager.aggregate(count=Count("pk"), size=Sum("size"))
        for table in stored_files.tables()
    ]
    size, count = sum(one["size"] or 0 for one in counts), sum(one["count"] for one in counts)
    return Cell(filesizeformat(size), hint=_("%(count)d tệp") % {"count": count})


def filing_drafts(record: ProvinceRecord) -> Cell:
    """The drafts that citizens fill in; something is to be done once the sweep left some past their end."""
    left = expiry.work_list()
    if left.overdue_since is None or clock.now() - left.overdue_since < SWEEP_PATIENCE:
        return Cell(str(left.open))
    todo = _("%(count)d bản nháp hết hạn chưa được xóa; xem worker và beat") % {"count": left.overdue}
    return Cell(str(left.open), Urgency.SOON, todo)


def open_dossiers_by_procedure(codes: Iterable[str]) -> dict[str, int]:
    """The number of open dossiers on any version of each of these procedures."""
    found = (
        Dossier.objects.filter(closed_at=None, procedure_version__procedure__code__in=list(codes))
        .order_by()
        .values_list("procedure_version__procedure__code")
        .annotate(count=Count("pk"))
    )
    return dict(found)


def _check_store() -> Iterator[Finding]:
    title, trouble = _("Kho tệp nhận, đọc, xóa được một tệp thử"), storage.try_out()
    if not trouble:
        yield Finding("files", title)
        return
    cause = _("Kho tệp không nhận, đọc hay xóa được tệp thử ở %(trouble)s.") % {"trouble": trouble}
    fix = _("Xem DOSSIER_STORAGE, DATA_DIR và quyền ở kho: docs/van-hanh/tep.md.")
    yield Finding("files", title, State.BLOCKED, cause, fix, Owner.OPERATOR)


def _check_calendar() -> Iterator[Finding]:
    today = clock.today()
    fix = _("Ghi ngày nghỉ vào calendar.yaml rồi province apply, hoặc nhập ở trang “Dữ liệu” của tỉnh.")
    newest = CalendarVersion.newest()
    if newest is None:
        yield Finding("calendar", _("Lịch làm việc"), State.BLOCKED, _("Chưa có lịch làm việc."), fix)
        return
    needed = date(today.year, *NEXT_YEAR_NEEDED)
    for id, year, needed_from in (
        ("calendar.this-year", today.year, today),
        ("calendar.next-year", today.year + 1, needed),
    ):
        title = _("Ngày nghỉ năm %(year)d") % {"year": year}
        if newest.calendar.knows(year):
            yield Finding(id, title)
            continue
        state = State.BLOCKED if today >= needed_from else State.WARNING
        cause = _("Chưa có ngày nghỉ nào của năm %(year)d; phải có trước %(day)s.")
        yield Finding(id, title, state, cause % {"year": year, "day": f"{needed_from:%d/%m/%Y}"}, fix)
