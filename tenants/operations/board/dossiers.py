"""What operators see of a province's dossiers: columns of their board, open dossiers."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from dossiers.filing import expiry
from dossiers.lifecycle.files import stored_files
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.statistics import periods
from dossiers.statistics.snapshots import several
from tenants import clock
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board.cells import Cell, Trend, Urgency

SWEEP_PATIENCE = timedelta(hours=3)
"""Drafts that are past their end for longer say that the hourly sweep does not run."""


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
