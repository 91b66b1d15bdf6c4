"""The staff's list of feedback, and the page of one piece. Each action calls one function of `answers`."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from dossiers import wording
from dossiers.desk.form_fields import ActForm, select_field, set_choices, text_area_field
from dossiers.feedback import answers
from dossiers.lifecycle.errors import Refused, StaleDossier
from dossiers.models import Feedback
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin
from tenants.audit import log
from tenants.organisation.models import Agency


def _words(label: Any, help_text: Any = "", rows: int = 5) -> forms.CharField:
    return text_area_field(label, rows=rows, help_text=help_text, strip=False)


class AnswerForm(ActForm):
    """The answer for the sender."""

    text = _words(_("Câu trả lời"), _("Người gửi xem bằng mã phản ánh và mã tra cứu."))


class PublishForm(ActForm):
    """Question and answer for publication."""

    question = _words(
        _("Câu hỏi công khai"),
        _("Viết gọn lại; không nêu tên, số điện thoại, mã hồ sơ hay điều nhận ra người gửi."),
        rows=3,
    )
    text = _words(_("Câu trả lời công khai"))


class TakeDownForm(ActForm):
    """The reason of taking it off the public page."""

    reason = _words(_("Lý do gỡ"), rows=2)


class ForwardForm(ActForm):
    """The agency that has to answer."""

    agency = select_field(_("Cơ quan trả lời"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Agency.objects.filter(dissolved_on=None)
        set_choices(self, "agency", [(agency.code, agency.name) for agency in found])


FORMS: dict[str, type[ActForm]] = {
    "tra-loi": AnswerForm,
    "chuyen": ForwardForm,
    "cong-khai": PublishForm,
    "go": TakeDownForm,
}
DONE = {
    "tra-loi": _("Đã ghi câu trả lời."),
    "chuyen": _("Đã chuyển cơ quan trả lời."),
    "cong-khai": _("Đã công khai câu hỏi và câu trả lời."),
    "go": _("Đã gỡ khỏi trang công khai."),
}
ACTS: dict[str, Callable[..., object]] = {
    "tra-loi": answers.answer,
    "chuyen": answers.forward,
    "cong-khai": answers.publish,
    "go": answers.take_down,
}


@require_safe
def page(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """The feedback, its due date and the actions. The reading is recorded."""
    feedback = _visible(request, feedback_id)
    log.record("feedback.read", feedback.subject, request=request)
    return _page(request, feedback, {})


@require_POST
def act(request: HttpRequest, feedback_id: int, name: str) -> HttpResponse:
    """Answer, forward, publish or take down; a refusal shows the page with the typed text."""
    feedback = _visible(request, feedback_id)
    if name not in FORMS:
        return HttpResponseRedirect(_address(feedback))
    form = FORMS[name](request.POST)
    status = 422
    if form.is_valid():
        try:
            ACTS[name](feedback.pk, actor=acting_user(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409 if isinstance(refusal, StaleDossier) else 422
        else:
            messages.success(request, str(DONE[name]))
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
    shown = {name: bound.get(name) or form(initial=initial[name] | seen) for name, form in FORMS.items()}
    context = {
        **province_site.each_context(request),
        "opts": Feedback._meta,
        "is_fullwidth": "1",
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
    return render(request, "desk/feedback.html", context, status=status)


def _visible(request: HttpRequest, feedback_id: int) -> Feedback:
    return get_object_or_404(answers.visible_to(acting_user(request)), pk=feedback_id)


def _address(feedback: Feedback) -> str:
    return reverse("admin:dossiers_feedback_change", args=[feedback.pk])


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows feedback to this person."""
    return request.user.is_authenticated and answers.may_read(request.user)


class StateFilter(SimpleListFilter):
    """Waiting, late, answered, public."""

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
        match self.value():
            case "cho":
                return queryset.filter(answered_at=None)
            case "tre":
                return queryset.filter(answered_at=None, due_at__lt=clock.now())
            case "da":
                return queryset.exclude(answered_at=None)
            case "cong-khai":
                return queryset.exclude(published_at=None)
        return queryset


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
            path("<int:feedback_id>/change/", guarded(page), name="dossiers_feedback_change"),
            path("<int:feedback_id>/<str:name>/", guarded(act), name="feedback-act"),
            # Django's own change and history pages would show feedback past this page and its audit.
            path("", guarded(self.changelist_view), name="dossiers_feedback_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff and may_open(request)


province_site.register(Feedback, FeedbackAdmin)
