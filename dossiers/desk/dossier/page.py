"""The page of a dossier: identity, legal next steps with their messages, and one of its tabs."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers.desk.dossier import action_pages, tabs
from dossiers.desk.dossier.action_pages import DeclineForm
from dossiers.desk.worklist.counts import in_order
from dossiers.desk.worklist.row import deadline_text
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import due_dates, result_delivery, rules_in_force
from dossiers.lifecycle.actions import message_preview
from dossiers.lifecycle.actions import transitions as step_transitions
from dossiers.lifecycle.desk.frame import dossier_url, forbid_caching, shell, visible
from dossiers.lifecycle.models import Dossier, Event, Proposal
from dossiers.lifecycle.permissions import is_leader
from dossiers.lookup.words import history
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.refusals import Refused


@require_POST
def add_internal_note(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Leave a note; a refused one stays in its box, with the reason."""
    dossier = visible(request, dossier_id)
    form = tabs.RemarkForm(request.POST)
    if form.is_valid():
        try:
            services.remark(dossier.pk, actor=acting_user(request), text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, _("Đã ghi chú cho đồng nghiệp."))
            return HttpResponseRedirect(dossier_url(dossier.pk, tabs.HISTORY))
    return show(request, dossier, tab=tabs.HISTORY, remark_form=form)


# Daily actions stand open, the rest is folded.
BEFORE_OTHERS = frozenset({"assign", "apologise", "waybill"})


def page(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Identity, deadline, legal next steps, and the tab of `?tab=`; the page then asks for the first step's `message`."""
    return show(request, visible(request, dossier_id), tab=request.GET.get(tabs.PARAMETER, ""))


def show(
    request: HttpRequest, dossier: Dossier, *, tab: str, remark_form: tabs.RemarkForm | None = None
) -> HttpResponse:
    """The page with this tab open; a refused form shows the reason and keeps its text."""
    user = acting_user(request)
    events = list(
        dossier.events.select_related(
            "actor", "in_place_of", "approved_by", "approved_in_place_of", "agency", "note", "assignee"
        ).order_by("sequence")
    )
    transitions = in_order(services.possible_transitions(dossier, user))
    log.record("dossier.read", dossier.subject, request=request)
    offered = services.offered(dossier, events, user)
    shown = tabs.Shown(request, dossier, events, remark_form)
    proposal = _proposal(dossier, user) if shown.numbers.has_proposal else None
    main = next((step for step in transitions if step.primary and not _ends(dossier, step)), None)
    context = {
        "title": dossier.code,
        "dossier": dossier,
        "status": _(dossier.status_enum.short),
        "waits": dossier.status_enum.waits_for_citizen,
        "step_name": dossier.step_data.name,
        "deadline": deadline_text(dossier),
        "led": rules_in_force.led_elsewhere(dossier),
        "transitions": [(step, _ends(dossier, step)) for step in transitions],
        "acts": [action_pages.offer(kind) for kind in offered if kind in BEFORE_OTHERS],
        "other_acts": [action_pages.offer(kind) for kind in offered if kind not in BEFORE_OTHERS],
        "accepted": due_dates.acceptance(dossier, events) is not None,
        "handed_over": result_delivery.handed_over(dossier, events) is not None,
        "recall": _recall(dossier, events, user),
        "proposal": proposal,
        # The step behind the page's one filled button and its key.
        "main_step": main if not (proposal and proposal["may_decide"]) else None,
        **tabs.context(shown, tab),
        **shell(request),
    }
    status = 422 if remark_form is not None else 200
    return render(request, "desk/dossier.html", context, status=status)


@require_safe
def message(request: HttpRequest, dossier_id: int, code: str) -> HttpResponse:
    """A piece of the page: the message that this step would send. Not found for a step that is not possible now."""
    dossier = visible(request, dossier_id)
    user = acting_user(request)
    step = next((one for one in services.possible_transitions(dossier, user) if one.code == code), None)
    if step is None:
        raise Http404
    try:
        preview = message_preview.of_transition(dossier, step, user, seen=None, given=None)
        why_none = "" if preview else _("Bước này không gửi tin cho người dân.")
    except Refused:
        preview, why_none = None, _("Lời tin tùy theo điều ông/bà chọn ở bước sau; ở đó xem trước được.")
    context = {"step": step, "preview": preview, "why_none": why_none, "dossier": dossier}
    return forbid_caching(render(request, "desk/told.html", context))


def _ends(dossier: Dossier, step: Transition) -> bool:
    """Whether this step ends the dossier without a result, or is marked as one to be careful with."""
    target = dossier.workflow_version.workflow.steps[step.target].status
    return step.danger or (target.is_closed and target is not Status.RETURNED)


def _recall(dossier: Dossier, events: Sequence[Event], user: User) -> dict[str, Any] | None:
    """The last action, how long it may be recalled, and the effect on its message."""
    found = services.recallable(dossier, events, user)
    if found is None:
        return None
    return {
        "event": found.event,
        "title": history.title(found.event, dossier.workflow_version.workflow),
        "minutes": found.minutes_left,
        "fate": found.fate,
        "url": reverse("admin:dossier-act", args=[dossier.pk, action_pages.offer("recall")["name"]]),
    }


def _proposal(dossier: Dossier, user: User) -> dict[str, Any] | None:
    """The proposal that waits for a leader, and whether this person may decide it."""
    proposal = services.waiting_proposal(dossier)
    if proposal is None:
        return None
    step = dossier.workflow_version.workflow.transitions[proposal.transition]
    may_decide = is_leader(dossier, user) and proposal.asked_by_id != user.pk
    return {
        "row": proposal,
        "title": _(step.name),
        "rows": step_transitions.in_words(proposal, step),
        "form": DeclineForm(dossier=dossier),
        "may_decide": may_decide,
        "preview": _of_approval(dossier, proposal, user) if may_decide else None,
    }


def _of_approval(dossier: Dossier, proposal: Proposal, leader: User) -> message_preview.Preview | None:
    """The message that goes out when this is approved now; None when it can no longer be."""
    try:
        return message_preview.of_act(
            dossier, lambda: services.approve(proposal.pk, actor=leader, seen=dossier.last_sequence)
        )
    except Refused:
        return None
