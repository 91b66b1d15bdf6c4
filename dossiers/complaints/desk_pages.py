"""The staff's pages about decisions on complaints. Each door calls one function of `decisions`."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.complaints import decisions
from dossiers.desk.form_fields import text_area_field
from dossiers.desk.frame import shell, visible
from dossiers.lifecycle.errors import Refused
from dossiers.lifecycle.permissions import visible_to
from dossiers.models import Decision
from tenants.accounts.requests import acting_user
from tenants.audit import log

SHOWN = 100


class WordsForm(forms.Form):
    """One text, whose label the page gives."""

    words = text_area_field(gettext_lazy("Trích yếu"), rows=4)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Decisions that must be public and are not, the late ones first; then what is public."""
    waiting = decisions.waiting(acting_user(request))
    context = {
        **shell(request),
        "opts": Decision._meta,
        "title": _("Quyết định giải quyết khiếu nại"),
        "waiting": [
            (decision, decisions.may_publish(decision.dossier, acting_user(request))) for decision in waiting
        ],
        "late": sum(decision.is_late for decision in waiting),
        "published": _published(request)[:SHOWN],
    }
    return render(request, "desk/decisions.html", context)


def publish(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Make the decision of a dossier public."""
    dossier = visible(request, dossier_id)
    log.record("dossier.read", dossier.subject, request=request)
    issued = decisions.issued(dossier, list(dossier.events.select_related("note").order_by("sequence")))
    return _act(
        request,
        title=_("Công khai quyết định"),
        label=_("Trích yếu"),
        hint=_("Về việc gì, kết quả ra sao; không nêu tên, địa chỉ, số định danh hay mã hồ sơ của ai."),
        button=_("Công khai"),
        subject={"dossier": dossier, "issued": issued},
        act=lambda words: decisions.publish_decision(dossier.pk, actor=acting_user(request), subject=words),
        done=_("Đã công khai quyết định."),
    )


def take_down(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision off the public page."""
    decision = get_object_or_404(_published(request), pk=decision_id)
    return _act(
        request,
        title=_("Gỡ quyết định khỏi trang công khai"),
        label=_("Lý do gỡ"),
        hint="",
        button=_("Gỡ"),
        subject={"decision": decision},
        act=lambda words: decisions.take_down(decision.pk, actor=acting_user(request), reason=words),
        done=_("Đã gỡ quyết định."),
    )


def _act(
    request: HttpRequest,
    *,
    title: str,
    label: str,
    hint: str,
    button: str,
    subject: dict[str, Any],
    act: Any,
    done: str,
) -> HttpResponse:
    page = reverse("admin:dossiers_decision_changelist")
    form = WordsForm(request.POST or None)
    form.fields["words"].label, form.fields["words"].help_text = label, hint
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["words"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return HttpResponseRedirect(page)
    context = {
        **shell(request),
        "opts": Decision._meta,
        "title": title,
        "form": form,
        "button": button,
        "page": page,
        **subject,
    }
    return render(request, "desk/decision_act.html", context, status=422 if form.errors else 200)


def _published(request: HttpRequest) -> Any:
    mine = visible_to(acting_user(request)).values("pk")
    return decisions.published().filter(dossier__in=mine)
