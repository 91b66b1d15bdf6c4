"""What the operators' board says of a province's dossiers: how many, how punctual, how large. Never which."""

from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.models import Attachment, Dossier
from dossiers.statistics import periods
from dossiers.statistics.snapshots import snapshot
from tenants import clock
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operators.board import Cell, Column, columns


def register() -> None:
    """Add the columns of dossiers and files."""
    columns.register(Column("dossiers", gettext_lazy("Hồ sơ hôm nay"), dossiers, 3))
    columns.register(Column("files", gettext_lazy("Tệp"), files, 50))


def dossiers(record: ProvinceRecord) -> Cell:
    """How many procedures were received today, and the share on time of this month as its last snapshot has it."""
    today = clock.today()
    received = Dossier.objects.filter(
        kind=Dossier.Kind.NORMAL, received_at__gte=periods.beginning(today)
    ).count()
    month = snapshot(periods.Period.month(today))
    rate = month.total.on_time_rate if month else None
    if rate is None:
        return Cell(str(received), hint=_("chưa có số đúng hạn"))
    share = f"{rate:.1f}".replace(".", ",")
    return Cell(str(received), hint=_("đúng hạn tháng này %(share)s %%") % {"share": share})


def files(record: ProvinceRecord) -> Cell:
    """How many files there are, and how much they take."""
    found = Attachment.objects.aggregate(count=Count("pk"), size=Sum("size"))
    return Cell(filesizeformat(found["size"] or 0), hint=_("%(count)d tệp") % {"count": found["count"]})
