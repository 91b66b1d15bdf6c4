"""Printing a form of a dossier, and the register: whether it may be, under which circular, with which template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotEntitled
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.permissions import visible_to
from dossiers.printing import availability, circulars, contents, typst_pool, wording
from dossiers.printing.availability import FormNotReady
from dossiers.printing.circulars import Circular
from dossiers.printing.contents import Content
from dossiers.printing.models import Form, FormTemplate
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency
from tenants.organisation.rights import agencies_of

MOST_ROWS = 2000
UNBROKEN = 12
"""Letters that stand in the narrowest column of the register."""


@dataclass(frozen=True)
class Printed:
    """A PDF and the name it is offered under, without personal data."""

    file_name: str
    pdf: bytes


def print_form(
    dossier: Dossier, form: str, *, actor: User, sequence: int | None = None, paper: str = ""
) -> Printed:
    """A form of this dossier, of the act of this number or else of the last one it can tell of.

    First print and reprint are the same: both show the act under the circular and template in force when it
    was done. Recorded in the audit log. Raises FormNotReady, and typesetting.TypesettingError for a
    template that no longer works.
    """
    events = history_of(dossier)
    occasion = availability.find(dossier, events, form, sequence)
    at = occasion.event.at
    circular = _circular(occasion.form, at)
    content = contents.of(occasion, dossier, events, circular, paper=paper)
    if occasion.form is Form.RECEIPT:
        received = services.print_again(dossier, actor=actor)
        content = contents.with_address(content, key=received.key, token_url=received.token_url)
    pdf = _render(occasion.form, circular, content, at)
    log.record("dossier.form", dossier.subject, actor=actor, form=form, sequence=occasion.event.sequence)
    return Printed(f"mau-{form}-{dossier.code}.pdf", pdf)


def history_of(dossier: Dossier) -> Sequence[Event]:
    """All events of a dossier, in order, with everything that forms show of them."""
    related = ("note", "actor", "approved_by", "assignee", "agency__parent", "holder")
    return list(dossier.events.select_related(*related).order_by("sequence"))


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


def print_register(period: Period, *, actor: User) -> Printed:
    """The register of a desk over a period: its rows in order of receipt, with masked telephones.

    Raises NotEntitled for a desk that is not this person's, FormNotReady for a period with no dossiers, with
    more than MOST_ROWS, or that ends before it begins.
    """
    if period.desk not in desks_of(actor):
        raise NotEntitled(_("Ông/bà không có quyền in sổ theo dõi của đơn vị này."))
    if period.last < period.first:
        raise FormNotReady(_("Ngày cuối phải từ ngày đầu trở đi."))
    own = visible_to(actor).filter(receiving_agency=period.desk)
    dossiers = list(taken_in(own, period.first, period.last)[: MOST_ROWS + 1])
    if not dossiers:
        raise FormNotReady(_("Không có hồ sơ nào được tiếp nhận trong thời gian này."))
    if len(dossiers) > MOST_ROWS:
        raise FormNotReady(
            _("Thời gian này có hơn %(most)s hồ sơ. Xin chọn khoảng ngắn hơn.") % {"most": MOST_ROWS}
        )
    pdf = typeset_register(dossiers, period, actor=actor)
    log.record(
        "dossier.register",
        actor=actor,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        desk=period.desk.code,
        dossiers=len(dossiers),
    )
    return Printed(f"so-theo-doi-{period.desk.code}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.pdf", pdf)


def typeset_register(dossiers: Sequence[Dossier], period: Period, *, actor: User) -> bytes:
    """The register over these dossiers under the name of the period's agency, as PDF. Recording it is the caller's."""
    at = clock.now()
    circular = _circular(Form.REGISTER, at)
    with override("vi"):
        rows = [_row(number, dossier) for number, dossier in enumerate(dossiers, 1)]
    content = {
        **contents.frame(Form.REGISTER, circular, period.desk, at),
        "from": wording.day(period.first),
        "to": wording.day(period.last),
        "summary": f"Tổng số: {len(rows)} hồ sơ.",
        "official": actor.get_full_name(),
        "rows": rows,
    }
    return _render(Form.REGISTER, circular, content, at)


def taken_in(dossiers: QuerySet[Dossier], first: date, last: date) -> QuerySet[Dossier]:
    """Those of these dossiers that were taken in from the first to the last day, in order of receipt, with what
    `register_line` reads."""
    begin, end = clock.beginning(first), clock.beginning(last + timedelta(days=1))
    return (
        dossiers.filter(kind=Dossier.Kind.NORMAL, received_at__gte=begin, received_at__lt=end)
        .select_related("procedure", "owner", "competent_agency")
        .order_by("received_at", "pk")
    )


def register_line(dossier: Dossier) -> list[str | datetime | None]:
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
    code, *cells = (
        cell if isinstance(cell, str) else wording.short_day(cell) for cell in register_line(dossier)
    )
    return [str(number), code, *(wording.breakable(cell, UNBROKEN) for cell in cells)]


def _circular(form: Form, at: datetime) -> Circular:
    return circulars.in_force(form, at.astimezone(clock.VIETNAM).date())


def _render(form: Form, circular: Circular, content: Content, at: datetime) -> bytes:
    source = FormTemplate.source_at(form, circular.code, at) or circular.forms[form].source
    return typst_pool.render(source, content, at=at)
