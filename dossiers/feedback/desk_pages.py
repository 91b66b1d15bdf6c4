"""The staff's page of a piece of feedback. Each door calls one function of `answers`."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from dossiers import wording
from dossiers.desk.form_fields import set_choices, text_area_field
from dossiers.feedback import answers
from dossiers.lifecycle.errors import Refused, StaleDossier
from dossiers.models import Feedback
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.audit import log
from tenants.organisation.models import Agency


def _words(label: Any, help_text: Any = "", rows: int = 5) -> forms.CharField:
    return text_area_field(label, rows=rows, help_text=help_text, strip=False)


class _ActForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(_ActForm):
    """The answer for the sender."""

    text = _words(gettext_lazy("Câu trả lời"), gettext_lazy("Người gửi xem bằng mã phản ánh và mã tra cứu."))


class PublishForm(_ActForm):
    """Question and answer as everybody will read them."""

    question = _words(
        gettext_lazy("Câu hỏi công khai"),
        gettext_lazy("Viết gọn lại; không nêu tên, số điện thoại, mã hồ sơ hay điều nhận ra người gửi."),
        rows=3,
    )
    text = _words(gettext_lazy("Câu trả lời công khai"))


class TakeDownForm(_ActForm):
    """Why it goes off the public page."""

    reason = _words(gettext_lazy("Lý do gỡ"), rows=2)


class ForwardForm(_ActForm):
    """Which agency has to answer."""

    agency = forms.ChoiceField(label=gettext_lazy("Cơ quan trả lời"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Agency.objects.filter(dissolved_on=None)
        set_choices(self, "agency", [(agency.code, agency.name) for agency in found])


FORMS: dict[str, type[_ActForm]] = {
    "tra-loi": AnswerForm,
    "chuyen": ForwardForm,
    "cong-khai": PublishForm,
    "go": TakeDownForm,
}
DONE = {
    "tra-loi": gettext_lazy("Đã ghi câu trả lời."),
    "chuyen": gettext_lazy("Đã chuyển cơ quan trả lời."),
    "cong-khai": gettext_lazy("Đã công khai câu hỏi và câu trả lời."),
    "go": gettext_lazy("Đã gỡ khỏi trang công khai."),
}
ACTS: dict[str, Callable[..., object]] = {
    "tra-loi": answers.answer,
    "chuyen": answers.forward,
    "cong-khai": answers.publish,
    "go": answers.take_down,
}


@require_safe
def page(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """What was sent, by when it must be answered, and the acts. The reading is recorded."""
    feedback = _visible(request, feedback_id)
    log.record("feedback.read", feedback.subject, request=request)
    return _page(request, feedback, {})


@require_POST
def act(request: HttpRequest, feedback_id: int, name: str) -> HttpResponse:
    """Answer, pass on, publish or take down; a refusal shows the page with what was typed."""
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
