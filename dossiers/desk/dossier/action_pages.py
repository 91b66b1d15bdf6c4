"""Pages of the actions on a dossier: transitions, and the actions beside the workflow. Each calls one service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dossiers import services
from dossiers.desk.dossier import action_forms, consent_forms
from dossiers.desk.frame import dossier_url, shell, visible
from dossiers.lifecycle.errors import NeedsApproval, Refused, StaleDossier
from dossiers.models import Dossier
from dossiers.services import corrections, message_preview, transitions
from dossiers.services.requirements import needs_approval
from tenants.accounts.requests import acting_user


@dataclass(frozen=True)
class Act:
    """An action beside the workflow: its kind in history, its title, its form, its service."""

    kind: str
    title: str | Promise
    form: type[action_forms.ActForm]
    do: Callable[..., object]
    explain: str | Promise = ""
    danger: bool = False
    tells: bool = False


ACTS = {
    "giao": Act("assign", gettext_lazy("Giao người xử lý"), action_forms.AssignForm, services.assign),
    "xin-loi": Act(
        "apologise",
        gettext_lazy("Xin lỗi và hẹn lại"),
        action_forms.ApologyForm,
        services.apologise,
        gettext_lazy(
            "Mỗi hồ sơ chỉ được hẹn lại một lần, chậm nhất một ngày làm việc trước ngày hẹn trả. "
            "Người dân được báo ngay."
        ),
        tells=True,
    ),
    "thu-hoi": Act(
        "recall",
        gettext_lazy("Thu hồi thao tác"),
        action_forms.ActForm,
        services.recall,
        gettext_lazy(
            "Hồ sơ trở lại như trước thao tác vừa rồi. Tin báo còn giữ thì không gửi nữa; tin đã gửi thì có tin "
            "đính chính."
        ),
        danger=True,
        tells=True,
    ),
    "nhan-tin": Act(
        "consent",
        gettext_lazy("Đăng ký, thôi nhận tin"),
        consent_forms.NoticesForm,
        services.change_notices,
        gettext_lazy(
            "Ghi theo đề nghị của người nhận tin. Nhận tin là tự nguyện; thôi nhận thì tin đang chờ cũng không gửi."
        ),
    ),
    "dieu-chinh": Act(
        "correct",
        gettext_lazy("Điều chỉnh trạng thái"),
        action_forms.CorrectionForm,
        services.correct,
        gettext_lazy("Chỉ dùng khi trạng thái đang ghi không đúng với thực tế. Lịch sử vẫn được giữ."),
        danger=True,
        tells=True,
    ),
}


@dataclass(frozen=True)
class Offer:
    """An action as a page offers it: its name in the address, and its title."""

    name: str
    title: str


def offer(kind: str) -> Offer:
    """The action of this kind of event."""
    name = next(name for name, act in ACTS.items() if act.kind == kind)
    return Offer(name, str(ACTS[name].title))


def transition(request: HttpRequest, dossier_id: int, code: str) -> HttpResponse:
    """One step of the workflow: its form, then the step. A second click gets a conflict, no second event."""
    dossier = visible(request, dossier_id)
    possible = {step.code: step for step in services.possible_transitions(dossier, acting_user(request))}
    step = possible.get(code) or dossier.workflow_version.workflow.transitions.get(code)
    page = dossier_url(dossier.pk)
    if step is not None and code not in possible and dossier.step in step.source and request.method == "GET":
        raise PermissionDenied(_("Ông/bà không có quyền thực hiện bước này."))
    if step is None or (code not in possible and request.method != "POST"):
        messages.error(request, _("Bước này không làm được từ trạng thái hiện tại của hồ sơ."))
        return HttpResponseRedirect(page)
    form = action_forms.TransitionForm(
        request.POST or None, dossier=dossier, step=step, initial={"seen": dossier.last_sequence}
    )
    status, may_propose = 422 if form.errors else 200, False
    preview: message_preview.Preview | None = None

    def look(arguments: dict[str, Any]) -> message_preview.Preview | None:
        return message_preview.of_transition(dossier, step, acting_user(request), **arguments)

    if request.method == "GET":
        preview = _at_first(look, dossier)
    elif "preview" in request.POST:
        if form.is_valid():
            try:
                preview = look(form.arguments())
            except StaleDossier as refusal:
                return conflict(request, dossier, refusal)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        status = 422 if form.errors else 200
    elif form.is_valid():
        do = services.propose if "propose" in request.POST else services.apply_transition
        try:
            do(dossier.pk, code, actor=acting_user(request), **form.arguments())
        except StaleDossier as refusal:
            return conflict(request, dossier, refusal)
        except NeedsApproval as refusal:
            form.add_error(None, str(refusal))
            status, may_propose = 422, True
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 422
        else:
            said = _("Đã trình lãnh đạo: %(step)s.") if do is services.propose else _("Đã ghi: %(step)s.")
            messages.success(request, said % {"step": _(step.name)})
            return HttpResponseRedirect(page)
    approval = needs_approval(dossier, step)
    context = {
        "title": _(step.name),
        "dossier": dossier,
        "step": step,
        "form": form,
        "page": page,
        "target_status": _(dossier.workflow_version.workflow.steps[step.target].status.short),
        "approval": transitions.approval_sentence(dossier, step) if approval else "",
        "may_propose": approval or may_propose,
        "tells": bool(step.notice),
        "preview": preview,
        **shell(request),
    }
    return render(request, "desk/transition.html", context, status=status)


def beside(request: HttpRequest, dossier_id: int, name: str) -> HttpResponse:
    """An action beside the workflow."""
    act = ACTS.get(name)
    if act is None:
        raise Http404
    dossier = visible(request, dossier_id)
    if request.method == "GET" and not corrections.may(act.kind, dossier, acting_user(request)):
        raise PermissionDenied(_("Ông/bà không có quyền thực hiện việc này."))
    form = act.form(request.POST or None, dossier=dossier, initial={"seen": dossier.last_sequence})
    preview: message_preview.Preview | None = None
    looked = False

    def look(arguments: dict[str, Any]) -> message_preview.Preview | None:
        return message_preview.of_act(
            dossier, lambda: act.do(dossier.pk, actor=acting_user(request), **arguments)
        )

    if request.method == "GET" and act.tells and not form.visible_fields():
        preview, looked = _at_first(look, dossier), True
    elif "preview" in request.POST and act.tells:
        if form.is_valid():
            try:
                preview, looked = look(form.arguments()), True
            except StaleDossier as refusal:
                return conflict(request, dossier, refusal)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    elif request.method == "POST" and form.is_valid():
        try:
            act.do(dossier.pk, actor=acting_user(request), **form.arguments())
        except StaleDossier as refusal:
            return conflict(request, dossier, refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã ghi: %(step)s.") % {"step": act.title})
            return HttpResponseRedirect(dossier_url(dossier.pk))
    context = {
        "title": act.title,
        "dossier": dossier,
        "act": act,
        "form": form,
        "page": dossier_url(dossier.pk),
        "tells": act.tells,
        "preview": preview,
        "looked": looked,
        **shell(request),
    }
    return render(request, "desk/act.html", context, status=422 if form.errors else 200)


def _at_first(
    look: Callable[[dict[str, Any]], message_preview.Preview | None], dossier: Dossier
) -> message_preview.Preview | None:
    """The message with an empty form; None when the action requires input first."""
    try:
        return look({"seen": dossier.last_sequence})
    except Refused:
        return None


@require_POST
def decide(request: HttpRequest, dossier_id: int, proposal_id: int) -> HttpResponse:
    """Approve or decline a proposal."""
    dossier = visible(request, dossier_id)
    get_object_or_404(dossier.proposals, pk=proposal_id)
    form = action_forms.ActForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Thao tác chưa được ghi. Xin tải lại trang rồi làm lại."))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    seen, actor = form.cleaned_data["seen"], acting_user(request)
    try:
        if "approve" in request.POST:
            services.approve(proposal_id, actor=actor, seen=seen)
            messages.success(request, _("Đã duyệt và thực hiện."))
        else:
            reason = request.POST.get("reason", "")
            services.decline(proposal_id, actor=actor, seen=seen, reason=reason)
            messages.success(request, _("Đã ghi: không duyệt."))
    except StaleDossier as refusal:
        return conflict(request, dossier, refusal)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(dossier_url(dossier.pk))


def conflict(request: HttpRequest, dossier: Dossier, refusal: Refused) -> HttpResponse:
    """The answer to a stale click."""
    messages.error(request, str(refusal))
    context: dict[str, Any] = {"title": dossier.code, "page": dossier_url(dossier.pk), **shell(request)}
    return render(request, "desk/conflict.html", context, status=409)
