"""The page of a workflow: its picture, its steps and ways in words, and for what it holds. Read only."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.desk.frame import for_staff, shell
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules import clock, diagram
from dossiers.workflow.rules.diagram import PLACE_NAMES, ROLE_NAMES
from dossiers.workflow.rules.schema import Step, Transition
from dossiers.workflow.rules.workflow import Workflow
from messaging.outbox import wording as templates
from procedures.catalogue.models import TermUnit
from tenants.organisation.models import Agency

DEMANDED = {
    "reason": gettext_lazy("lý do"),
    "assignee": gettext_lazy("người xử lý"),
    "papers": gettext_lazy("danh sách giấy tờ"),
    "deadline": gettext_lazy("hạn chót"),
    "amount": gettext_lazy("số tiền"),
    "agency": gettext_lazy("cơ quan được hỏi ý kiến"),
    "approval": gettext_lazy("lãnh đạo duyệt"),
    "result": gettext_lazy("tệp kết quả"),
    "handover": gettext_lazy("cách trả và người nhận"),
    "decision": gettext_lazy("số và ngày quyết định"),
}
EFFECTS = {
    "none": "",
    "pause": gettext_lazy("tạm dừng"),
    "resume": gettext_lazy("tính tiếp"),
    "restart": gettext_lazy("tính lại từ đầu"),
    "close": gettext_lazy("thôi tính"),
}
STATES = {
    clock.RUNNING: gettext_lazy("đang tính"),
    clock.PAUSED: gettext_lazy("tạm dừng"),
    clock.CLOSED: gettext_lazy("thôi tính"),
}


def _step(workflow: Workflow, step: Step, agencies: dict[str, str]) -> dict[str, str]:
    """One step: the holder of the dossier, and the state of the term."""
    place = ""
    if step.agency:
        place = _(PLACE_NAMES[step.agency]) if step.agency in PLACE_NAMES else agencies.get(step.agency, "")
    share = _("%(percent)s%% thời hạn") % {"percent": f"{step.share * 100:g}"} if step.share else ""
    return {
        "name": _(step.name),
        "status": f"{int(step.status)}. {_(step.status.official)}",
        "who": ", ".join(filter(None, (_(ROLE_NAMES[step.role]), place or step.agency))),
        "term": ", ".join(filter(None, (str(STATES[workflow.clock_state(step.code)]), share))),
    }


def _way(workflow: Workflow, way: Transition) -> dict[str, str]:
    """One transition: its steps, roles, required fields, effect on the term and notice."""
    terms = [f"{choice.name}: {choice.value} {TermUnit(choice.unit).label}" for choice in way.terms]
    held = (
        ngettext("giữ lại %(n)d giây", "giữ lại %(n)d giây", way.hold_seconds) % {"n": way.hold_seconds}
        if way.notice and way.hold_seconds
        else ""
    )
    title = templates.default(way.notice).title if way.notice else ""
    return {
        "name": _(way.name),
        "sources": _names(workflow, way.source),
        "target": _(workflow.steps[way.target].name),
        "who": ", ".join(_(name) for role, name in ROLE_NAMES.items() if role in way.roles),
        "demanded": ", ".join(str(words) for name, words in DEMANDED.items() if name in way.requires),
        "term": "; ".join(filter(None, (str(EFFECTS[way.clock]), *terms))),
        "notice": ", ".join(filter(None, (title, held))),
    }


def _names(workflow: Workflow, codes: Iterable[str]) -> str:
    return ", ".join(_(workflow.steps[code].name) for code in codes)


@for_staff
def page(request: HttpRequest, object_id: int) -> HttpResponse:
    """One version of a workflow; `is_newest` says whether dossiers are still received under it."""
    version = get_object_or_404(WorkflowVersion, pk=object_id)
    workflow = version.workflow
    codes = {step.agency for step in workflow.steps.values() if step.agency}
    agencies = dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))
    # The drawing escapes every name that the province gave.
    picture = mark_safe(diagram.draw(workflow, gettext))  # noqa: S308
    context = {
        **shell(request, WorkflowVersion),
        "title": _(workflow.name),
        "version": version,
        "starts": _names(workflow, workflow.starts),
        "term": f"{workflow.term.value} {TermUnit(str(workflow.term.unit)).label}" if workflow.term else "",
        "steps": [_step(workflow, step, agencies) for step in workflow.steps.values()],
        "ways": [_way(workflow, way) for way in workflow.transitions.values()],
        "picture": picture,
        "reach": rules_in_force.reach(version.code),
        "is_newest": WorkflowVersion.in_force(version.code).pk == version.pk,
    }
    return render(request, "desk/workflow.html", context)
