"""Citizens' pages of feedback: no cookie, no session, no user. Each calls one function of the room."""

import secrets
from dataclasses import fields
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.feedback import deadline_promise, queries, submit
from dossiers.feedback.models import Feedback
from dossiers.feedback.submit import Typed
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import limited_lookup
from tenants.web.budgets import DAY, NETWORK, PROVINCE, SITE, Budget, BudgetSpent, Limit
from tenants.web.client_address import client_address
from tenants.web.public_pages import form_page, paged, private, see_other

LONGEST_POST = 2_000_000


def _typed(label: Any, help_text: Any, **options: Any) -> forms.CharField:
    # What is too long is said by `submit`, beside its field.
    return forms.CharField(
        label=label, help_text=help_text, max_length=LONGEST_POST, required=False, **options
    )


class FeedbackForm(forms.Form):
    """A citizen's feedback. `once` makes a second click on the button harmless."""

    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(
        label=gettext_lazy("Ông/bà phản ánh về việc gì?"),
        choices=[("", gettext_lazy("– Xin chọn –")), *Feedback.Topic.choices],
        required=False,
    )
    text = _typed(
        gettext_lazy("Nội dung"),
        gettext_lazy("Việc gì, ở đâu, khi nào. Xin đừng ghi số căn cước hay số điện thoại ở đây."),
        strip=False,
    )
    procedure = _typed(gettext_lazy("Thủ tục"), gettext_lazy("Mã hoặc tên thủ tục"))
    dossier_code = _typed(gettext_lazy("Mã hồ sơ"), gettext_lazy("In trên giấy hẹn"))
    name = _typed(
        gettext_lazy("Họ tên"), gettext_lazy("Không bắt buộc. Chỉ người trả lời đọc được, không công khai.")
    )
    contact = _typed(
        gettext_lazy("Điện thoại hoặc thư điện tử"),
        gettext_lazy("Không bắt buộc. Chỉ dùng khi cần hỏi thêm ông/bà."),
    )

    @classmethod
    def blank(cls, procedure: str = "") -> "FeedbackForm":
        """An empty form with a value of its own."""
        return cls(initial={"once": secrets.token_urlsafe(16), "procedure": procedure})

    def typed(self) -> Typed:
        """What was typed, for `submit.send`."""
        return Typed(**{item.name: self.cleaned_data.get(item.name, "") for item in fields(Typed)})

    def show_problems(self, refusal: IntakeRefused) -> None:
        """Put the sentences of a refusal beside their fields."""
        for name, sentence in refusal.problems.items():
            self.add_error(name if name in self.fields else None, sentence)


class AnswerLookupForm(forms.Form):
    """Code and key of a piece of feedback, as typed."""

    code = forms.CharField(
        label=gettext_lazy("Mã phản ánh"),
        max_length=120,
        error_messages={"required": gettext_lazy("Xin nhập mã phản ánh.")},
    )
    key = forms.CharField(
        label=gettext_lazy("Mã tra cứu"),
        max_length=40,
        error_messages={"required": gettext_lazy("Xin nhập mã tra cứu 6 ký tự.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["max_length"] = gettext_lazy("Mã phản ánh quá dài.")
        self.fields["key"].error_messages["max_length"] = gettext_lazy("Mã tra cứu chỉ có 6 ký tự.")


_FLOOD = gettext_lazy("Đã có nhiều phản ánh gửi từ nơi ông/bà dùng mạng. Xin gửi lại sau 15 phút.")
FEEDBACK = Budget(
    "feedback",
    _FLOOD,
    Limit(NETWORK, 20),
    Limit(SITE, 80),
    Limit(NETWORK, 100, DAY),
    Limit(PROVINCE, 400, narrowed=3),
)
PAGE_SIZE = 20


@form_page
def feedback_form(request: HttpRequest) -> HttpResponse:
    """The form: POST → 303 to the page with code and key. On any error the form comes back filled."""
    if request.method != "POST":
        response = _form_page(request, FeedbackForm.blank(request.GET.get("thu-tuc", "")[:60]))
        # The browser alone may keep it, so that going back finds the text again.
        response["Cache-Control"] = "private"
        return response
    form = FeedbackForm(request.POST)
    form.is_valid()
    try:
        taken = FEEDBACK.take(address=client_address(request))
    except BudgetSpent as spent:
        form.add_error(None, str(spent))
        response = private(_form_page(request, form, status=429))
        response["Retry-After"] = str(spent.retry_after)
        return response
    try:
        sent = submit.send(form.typed(), once=form.cleaned_data.get("once", ""))
    except IntakeRefused as refusal:
        taken.give_back()
        form.show_problems(refusal)
        return private(_form_page(request, form, status=422))
    return see_other(reverse("feedback", args=[queries.token(sent, just_sent=True)]))


@form_page
def answer_lookup(request: HttpRequest) -> HttpResponse:
    """Code and key → 303 to the page of the feedback."""
    if request.method != "POST":
        return render(request, "feedback/feedback_lookup.html", {"form": AnswerLookupForm()})
    form = AnswerLookupForm(request.POST)
    if form.is_valid():
        guesser = limited_lookup.Guesser.at(client_address(request), form.cleaned_data["code"])
        tried = limited_lookup.begin(guesser, with_key=True)
        try:
            found = queries.by_code(form.cleaned_data["code"], form.cleaned_data["key"])
        except CodeError as error:
            tried.free()
            form.add_error("code", _(error.message) % error.params)
        else:
            if found is not None:
                tried.free()
                return see_other(reverse("feedback", args=[queries.token(found)]))
            tried.failed()
            form.add_error("code", _("Không tìm thấy phản ánh với mã và mã tra cứu này. Xin xem lại cả hai."))
    return private(render(request, "feedback/feedback_lookup.html", {"form": form}))


@require_safe
def feedback(request: HttpRequest, token: str) -> HttpResponse:
    """A piece of feedback for its sender: the text, the due date, the answer."""
    found = queries.by_token(token)
    if found is None:
        raise Http404
    kept, just_sent = found
    context = {
        "feedback": kept,
        "just_sent": just_sent,
        "topic": kept.get_topic_display(),
        "received_text": wording.full(kept.received_at),
        "due_text": wording.full(kept.due_at),
        "answered_text": wording.full(kept.answered_at) if kept.answered_at else "",
    }
    return private(render(request, "feedback/citizen_feedback.html", context))


@require_safe
def public_answers(request: HttpRequest) -> HttpResponse:
    """Published questions and answers, without names."""
    page, pagination = paged(request, queries.published(), PAGE_SIZE)
    context = {"answers": [_public(kept) for kept in page], "pagination": pagination}
    return render(request, "feedback/feedback_answers.html", context)


def _public(kept: Feedback) -> dict[str, str]:
    return {
        "topic": str(kept.get_topic_display()),
        "question": kept.public_question,
        "answer": kept.public_answer,
        "agency": kept.agency.name if kept.agency else "",
        "when": wording.day(kept.published_at) if kept.published_at else "",
    }


def _form_page(request: HttpRequest, form: FeedbackForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "promise": deadline_promise.in_force()}
    return render(request, "feedback/feedback_form.html", context, status=status)
