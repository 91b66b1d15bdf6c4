"""The tabs of a dossier's page: their names, numbers and content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Paginator
from django.db.models import Exists, Func, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.deadlines.rules.explanation import explain_text
from dossiers.desk.dossier import file_pages, printed_form_pages
from dossiers.desk.worklist.row import deadline_text
from dossiers.filing.desk import review
from dossiers.filing.models import FilingDraft
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import citizen_requests, document_checklist, due_dates, result_delivery
from dossiers.lifecycle.models import Attachment, Dossier, Event, Proposal, Remark
from dossiers.lifecycle.permissions import visible_to
from dossiers.lookup.words import history
from dossiers.workflow.rules.statuses import Status
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.wording import for_channel
from procedures.catalogue.models import Fee
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.isolation.crypto import blind_indexes
from tenants.organisation import rights
from tenants.organisation.staff_site.form_fields import text_area_field
from tenants.text import dong

MOST_OF_SAME_OWNER = 10


def of_same_owner(dossier: Dossier, user: User) -> list[Dossier]:
    """Other dossiers of the same ID number that this person may see, newest first; none without a number."""
    indexes = blind_indexes(dossier.owner.id_number, "id_number")
    if not indexes:
        return []
    return list(
        visible_to(user)
        .filter(owner__id_number_index__in=indexes)
        .exclude(pk=dossier.pk)
        .select_related("procedure", "calendar_version")
        .order_by("-received_at", "-pk")[:MOST_OF_SAME_OWNER]
    )


PARAMETER = "tab"
INFORMATION, FILED, PAPERS, HISTORY, FEES, NOTICES, LOG = (
    "thong-tin", "noi-dung-nop", "giay-to", "xu-ly", "phi", "thong-bao", "nhat-ky",
)  # fmt: skip
LOG_LENGTH, HISTORY_LENGTH, PAGE = 50, 100, "trang"


class RemarkForm(forms.Form):
    """A note for colleagues."""

    text = text_area_field(
        _("Ghi chú cho đồng nghiệp"),
        rows=2,
        help_text=_(
            "Chỉ người làm và người kiểm tra hồ sơ đọc được; người dân không thấy. Không ghi số giấy tờ."
        ),
    )


class Numbers(NamedTuple):
    """What the page says of rows whose tab is not open, so that it need not read them."""

    messages: int
    open_calls: int
    remarks: int
    has_fees: bool
    has_proposal: bool
    has_filing: bool


def _count(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().annotate(n=Func("pk", function="COUNT")).values("n"))


def _numbers(dossier: Dossier) -> Numbers:
    found = Dossier.objects.filter(pk=dossier.pk).values_list(
        _count(Message.objects.filter(subject=dossier.subject)),
        _count(Call.objects.filter(subject=dossier.subject, settled_at=None)),
        _count(dossier.remarks.all()),
        Exists(Fee.objects.filter(version=dossier.procedure_version_id)),
        Exists(dossier.proposals.filter(outcome=Proposal.Outcome.WAITING)),
        Exists(
            FilingDraft.objects.filter(Q(dossier=dossier.pk) | Q(supplement_of=dossier.pk), ~Q(filed_at=None))
        ),
    )
    return Numbers(*found.get())


@dataclass
class Shown:
    """The dossier of the page, and what all tabs need of it."""

    request: HttpRequest
    dossier: Dossier
    events: Sequence[Event]
    remark_form: RemarkForm | None = None

    def __post_init__(self) -> None:
        self.numbers = _numbers(self.dossier)
        self.checklist = document_checklist.checklist(self.dossier)
        self.demands = [event for event in self.events if event.note and "amount" in event.note.data]

    def messages(self) -> QuerySet[Message]:
        return Message.objects.filter(subject=self.dossier.subject).select_related("lane").order_by("-pk")

    @property
    def may_read_log(self) -> bool:
        return acting_user(self.request).has_perm("audit.view_auditentry")


def context(shown: Shown, asked: str) -> dict[str, Any]:
    """The row of tabs, and the content of the requested one. For an unknown name it is the first, or what was filed
    online while it waits to be checked."""
    names = _names(shown)
    first = FILED if shown.numbers.has_filing and shown.dossier.status_enum is Status.NEW else INFORMATION
    here = asked if asked in [value for value, _name, _number in names] else first
    return {
        "tabs": [
            {"value": value, "name": name, "number": number, "here": value == here}
            for value, name, number in names
        ],
        "panel": f"desk/tab_{here.replace('-', '_')}.html",
        "panel_name": here,
        **_PANELS[here](shown),
    }


def _names(shown: Shown) -> list[tuple[str, str | Promise, str]]:
    """The tabs of this dossier. Fees need a fee; the log needs the right to read it."""
    check = shown.checklist
    handed_in = (
        f"{check.present}/{check.wanted}" if check.is_comparable else str(len(shown.dossier.documents))
    )
    found: list[tuple[str, str | Promise, str]] = [
        (INFORMATION, _("Thông tin"), ""),
        *([(FILED, _("Nội dung nộp"), "")] if shown.numbers.has_filing else []),
        (PAPERS, _("Giấy tờ"), handed_in),
        (HISTORY, _("Xử lý"), str(len(shown.events) + shown.numbers.remarks)),
    ]
    if shown.numbers.has_fees or shown.demands:
        found.append((FEES, _("Phí"), ""))
    found.append((NOTICES, _("Thông báo"), str(shown.numbers.messages)))
    if shown.may_read_log:
        found.append((LOG, _("Nhật ký"), ""))
    return found


def _information(shown: Shown) -> dict[str, Any]:
    others = of_same_owner(shown.dossier, acting_user(shown.request))
    return {
        "why_due": explain_text(due_dates.explained(shown.dossier, list(shown.events)), gettext),
        "waybill": result_delivery.sent_under(shown.dossier, list(shown.events)),
        "others": [(other, gettext(other.status_enum.short), deadline_text(other)) for other in others],
    }


def _filed(shown: Shown) -> dict[str, Any]:
    """What was filed by a form; the reading of the answers is recorded."""
    log.record("dossier.answers", shown.dossier.subject, request=shown.request)

    def url(file: Attachment) -> str:
        return reverse("admin:dossier-file", args=[shown.dossier.pk, file.pk])

    return {"filed": review.filed(shown.dossier, acting_user(shown.request), url)}


def _papers(shown: Shown) -> dict[str, Any]:
    return {
        "checklist": shown.checklist,
        "asked_for": citizen_requests.standing(shown.dossier, shown.events),
        **printed_form_pages.on_page(shown.dossier, list(shown.events), shown.request),
        **file_pages.card(shown.dossier, shown.request),
    }


def _history(shown: Shown) -> dict[str, Any]:
    workflow = shown.dossier.workflow_version.workflow
    deliveries: dict[str, list[str]] = {}
    for message in shown.messages():
        words = f"{history.channel_name(message.lane.channel)}: {message.get_state_display()}"
        deliveries.setdefault(message.event, []).append(words)
    given_to, before = {}, None
    for event in shown.events:
        if event.assignee_id is not None and event.assignee_id != before:
            given_to[event.sequence] = event.assignee
        before = event.assignee_id
    written = shown.dossier.remarks.select_related("actor", "agency", "note")
    rows: list[Event | Remark] = sorted([*shown.events, *written], key=lambda row: row.at, reverse=True)
    # A system may have written thousands.
    page = Paginator(rows, HISTORY_LENGTH).get_page(shown.request.GET.get(PAGE))
    acts = [
        {"remark": row}
        if isinstance(row, Remark)
        else {
            "event": row,
            "title": history.title(row, workflow),
            "by": history.by(row),
            "approved": history.approved(row),
            "recorded": history.recorded(row),
            "told": deliveries.get(str(row.sequence), []),
            "given_to": given_to.get(row.sequence),
        }
        for row in page
    ]
    may_remark = services.may_remark(shown.dossier, acting_user(shown.request))
    return {
        "rows": acts,
        "page": page,
        "first": f"{PARAMETER}={HISTORY}",
        "undone": {event.undoes for event in shown.events if event.undoes is not None},
        "remark_form": (shown.remark_form or RemarkForm()) if may_remark else None,
        "form": shown.remark_form,
    }


def _fees(shown: Shown) -> dict[str, Any]:
    demands = [
        {
            "event": event,
            "amount": dong(event.note.data["amount"]),
            "payee": event.note.data.get("payee", ""),
            "until": event.citizen_due_at,
        }
        for event in reversed(shown.demands)
        if event.note
    ]
    listed = shown.dossier.procedure_version.fees.all()
    fees = [(fee, dong(fee.amount) if fee.amount else "") for fee in listed]
    return {"fees": fees, "demands": demands}


def _notices(shown: Shown) -> dict[str, Any]:
    reachable, news = services.both_reach(shown.dossier)
    return {
        "calls": shown.numbers.open_calls,
        "reachable": reachable,
        "news": news,
        "notices": [
            (message, for_channel(message.body, may_show_phone=True)) for message in shown.messages()
        ],
    }


def _log(shown: Shown) -> dict[str, Any]:
    entries = rights.visible_audit_entries(acting_user(shown.request)).filter(subject=shown.dossier.subject)
    return {"entries": entries.select_related("actor")[:LOG_LENGTH], "log_length": LOG_LENGTH}


_PANELS: dict[str, Callable[[Shown], dict[str, Any]]] = {
    INFORMATION: _information,
    FILED: _filed,
    PAPERS: _papers,
    HISTORY: _history,
    FEES: _fees,
    NOTICES: _notices,
    LOG: _log,
}
