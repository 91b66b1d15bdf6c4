"""The counter: the page that takes a dossier in, what it says while it is filled in, and the page that scans codes.

Everything works by plain forms; the script of the page only asks the same questions sooner.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossiers.deadlines import wording
from dossiers.deadlines.rules.explanation import Day, DayKind, day_by_day, explain_text
from dossiers.desk.counter.forms import IntakeForm, found_procedures
from dossiers.desk.counter.receipt_page import fee_text
from dossiers.desk.worklist import quick_search
from dossiers.desk.worklist.row import deadline_text
from dossiers.filing import counter_drafts
from dossiers.filing import forms as filing_forms
from dossiers.filing.desk import draft_pages
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import document_checklist, event_journal
from dossiers.lifecycle.actions import message_preview
from dossiers.lifecycle.desk.frame import dossier_url, may_receive, shell
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.permissions import visible_to
from dossiers.lifecycle.rules.codes import CardError, read_card
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.blank_forms.offers import of_texts
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.staff_site.form_fields import show_problems
from tenants.refusals import Refused

MOST_HITS = 9
LONGEST_STRIP = 10
SHORTCUTS = 5
LOOKED_AT = 60
NOT_SAVING = ("find", "preview")
"""Buttons of the form that store nothing."""


def page(request: HttpRequest) -> HttpResponse:
    """Receive a dossier, then print its slip; the way back is an empty form."""
    _only_clerks(request)
    form = IntakeForm(request.POST or None, request.FILES or None, user=acting_user(request))
    preview: message_preview.Preview | None = None
    if request.method == "POST" and "find" in request.POST:
        form.keep_only_procedure_errors()
    elif request.method == "POST" and "preview" in request.POST:
        preview = _attempt(form, lambda: message_preview.of_intake(form.intake(), acting_user(request)))
    elif request.method == "POST":
        received = _attempt(
            form,
            lambda: services.receive(
                form.intake(), actor=acting_user(request), uploads=form.cleaned_data["uploads"]
            ),
        )
        if received:
            messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s.") % {"code": received.dossier.code})
            slip = reverse("admin:dossier-slip", args=[received.dossier.pk])
            return HttpResponseRedirect(f"{slip}?in=1")
    asked = any(name in request.POST for name in NOT_SAVING)
    context = {
        "title": _("Quầy tiếp nhận"),
        "form": form,
        "preview": preview,
        "files_dropped": bool(asked and request.FILES),
        "recent_procedures": recent_procedures(acting_user(request)),
        "last": last_received(acting_user(request)),
        "unfinished": [
            (one, reverse("admin:filing-draft", args=[draft_pages.desk_name(one)]))
            for one in counter_drafts.unfinished(acting_user(request))
        ],
        **_chosen(form.chosen, form.data),
        **shell(request),
    }
    return render(request, "desk/counter.html", context, status=200 if asked or not form.errors else 422)


@require_GET
def hits(request: HttpRequest) -> HttpResponse:
    """The procedures that match the typed text, to choose one."""
    _only_clerks(request)
    found = found_procedures(request.GET.get("q", ""))
    return render(request, "desk/counter_hits.html", {"hits": found})


@require_GET
def chosen(request: HttpRequest) -> HttpResponse:
    """Papers, due date, fee and agency of a procedure, before the intake."""
    _only_clerks(request)
    return render(request, "desk/counter_chosen.html", _chosen(request.GET.get("choice", ""), request.GET))


@require_POST
def card(request: HttpRequest) -> HttpResponse:
    """The content of a scanned identity card; by POST, since logs would keep a number in an address."""
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


def _attempt[Answer](form: IntakeForm, act: Callable[[], Answer]) -> Answer | None:
    """The answer of an act with this form's intake; None where it cannot be, and the form says why."""
    if not form.is_valid():
        return None
    try:
        return act()
    except IntakeRefused as refusal:
        show_problems(form, refusal.problems, procedure_code="procedure")
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _chosen(code: str, typed: Any) -> dict[str, Any]:
    """The chosen procedure on the page, and its promised date."""
    procedure = (
        Procedure.objects.select_related("current_version").filter(code=code, handled=True).first()
        if code
        else None
    )
    if procedure is None or procedure.current_version is None:
        return {"procedure": None}
    papers = document_checklist.demanded_of(procedure)
    forms = of_texts(paper.form for paper in papers)
    found: dict[str, Any] = {
        "procedure": procedure,
        "has_form": filing_forms.in_force(procedure.code) is not None,
        "papers": [(paper, forms.get(paper.form, [])) for paper in papers],
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
    deadline, days = expected.deadline, day_by_day(expected.deadline, expected.calendar)
    return {
        **found,
        "competent": expected.competent,
        "asks_competent": expected.competent is None,
        "due": wording.full(deadline.due) if deadline.due else expected.term,
        "why_due": explain_text(deadline, _),
        "days": [_box(day) for day in days] if len(days) <= LONGEST_STRIP else [],
    }


def scan(request: HttpRequest) -> HttpResponse:
    """The box; with `q`, the one dossier it means, or up to nine to choose from by digit."""
    user = acting_user(request)
    text = request.GET.get("q", "")[: quick_search.LONGEST]
    hits: list[Dossier] = []
    if may_receive(request) and (draft := draft_pages.scanned(request, text)):
        return HttpResponseRedirect(draft)
    if text.strip():
        matching = quick_search.matching(visible_to(user), text, user).select_related(*READ_WITH)
        hits = list(matching.order_by("-received_at", "-pk")[: MOST_HITS + 1])
        if len(hits) == 1:
            return HttpResponseRedirect(_place(hits[0], user))
    context = {
        "title": _("Quét mã"),
        "text": text,
        "read": quick_search.read_as(text) if text.strip() else "",
        "hits": [(dossier, deadline_text(dossier), _place(dossier, user)) for dossier in hits[:MOST_HITS]],
        "more": len(hits) > MOST_HITS,
        **shell(request),
    }
    return render(request, "desk/scan.html", context)


def _place(dossier: Dossier, user: User) -> str:
    """Where this dossier opens: where its result is handed over, if this person may do so, or its page."""
    if dossier.status == Status.DONE:
        steps = services.possible_transitions(dossier, user)
        workflow = dossier.workflow_version.workflow
        giving = next((s for s in steps if workflow.steps[s.target].status is Status.RETURNED), None)
        if giving is not None:
            return reverse("admin:dossier-transition", args=[dossier.pk, giving.code])
    return dossier_url(dossier.pk)


def _box(day: Day) -> dict[str, Any]:
    """One day: its weekday and number as shown, what it counts as, and how it looks (start, day, off, due)."""
    words, look = _("ngày %(n)d") % {"n": day.number}, "due" if day.is_due else "day"
    if day.kind is DayKind.RECEIVED:
        words, look = _("nhận"), "start"
    elif day.kind is DayKind.CLOSED:
        words, look = _("nghỉ"), "off"
    weekday = wording.short_weekday(day.date)
    return {"weekday": weekday, "number": day.date.day, "words": words, "look": look}


def recent_procedures(user: User) -> list[Procedure]:
    """The last five different procedures that this person received, the newest first."""
    receipts = (
        Event.objects.filter(actor=user, kind=event_journal.RECEIVE, dossier__procedure__handled=True)
        .order_by("-at", "-pk")
        .values_list("dossier__procedure_id", flat=True)[:LOOKED_AT]
    )
    keys = list(islice(dict.fromkeys(receipts), SHORTCUTS))
    known = Procedure.objects.in_bulk(keys)
    return [known[key] for key in keys]


def last_received(user: User) -> Dossier | None:
    """The last dossier that this person received today; None before the first."""
    today = clock.beginning(clock.today())
    event = (
        Event.objects.filter(actor=user, kind=event_journal.RECEIVE, at__gte=today)
        .select_related("dossier__owner", "dossier__procedure")
        .order_by("-at", "-pk")
        .first()
    )
    return event.dossier if event else None
