"""A row of the list: the deadline in words, and the preview with the last events, missing papers and next step."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.deadlines.rules.deadlines import working_days_left
from dossiers.desk.worklist import counts
from dossiers.desk.worklist.counts import SOON_WORKING_DAYS
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import citizen_requests, document_checklist
from dossiers.lifecycle.desk.frame import forbid_caching, visible
from dossiers.lifecycle.models import Dossier
from dossiers.lookup.words import history
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.audit import log


@dataclass(frozen=True)
class DeadlineText:
    """Icon (Material Symbols name), tone (late, today, soon, plain, wait, done), words, date."""

    icon: str
    tone: str
    words: str
    date: str


def deadline_text(dossier: Dossier) -> DeadlineText:
    """How a list or page names the deadline of this dossier now."""
    date = wording.full(dossier.due_at) if dossier.due_at else ""
    status = dossier.status_enum
    if status is Status.DONE:
        return DeadlineText("task_alt", "done", _("Xong, chờ người dân nhận"), date)
    if status.is_closed:
        return DeadlineText("check", "done", _("Đã kết thúc"), date)
    if dossier.paused_since:
        return DeadlineText("pause_circle", "wait", _("Tạm dừng, chờ người dân"), date)
    if dossier.due_at is None:
        return DeadlineText("event", "plain", _("Không có ngày hẹn cố định"), "")
    now = clock.now()
    left = working_days_left(now, dossier.due_at, dossier.calendar_version.calendar)
    if now > dossier.due_at:
        return DeadlineText("error", "late", _("Trễ %(n)d ngày làm việc") % {"n": max(1, -left)}, date)
    if left <= 0:
        return DeadlineText(
            "alarm", "today", _("Hôm nay, %(hour)s") % {"hour": wording.hour(dossier.due_at)}, date
        )
    tone, icon = ("soon", "hourglass_top") if left <= SOON_WORKING_DAYS else ("plain", "event")
    return DeadlineText(icon, tone, _("Còn %(n)d ngày làm việc") % {"n": left}, date)


LAST_EVENTS = 3


@require_safe
def preview(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """A piece of a page, for the row that was opened."""
    dossier = visible(request, dossier_id)
    user = acting_user(request)
    events = list(dossier.events.select_related("note").order_by("sequence"))
    log.record("dossier.read", dossier.subject, request=request)
    workflow = dossier.workflow_version.workflow
    context = {
        "dossier": dossier,
        "rows": [(event, history.title(event, workflow)) for event in reversed(events[-LAST_EVENTS:])],
        "checklist": document_checklist.checklist(dossier),
        "asked_for": citizen_requests.standing(dossier, events),
        "next": counts.likely(services.possible_transitions(dossier, user)),
    }
    return forbid_caching(render(request, "desk/glance.html", context))
