"""The register: what was taken in over a period, one line a dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import override

from dossiers.lifecycle.models import Dossier
from dossiers.printing import contents, wording
from dossiers.printing.circulars import Circular
from dossiers.printing.models import Form
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Agency

UNBROKEN = 12
"""Letters that stand in the narrowest column."""


@dataclass(frozen=True)
class Period:
    """A desk and the days over which it took dossiers in, both ends counted, by the calendar of Viet Nam."""

    desk: Agency
    first: date
    last: date


def content(
    dossiers: Sequence[Dossier], period: Period, circular: Circular, *, actor: User, at: datetime
) -> contents.Content:
    """The content of the register over these dossiers, under the name of the period's agency."""
    with override("vi"):
        rows = [_row(number, dossier) for number, dossier in enumerate(dossiers, 1)]
    return {
        **contents.frame(Form.REGISTER, circular, period.desk, at),
        "from": wording.day(period.first),
        "to": wording.day(period.last),
        "summary": f"Tổng số: {len(rows)} hồ sơ.",
        "official": actor.get_full_name(),
        "rows": rows,
    }


def taken_in(dossiers: QuerySet[Dossier], first: date, last: date) -> QuerySet[Dossier]:
    """Those of these dossiers that were taken in from the first to the last day, in order of receipt, with what
    `line` reads."""
    begin, end = clock.beginning(first), clock.beginning(last + timedelta(days=1))
    return (
        dossiers.filter(kind=Dossier.Kind.NORMAL, received_at__gte=begin, received_at__lt=end)
        .select_related("procedure", "owner", "competent_agency")
        .order_by("received_at", "pk")
    )


def line(dossier: Dossier) -> list[str | datetime | None]:
    """The cells of a dossier in the register after its number; its telephone is masked. In Vietnamese, whatever
    language the desk reads."""
    notes = [dossier.status_enum.short]
    if dossier.supplement_requests:
        notes.append(f"yêu cầu bổ sung {dossier.supplement_requests} lần")
    where = [part for part in (dossier.owner.address, wording.unbroken(dossier.owner.masked_phone)) if part]
    sets, signature = "01", ""
    return [
        dossier.code,
        dossier.procedure.short_name,
        sets,
        dossier.owner.name,
        "; ".join(where),
        dossier.competent_agency.name,
        dossier.received_at,
        dossier.due_at,
        dossier.closed_at if dossier.status == Status.RETURNED else None,
        dossier.result_delivery or "Tại nơi tiếp nhận",
        signature,
        "; ".join(notes),
    ]


def _row(number: int, dossier: Dossier) -> list[str]:
    code, *cells = (cell if isinstance(cell, str) else wording.short_day(cell) for cell in line(dossier))
    return [str(number), code, *(wording.breakable(cell, UNBROKEN) for cell in cells)]
