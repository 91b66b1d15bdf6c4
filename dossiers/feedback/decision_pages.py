"""Pages about decisions on complaints: those for everybody, and those on which staff make decisions public."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.feedback import decisions
from dossiers.lifecycle.desk.frame import act_page, shell, visible
from dossiers.lifecycle.models import Decision
from dossiers.lifecycle.permissions import visible_to
from tenants.accounts.requests import acting_user
from tenants.audit import log
from tenants.organisation.staff_site.form_fields import text_area_field
from tenants.web.public_pages import paged

PAGE_SIZE = 30


@require_safe
def public_decisions(request: HttpRequest) -> HttpResponse:
    """Decisions on complaints that the law wants public."""
    page, pagination = paged(request, decisions.published(), PAGE_SIZE)
    context = {"decisions": list(page), "pagination": pagination}
    return render(request, "feedback/citizen_decisions.html", context)


@require_safe
def denunciation(request: HttpRequest) -> HttpResponse:
    """Denunciations are not received here; the page names the authorities that receive them."""
    return render(request, "feedback/denunciation.html")


SHOWN = 100


class WordsForm(forms.Form):
    words = text_area_field("", rows=4)

    def __init__(self, *args: Any, label: str, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label, self.fields["words"].help_text = label, hint


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Decisions that must be public and are not, the late ones first; then the public ones."""
    waiting = decisions.waiting(acting_user(request))
    context = {
        **shell(request, Decision),
        "title": _("Quyết định giải quyết khiếu nại"),
        "waiting": [
            (decision, decisions.may_publish(decision.dossier, acting_user(request))) for decision in waiting
        ],
        "late": sum(decision.is_late for decision in waiting),
        "published": _published(request)[:SHOWN],
    }
    return render(request, "feedback/desk_decisions.html", context)


def publish(request: HttpRequest, dossier_id: int) -> HttpResponse:
    dossier = visible(request, dossier_id)
    log.record("dossier.read", dossier.subject, request=request)
    hint = _("Về việc gì, kết quả ra sao; không nêu tên, địa chỉ, số định danh hay mã hồ sơ của ai.")
    form = WordsForm(request.POST or None, label=_("Trích yếu"), hint=hint)
    return act_page(
        request,
        dossier,
        form,
        lambda: decisions.publish_decision(
            dossier.pk, actor=acting_user(request), subject=form.cleaned_data["words"]
        ),
        title=_("Công khai quyết định"),
        done=_("Đã công khai quyết định."),
        back=reverse("admin:dossiers_decision_changelist"),
        template="feedback/decision_act.html",
        opts=Decision._meta,
        button=_("Công khai"),
        issued=decisions.issued(dossier, list(dossier.events.select_related("note").order_by("sequence"))),
    )


def take_down(request: HttpRequest, decision_id: int) -> HttpResponse:
    decision = get_object_or_404(_published(request), pk=decision_id)
    form = WordsForm(request.POST or None, label=_("Lý do gỡ"))
    return act_page(
        request,
        decision.dossier,
        form,
        lambda: decisions.take_down(
            decision.pk, actor=acting_user(request), reason=form.cleaned_data["words"]
        ),
        title=_("Gỡ quyết định khỏi trang công khai"),
        done=_("Đã gỡ quyết định."),
        back=reverse("admin:dossiers_decision_changelist"),
        template="feedback/decision_act.html",
        opts=Decision._meta,
        button=_("Gỡ"),
        decision=decision,
    )


def _published(request: HttpRequest) -> Any:
    mine = visible_to(acting_user(request)).values("pk")
    return decisions.published().filter(dossier__in=mine)
