"""The register: what a desk took in over a period, one line a dossier."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossiers.errors import NotEntitled
from dossiers.forms import contents, words
from dossiers.forms.circulars import Circular, Form
from dossiers.forms.occasions import FormNotReady
from dossiers.models import Dossier
from dossiers.rules.statuses import Status
from dossiers.visibility import visible_to
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Agency
from tenants.organisation.rights import agencies_of

MOST_ROWS = 2000
UNBROKEN = 12
"""Letters that stand in the narrowest column."""


@dataclass(frozen=True)
class Period:
    """A desk and the days over which it took dossiers in, both ends counted, by the calendar of Viet Nam."""

    desk: Agency
    first: date
    last: date


def desks_of(actor: User) -> list[Agency]:
    """Desks whose register this person may print."""
    agencies = agencies_of(actor)
    desks = Agency.objects.filter(is_desk=True).select_related("parent")
    return list(desks if agencies is None else desks.filter(pk__in=agencies))


def content(period: Period, circular: Circular, *, actor: User, at: datetime) -> contents.Content:
    """What the register says, in order of receipt; telephones are masked.

    Raises NotEntitled for a desk that is not this person's, FormNotReady for a period with no dossiers, with
    more than MOST_ROWS, or that ends before it begins.
    """
    if period.desk not in desks_of(actor):
        raise NotEntitled(_("Ông/bà không có quyền in sổ theo dõi của đơn vị này."))
    if period.last < period.first:
        raise FormNotReady(_("Ngày cuối phải từ ngày đầu trở đi."))
    dossiers = list(_taken_in(period, actor)[: MOST_ROWS + 1])
    if not dossiers:
        raise FormNotReady(_("Không có hồ sơ nào được tiếp nhận trong thời gian này."))
    if len(dossiers) > MOST_ROWS:
        raise FormNotReady(
            _("Thời gian này có hơn %(most)s hồ sơ. Xin chọn khoảng ngắn hơn.") % {"most": MOST_ROWS}
        )
    with override("vi"):
        rows = [_row(number, dossier) for number, dossier in enumerate(dossiers, 1)]
    return {
        **contents.frame(Form.REGISTER, circular, period.desk, at),
        "from": words.day(period.first),
        "to": words.day(period.last),
        "summary": f"Tổng số: {len(rows)} hồ sơ.",
        "official": actor.get_full_name(),
        "rows": rows,
    }


def _taken_in(period: Period, actor: User) -> QuerySet[Dossier]:
    begin = datetime.combine(period.first, time.min, clock.VIETNAM)
    end = datetime.combine(period.last + timedelta(days=1), time.min, clock.VIETNAM)
    return (
        visible_to(actor)
        .filter(
            kind=Dossier.Kind.NORMAL,
            receiving_agency=period.desk,
            received_at__gte=begin,
            received_at__lt=end,
        )
        .select_related("procedure", "owner", "competent_agency")
        .order_by("received_at", "pk")
    )


def _row(number: int, dossier: Dossier) -> list[str]:
    returned = dossier.closed_at if dossier.status == Status.RETURNED else None
    notes = [dossier.status_enum.short]
    if dossier.supplement_requests:
        notes.append(f"yêu cầu bổ sung {dossier.supplement_requests} lần")
    where = [part for part in (dossier.owner.address, words.unbroken(dossier.owner.masked_phone)) if part]
    cells = [
        str(number),
        dossier.code,
        dossier.procedure.short_name,
        "01",
        dossier.owner.name,
        "; ".join(where),
        dossier.competent_agency.name,
        words.short_day(dossier.received_at),
        words.short_day(dossier.due_at),
        words.short_day(returned),
        dossier.result_delivery or "Tại nơi tiếp nhận",
        "",
        "; ".join(notes),
    ]
    return [cells[0], cells[1], *(words.breakable(cell, UNBROKEN) for cell in cells[2:])]
