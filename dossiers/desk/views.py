"""Pages of the desk inside the admin site: intake, transition, slip. Each calls one service."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers import services, terms
from dossiers.citizen import dates
from dossiers.desk import deadline_text
from dossiers.desk.forms import IntakeForm, TransitionForm
from dossiers.errors import IntakeRefused, Refused, StaleDossier
from dossiers.forms import qr
from dossiers.lookup import RELATED
from dossiers.models import Dossier
from dossiers.rules.deadlines import explain_text
from dossiers.visibility import visible_to
from messaging.models import Message
from messaging.templates import for_channel
from tenants.addresses import absolute
from tenants.audit import log
from tenants.context import current_province
from tenants.sites import province_site

DEMO_MARK = "DỮ LIỆU MINH HỌA"


def intake(request: HttpRequest) -> HttpResponse:
    """Receive a dossier; then show its slip."""
    form = IntakeForm(request.POST or None, user=request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            received = services.receive(form.intake(), actor=request.user)  # type: ignore[arg-type]
        except IntakeRefused as refusal:
            form.show_problems(refusal.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s.") % {"code": received.dossier.code})
            return HttpResponseRedirect(reverse("admin:dossier-slip", args=[received.dossier.pk]))
    context = {"title": _("Tiếp nhận hồ sơ"), "form": form, **_shell(request)}
    return render(request, "desk/intake.html", context, status=200 if not form.errors else 422)


def dossier_page(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Identity, deadline, legal next steps, history, messages."""
    dossier = _visible(request, dossier_id)
    events = list(dossier.events.select_related("actor", "note", "assignee").order_by("sequence"))
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
        "why_due": explain_text(terms.deadline_of(dossier, events), _),
        "transitions": transitions,
        "events": [(event, _event_title(event.kind, workflow)) for event in reversed(events)],
        "notices": [
            (message, for_channel(message.body, may_show_phone=True))
            for message in Message.objects.filter(subject=dossier.subject).order_by("-pk")
        ],
        **_shell(request),
    }
    return render(request, "desk/dossier.html", context)


def transition(request: HttpRequest, dossier_id: int, code: str) -> HttpResponse:
    """One step of the workflow: what it demands, then done. A second click gets a conflict, no second event."""
    dossier = _visible(request, dossier_id)
    possible = {step.code: step for step in services.possible_transitions(dossier, request.user)}  # type: ignore[arg-type]
    step = possible.get(code) or dossier.workflow_version.workflow.transitions.get(code)
    page = reverse("admin:dossiers_dossier_change", args=[dossier.pk])
    if step is None or (code not in possible and request.method != "POST"):
        messages.error(request, _("Bước này không làm được từ trạng thái hiện tại của hồ sơ."))
        return HttpResponseRedirect(page)
    form = TransitionForm(
        request.POST or None,
        requires=step.requires,
        assignees=[
            (str(person.pk), person.get_full_name()) for person in services.possible_assignees(dossier)
        ],
        initial={"seen": dossier.last_sequence},
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.advance(dossier.pk, code, actor=request.user, **form.arguments())  # type: ignore[arg-type]
        except StaleDossier as refusal:
            messages.error(request, str(refusal))
            return render(
                request,
                "desk/conflict.html",
                {"title": dossier.code, "page": page, **_shell(request)},
                status=409,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 422
        else:
            messages.success(request, _("Đã ghi: %(step)s.") % {"step": step.name})
            return HttpResponseRedirect(page)
    context = {
        "title": step.name,
        "dossier": dossier,
        "step": step,
        "form": form,
        "page": page,
        "target_status": _(dossier.workflow_version.workflow.steps[step.target].status.short),
        **_shell(request),
    }
    return render(request, "desk/transition.html", context, status=status)


def slip(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The receipt with QR code, dossier code and lookup key, to be printed."""
    dossier = _visible(request, dossier_id)
    province = current_province()
    printed = services.print_again(dossier, actor=request.user)  # type: ignore[arg-type]
    term = terms.term_of(dossier.procedure_version)
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
    }
    response = render(request, "citizen/slip.html", context)
    response["Cache-Control"] = "no-store"
    return response


def qr_image(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """The slip's QR code as a PNG file."""
    dossier = _visible(request, dossier_id)
    response = HttpResponse(
        qr.png(services.receipt_url(dossier), note=DEMO_MARK if current_province().demo else ""),
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


def _visible(request: HttpRequest, dossier_id: int) -> Dossier:
    dossiers = visible_to(request.user).select_related(*RELATED, "submitter", "support_point")  # type: ignore[arg-type]
    return get_object_or_404(dossiers, pk=dossier_id)


def _event_title(kind: str, workflow: Any) -> str:
    if kind == "receive":
        return _("Tiếp nhận hồ sơ")
    step = workflow.transitions.get(kind)
    return step.name if step else kind


def _shell(request: HttpRequest) -> dict[str, Any]:
    return {**province_site.each_context(request), "opts": Dossier._meta, "is_fullwidth": "1"}
