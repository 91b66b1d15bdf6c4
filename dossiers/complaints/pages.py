"""Pages about decisions on complaints: those for everybody, and those on which staff make decisions public."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.complaints import decisions
from dossiers.desk import frame
from dossiers.desk.form_fields import text_area_field
from dossiers.desk.frame import shell, visible
from dossiers.lifecycle.errors import Refused
from dossiers.lifecycle.permissions import visible_to
from dossiers.models import Decision
from dossiers.public_pages import pagination
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin
from tenants.audit import log

PAGE_SIZE = 30


@require_safe
def public_decisions(request: HttpRequest) -> HttpResponse:
    """Decisions on complaints that the law wants public."""
    page = Paginator(decisions.published(), PAGE_SIZE).get_page(request.GET.get("trang", "1")[:6])
    context = {"decisions": list(page), "pagination": pagination(page, request.path)}
    return render(request, "citizen/decisions.html", context)


@require_safe
def denunciation(request: HttpRequest) -> HttpResponse:
    """Denunciations are not received here; the page names the authorities that receive them."""
    return render(request, "citizen/denunciation.html")


SHOWN = 100


class WordsForm(forms.Form):
    """One text, whose label the page gives."""

    words = text_area_field(gettext_lazy("Trích yếu"), rows=4)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Decisions that must be public and are not, the late ones first; then the public ones."""
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


class DecisionAdmin(ReadOnly, StaffAdmin):
    def get_urls(self) -> list[Any]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(frame.for_staff(view))

        return [
            path("<int:dossier_id>/cong-khai/", guarded(publish), name="decision-publish"),
            path("<int:decision_id>/go/", guarded(take_down), name="decision-take-down"),
            path("", guarded(overview), name="dossiers_decision_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)


province_site.register(Decision, DecisionAdmin)
