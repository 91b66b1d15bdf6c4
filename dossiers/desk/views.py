"""Pages of the desk inside the admin site: intake, transition, slip. Each calls one service."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers import history, previews, services, terms
from dossiers.citizen import dates
from dossiers.desk import acts, call_pages, deadline_text, file_pages, papers
from dossiers.desk.act_forms import DeclineForm
from dossiers.desk.page import shell, visible
from dossiers.errors import NotEntitled, Refused
from dossiers.models import Dossier, Event, Proposal
from dossiers.rules.deadlines import explain_text
from dossiers.services import moving
from dossiers.services.amending import times_extended
from dossiers.services.rights import is_leader, works_on
from messaging import phones
from messaging.models import Message
from messaging.templates import for_channel
from tenants import clock, qr
from tenants.accounts.models import User
from tenants.addresses import absolute
from tenants.audit import log
from tenants.context import current_province

DEMO_MARK = "DỮ LIỆU MINH HỌA"


def dossier_page(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Identity, deadline, legal next steps, history, messages."""
    dossier = visible(request, dossier_id)
    events = list(
        dossier.events.select_related("actor", "approved_by", "agency", "note", "assignee").order_by(
            "sequence"
        )
    )
    workflow = dossier.workflow_version.workflow
    transitions = services.possible_transitions(dossier, request.user)  # type: ignore[arg-type]
    log.record("dossier.read", dossier.subject, request=request)
    context = {
        "title": dossier.code,
        "dossier": dossier,
        "status": _(dossier.status_enum.short),
        "waits": dossier.status_enum.waits_for_citizen,
        "step_name": dossier.step_data.name,
        "deadline": deadline_text.of(dossier),
        "why_due": explain_text(terms.explained(dossier, events), _),
        "transitions": transitions,
        "events": [
            (event, history.title(event, workflow), history.recorded(event)) for event in reversed(events)
        ],
        "undone": {event.undoes for event in events if event.undoes is not None},
        "acts": _acts(dossier, events, request),
        "proposal": _proposal(dossier, request),
        **papers.on_page(dossier, events, request),
        **file_pages.card(dossier, request),
        "calls": call_pages.waiting(dossier),
        "reachable": services.reachable(dossier),
        "notices": [
            (message, for_channel(message.body, may_show_phone=True))
            for message in Message.objects.filter(subject=dossier.subject).order_by("-pk")
        ],
        **shell(request),
    }
    return render(request, "desk/dossier.html", context)


def _acts(dossier: Dossier, events: list[Event], request: HttpRequest) -> list[tuple[str, str]]:
    """Acts beside the workflow that this person may try now, as (name in the address, title)."""
    user: User = request.user  # type: ignore[assignment]
    leads, open_ = is_leader(dossier, user), dossier.closed_at is None
    offered = {
        "thu-hoi": services.can_recall(dossier, events, user),
        "giao": leads and open_,
        "xin-loi": leads
        and dossier.due_at is not None
        and clock.now() < dossier.due_at
        and not times_extended(events)
        and dossier.kind == Dossier.Kind.NORMAL
        and dossier.paused_since is None
        and dossier.finished_at is None,
        "dieu-chinh": leads,
        "nhan-tin": works_on(dossier, user) and bool(phones.MOBILE.match(dossier.recipient.phone)),
    }
    return [(name, str(acts.ACTS[name].title)) for name, may in offered.items() if may]


def _proposal(dossier: Dossier, request: HttpRequest) -> dict[str, Any] | None:
    """What waits for a leader, and whether this person may decide it."""
    proposal = services.waiting_proposal(dossier)
    if proposal is None:
        return None
    user: User = request.user  # type: ignore[assignment]
    step = dossier.workflow_version.workflow.transitions[proposal.transition]
    may_decide = is_leader(dossier, user) and proposal.asked_by_id != user.pk
    return {
        "row": proposal,
        "title": _(step.name),
        "rows": moving.in_words(proposal, step),
        "form": DeclineForm(initial={"seen": dossier.last_sequence}),
        "may_decide": may_decide,
        "preview": _of_approval(dossier, proposal, user) if may_decide else None,
    }


def _of_approval(dossier: Dossier, proposal: Proposal, leader: User) -> previews.Preview | None:
    """The message that goes out when this is approved now; None when it can no longer be."""
    try:
        return previews.of_act(
            dossier, lambda: services.approve(proposal.pk, actor=leader, seen=dossier.last_sequence)
        )
    except Refused:
        return None


def slip(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The receipt with QR code, dossier code and lookup key, to be printed."""
    dossier = visible(request, dossier_id)
    province = current_province()
    try:
        printed = services.print_again(dossier, actor=request.user)  # type: ignore[arg-type]
    except NotEntitled as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    term = terms.first_term(dossier)
    slip_words = {
        "agency": dossier.competent_agency.name
        if dossier.competent_agency != dossier.receiving_agency
        else "",
        "desk": dossier.receiving_agency.name,
        "code": dossier.code,
        "qr_svg": qr.svg(printed.token_url),
        "key": printed.key,
        "applicant": dossier.owner.name,
        "submitter": dossier.submitter.name,
        "phone": dossier.submitter.masked_phone,
        "procedure": dossier.procedure_version.official_name,
        "documents": dossier.documents,
        "received_text": dates.full(dossier.received_at),
        "due_text": dates.full(dossier.due_at) if dossier.due_at else _("không quy định"),
        "term_text": term_text(term),
        "place": dossier.result_delivery or dossier.receiving_agency.name,
        "fee": fee_text([fee.amount for fee in dossier.procedure_version.fees.all()]),
        "hotline": province.hotline,
        "province_name": province.name,
        "token_url_text": printed.token_url,
        "lookup_url_text": absolute(reverse("lookup")).partition("://")[2].rstrip("/"),
        "clerk": request.user.get_full_name(),  # type: ignore[union-attr]
    }
    context = {
        "slip": slip_words,
        "back_url": reverse("admin:dossiers_dossier_change", args=[dossier.pk]),
        "next_url": reverse("admin:dossiers_dossier_add"),
        "qr_png_url": reverse("admin:dossier-qr", args=[dossier.pk]),
        "print_then": reverse("admin:dossiers_dossier_add") if "in" in request.GET else "",
    }
    response = render(request, "citizen/slip.html", context)
    response["Cache-Control"] = "no-store"
    return response


def qr_image(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The slip's QR code as a PNG file."""
    dossier = visible(request, dossier_id)
    try:
        url = services.receipt_url(dossier, actor=request.user)  # type: ignore[arg-type]
    except NotEntitled as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    response = HttpResponse(
        qr.png(url, note=DEMO_MARK if current_province().demo else ""),
        content_type="image/png",
    )
    response["Cache-Control"] = "no-store"
    return response


def term_text(term: Any) -> str:
    """15 ngày làm việc"""
    if term is None:
        return _("không quy định")
    n = term.value
    return {
        "working_day": ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", n),
        "calendar_day": ngettext("%(n)d ngày", "%(n)d ngày", n),
        "month": ngettext("%(n)d tháng", "%(n)d tháng", n),
        "hour": ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", n),
        "same_day": _("trong ngày"),
    }[str(term.unit)] % {"n": n}


def fee_text(amounts: list[int | None]) -> str:
    """Fees known as amounts in đồng; empty when none is."""
    known = [amount for amount in amounts if amount is not None]
    if known and not any(known):
        return _("Không phải nộp")
    return "; ".join(
        _("%(amount)s đồng") % {"amount": f"{amount:,}".replace(",", ".")} for amount in known if amount
    )
