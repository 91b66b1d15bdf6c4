"""The counter: one page that takes a dossier in, with what it says while it is being filled in.

Everything works by plain forms; the script of the page only asks the same questions sooner.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers import services
from dossiers.desk.counter import recent
from dossiers.desk.counter.deadline_strip import day_strip
from dossiers.desk.counter.forms import IntakeForm, found_procedures
from dossiers.desk.counter.receipt_page import fee_text
from dossiers.desk.frame import may_receive, shell
from dossiers.lifecycle import document_checklist
from dossiers.lifecycle.errors import IntakeRefused, Refused
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.rules.deadlines.explanation import explain_text
from dossiers.rules.identity_card import CardError, read_card
from dossiers.services import message_preview
from dossiers.wording import dates
from procedures.models import Procedure
from tenants.accounts.requests import acting_user

NOT_SAVING = ("find", "preview")
"""Buttons of the form that ask something and take nothing in."""


def page(request: HttpRequest) -> HttpResponse:
    """Receive a dossier, then print its slip; the way back is an empty form."""
    _only_clerks(request)
    form = IntakeForm(request.POST or None, request.FILES or None, user=acting_user(request))
    preview: message_preview.Preview | None = None
    if request.method == "POST" and "find" in request.POST:
        form.keep_only_procedure_errors()
    elif request.method == "POST" and "preview" in request.POST:
        preview = _preview(form, request)
    elif request.method == "POST" and form.is_valid():
        try:
            received = services.receive(
                form.intake(),
                actor=acting_user(request),
                uploads=form.cleaned_data["uploads"],
            )
        except IntakeRefused as refusal:
            form.show_problems(refusal.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s.") % {"code": received.dossier.code})
            slip = reverse("admin:dossier-slip", args=[received.dossier.pk])
            return HttpResponseRedirect(f"{slip}?in=1")
    asked = any(name in request.POST for name in NOT_SAVING)
    context = {
        "title": _("Quầy tiếp nhận"),
        "form": form,
        "preview": preview,
        "files_dropped": bool(asked and request.FILES),
        "recent_procedures": recent.procedures(acting_user(request)),
        "last": recent.last_received(acting_user(request)),
        **_chosen(form.chosen, form.data),
        **shell(request),
    }
    return render(request, "desk/counter.html", context, status=200 if asked or not form.errors else 422)


@require_GET
def hits(request: HttpRequest) -> HttpResponse:
    """The procedures that fit what is being typed, to choose one."""
    _only_clerks(request)
    found = found_procedures(request.GET.get("q", ""))
    return render(request, "desk/counter_hits.html", {"hits": found})


@require_GET
def chosen(request: HttpRequest) -> HttpResponse:
    """Papers, due date, fee and agency of a procedure, before anything is taken in."""
    _only_clerks(request)
    return render(request, "desk/counter_chosen.html", _chosen(request.GET.get("choice", ""), request.GET))


@require_POST
def card(request: HttpRequest) -> HttpResponse:
    """What a scanned identity card says; by POST, since a number in an address would be kept by logs."""
    _only_clerks(request)
    try:
        read = read_card(request.POST.get("card", ""))
    except CardError as refusal:
        return JsonResponse({"problem": _(refusal.message)}, status=422)
    return JsonResponse(
        {
            "number": read.number,
            "name": read.name,
            "address": read.address,
            "problem": "" if read.name else _("Máy quét không gõ được dấu tiếng Việt. Xin nhập họ tên."),
        }
    )


def _only_clerks(request: HttpRequest) -> None:
    if not may_receive(request):
        raise PermissionDenied(_("Chỉ cán bộ tiếp nhận được mở quầy tiếp nhận."))


def _preview(form: IntakeForm, request: HttpRequest) -> message_preview.Preview | None:
    """The message that this intake would send; what stands in its way is said beside the fields."""
    if not form.is_valid():
        return None
    try:
        return message_preview.of_intake(form.intake(), acting_user(request))
    except IntakeRefused as refusal:
        form.show_problems(refusal.problems)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _chosen(code: str, typed: Any) -> dict[str, Any]:
    """What the page shows of the chosen procedure, and of the promise that goes with it."""
    procedure = (
        Procedure.objects.select_related("current_version").filter(code=code, handled=True).first()
        if code
        else None
    )
    if procedure is None or procedure.current_version is None:
        return {"procedure": None}
    found: dict[str, Any] = {
        "procedure": procedure,
        "papers": document_checklist.demanded_of(procedure),
        "ticked": set(typed.getlist("papers")),
        "fee": fee_text([fee.amount for fee in procedure.current_version.fees.all()]),
    }
    intake = Intake(
        procedure_code=procedure.code,
        owner=PersonData(name=""),
        receiving_agency=typed.get("receiving_agency", ""),
        competent_agency=typed.get("competent_agency", ""),
        support_point=typed.get("support_point", ""),
        channel=typed.get("channel", "counter"),
    )
    try:
        expected = services.expected(intake)
    except IntakeRefused:
        return found
    deadline = expected.deadline
    return {
        **found,
        "competent": expected.competent,
        "asks_competent": expected.competent is None,
        "due": dates.full(deadline.due) if deadline.due else "",
        "why_due": explain_text(deadline, _),
        "days": day_strip(deadline, expected.calendar),
    }
