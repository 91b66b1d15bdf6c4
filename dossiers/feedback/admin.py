"""The staff's list of feedback, the page of one piece, and the doors to decisions on complaints.

Each action on feedback calls one function of `answers`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from dossiers.deadlines import wording
from dossiers.desk.admin import VersionAdmin
from dossiers.feedback import answers, decision_pages
from dossiers.feedback.models import Feedback, FeedbackPromise
from dossiers.lifecycle.desk import frame
from dossiers.lifecycle.desk.form_fields import ActForm, agency_choices
from dossiers.lifecycle.desk.frame import shell
from dossiers.lifecycle.errors import StaleDossier
from dossiers.lifecycle.models import Decision
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.audit import log, subjects
from tenants.audit.subjects import Named, SubjectKind
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_area_field
from tenants.organisation.staff_site.sites import province_site
from tenants.refusals import Refused


class AnswerForm(ActForm):
    text = text_area_field(
        _("Câu trả lời"),
        rows=5,
        help_text=_("Người gửi xem bằng mã phản ánh và mã tra cứu."),
        strip=False,
    )


class PublishForm(ActForm):
    question = text_area_field(
        _("Câu hỏi công khai"),
        rows=3,
        help_text=_("Viết gọn lại; không nêu tên, số điện thoại, mã hồ sơ hay điều nhận ra người gửi."),
        strip=False,
    )
    text = text_area_field(_("Câu trả lời công khai"), rows=5, strip=False)


class TakeDownForm(ActForm):
    """The reason of taking it off the public page."""

    reason = text_area_field(_("Lý do gỡ"), rows=2, strip=False)


class ForwardForm(ActForm):
    agency = select_field(_("Cơ quan trả lời"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "agency", agency_choices())


@dataclass(frozen=True)
class Act:
    """What staff do with a piece of feedback: its form, its function of `answers`, what is said afterwards."""

    form: type[ActForm]
    do: Callable[..., object]
    done: str | Promise


ACTS = {
    "tra-loi": Act(AnswerForm, answers.answer, _("Đã ghi câu trả lời.")),
    "chuyen": Act(ForwardForm, answers.forward, _("Đã chuyển cơ quan trả lời.")),
    "cong-khai": Act(PublishForm, answers.publish, _("Đã công khai câu hỏi và câu trả lời.")),
    "go": Act(TakeDownForm, answers.take_down, _("Đã gỡ khỏi trang công khai.")),
}


@require_safe
def page(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """The feedback, its due date and the actions. The reading is recorded."""
    feedback = _visible(request, feedback_id)
    log.record("feedback.read", feedback.subject, request=request)
    return _page(request, feedback, {})


@require_POST
def perform(request: HttpRequest, feedback_id: int, name: str) -> HttpResponse:
    """Answer, forward, publish or take down; a refusal shows the page with the typed text."""
    feedback = _visible(request, feedback_id)
    if name not in ACTS:
        return HttpResponseRedirect(_address(feedback))
    act = ACTS[name]
    form = act.form(request.POST)
    status = 422
    if form.is_valid():
        try:
            act.do(feedback.pk, actor=acting_user(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409 if isinstance(refusal, StaleDossier) else 422
        else:
            messages.success(request, str(act.done))
            return HttpResponseRedirect(_address(feedback))
    feedback.refresh_from_db()
    return _page(request, feedback, {name: form}, status)


def _page(
    request: HttpRequest, feedback: Feedback, bound: dict[str, forms.Form], status: int = 200
) -> HttpResponse:
    seen = {"seen": feedback.last_sequence}
    initial: dict[str, dict[str, Any]] = {
        "tra-loi": {"text": feedback.answer},
        "chuyen": {"agency": feedback.agency.code if feedback.agency else ""},
        "cong-khai": {
            "question": feedback.public_question or feedback.text,
            "text": feedback.public_answer or feedback.answer,
        },
        "go": {},
    }
    shown = {name: bound.get(name) or act.form(initial=initial[name] | seen) for name, act in ACTS.items()}
    context = {
        **shell(request, Feedback),
        "title": feedback.code,
        "feedback": feedback,
        "may_answer": answers.may_answer(feedback, acting_user(request)),
        "form": next(iter(bound.values()), None),
        "answer_form": shown["tra-loi"],
        "forward_form": shown["chuyen"],
        "publish_form": shown["cong-khai"] if feedback.answered_at else None,
        "take_down_form": shown["go"] if feedback.published_at else None,
        "due_text": wording.full(feedback.due_at),
        "acts": feedback.acts.select_related("actor", "agency", "note").order_by("-sequence"),
    }
    return render(request, "feedback/desk_feedback.html", context, status=status)


def _visible(request: HttpRequest, feedback_id: int) -> Feedback:
    return get_object_or_404(answers.visible_to(acting_user(request)), pk=feedback_id)


def _address(feedback: Feedback) -> str:
    return reverse("admin:feedback_feedback_change", args=[feedback.pk])


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows feedback to this person."""
    return request.user.is_authenticated and answers.may_read(request.user)


class StateFilter(SimpleListFilter):
    title = _("Tình trạng")
    parameter_name = "tinh-trang"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("cho", _("Chờ trả lời")),
            ("tre", _("Quá hạn trả lời")),
            ("da", _("Đã trả lời")),
            ("cong-khai", _("Đang công khai")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        states = {
            "cho": Q(answered_at=None),
            "tre": Q(answered_at=None, due_at__lt=clock.now()),
            "da": ~Q(answered_at=None),
            "cong-khai": ~Q(published_at=None),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


class FeedbackAdmin(ReadOnly, StaffAdmin):
    list_display = ("code", "topic", "agency", "received_at", "due_at", "state")
    list_filter = (StateFilter, "topic")
    list_select_related = ("agency",)
    search_fields = ("=code",)
    search_help_text = _("Mã phản ánh, ví dụ PA-261125-0001")
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-received_at", "-pk")

    @display(description=_("Tình trạng"))
    def state(self, feedback: Feedback) -> str:
        if feedback.published_at:
            return str(_("Đang công khai"))
        if feedback.answered_at:
            return str(_("Đã trả lời"))
        return str(_("Quá hạn trả lời") if feedback.due_at < clock.now() else _("Chờ trả lời"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return answers.visible_to(acting_user(request))

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:feedback_id>/change/", guarded(page), name="feedback_feedback_change"),
            path("<int:feedback_id>/<str:name>/", guarded(perform), name="feedback-act"),
            # Django's own change and history pages would show feedback past this page and its audit.
            path("", guarded(self.changelist_view), name="feedback_feedback_changelist"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff and may_open(request)


class DecisionAdmin(ReadOnly, StaffAdmin):
    def get_urls(self) -> list[Any]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(frame.for_staff(view))

        return [
            path("<int:dossier_id>/cong-khai/", guarded(decision_pages.publish), name="decision-publish"),
            path("<int:decision_id>/go/", guarded(decision_pages.take_down), name="decision-take-down"),
            path("", guarded(decision_pages.overview), name="dossiers_decision_changelist"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)


def _feedback(keys: Collection[str]) -> Mapping[str, Named]:
    page = reverse("admin:feedback_feedback_changelist")
    return {code: Named(code, f"{page}?{urlencode({'q': code})}") for code in keys}


subjects.kinds.register(SubjectKind("feedback", "feedback", _feedback))
province_site.register(Feedback, FeedbackAdmin)
province_site.register(Decision, DecisionAdmin)
province_site.register(FeedbackPromise, VersionAdmin)
