"""Citizens' pages of feedback: no cookie, no session, no user. Each calls one function of the room."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.feedback import deadline_promise, queries, submit
from dossiers.feedback.models import Feedback
from dossiers.lifecycle.intake import clean_phone
from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import limited_lookup
from tenants.phone_numbers import LANDLINE, MOBILE
from tenants.validation import is_plain_text
from tenants.web.budgets import DAY, NETWORK, PROVINCE, SITE, Budget, BudgetSpent, Limit
from tenants.web.client_address import client_address
from tenants.web.public_pages import form_page, paged, private, see_other


def _plain(text: str) -> None:
    if not is_plain_text(text):
        raise ValidationError(_("Nội dung có ký tự không hợp lệ."))


class TypedField(forms.CharField):
    """What a citizen typed, with its spaces tidied up before it is measured: in each line, or at its ends."""

    default_error_messages = {
        "max_length": gettext_lazy(
            "Nội dung dài %(show_value)d ký tự, tối đa %(limit_value)d. Xin rút ngắn lại."
        )
    }
    default_validators = [_plain]

    def __init__(
        self, label: Any, help_text: Any, longest: int, *, lines: bool = False, **options: Any
    ) -> None:
        super().__init__(
            label=label, help_text=help_text, max_length=longest, **{"required": False, **options}
        )
        self.lines = lines

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        return text.replace("\r\n", "\n") if self.lines else " ".join(text.split())


class FeedbackForm(forms.Form):
    """A citizen's feedback: only topic and text are required, no name. `once` makes a second click on the button
    harmless."""

    once = forms.CharField(required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(
        label=gettext_lazy("Ông/bà phản ánh về việc gì?"),
        choices=[("", gettext_lazy("– Xin chọn –")), *Feedback.Topic.choices],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Xin chọn phản ánh về việc gì.")
        ),
    )
    text = TypedField(
        gettext_lazy("Nội dung"),
        gettext_lazy("Việc gì, ở đâu, khi nào. Xin đừng ghi số căn cước hay số điện thoại ở đây."),
        5000,
        lines=True,
        required=True,
        error_messages={"required": gettext_lazy("Xin viết điều ông/bà muốn phản ánh.")},
    )
    procedure = TypedField(gettext_lazy("Thủ tục"), gettext_lazy("Mã hoặc tên thủ tục"), 200)
    dossier_code = TypedField(gettext_lazy("Mã hồ sơ"), gettext_lazy("In trên giấy hẹn"), 120)
    name = TypedField(
        gettext_lazy("Họ tên"),
        gettext_lazy("Không bắt buộc. Chỉ người trả lời đọc được, không công khai."),
        100,
    )
    contact = TypedField(
        gettext_lazy("Điện thoại hoặc thư điện tử"),
        gettext_lazy("Không bắt buộc. Chỉ dùng khi cần hỏi thêm ông/bà."),
        100,
    )

    def clean_contact(self) -> str:
        typed: str = self.cleaned_data["contact"]
        name, at, host = typed.partition("@")
        contact = typed if at or not typed else clean_phone(typed)
        is_mail = bool(at and name) and "." in host and " " not in typed
        if contact and not (is_mail or MOBILE.match(contact) or LANDLINE.match(contact)):
            raise ValidationError(_("Xin ghi số điện thoại hoặc địa chỉ thư điện tử, hoặc bỏ trống."))
        return contact


class AnswerLookupForm(forms.Form):
    """Code and key of a piece of feedback, as typed."""

    code = forms.CharField(
        label=gettext_lazy("Mã phản ánh"),
        max_length=120,
        error_messages={
            "required": gettext_lazy("Xin nhập mã phản ánh."),
            "max_length": gettext_lazy("Mã phản ánh quá dài."),
        },
    )
    key = forms.CharField(
        label=gettext_lazy("Mã tra cứu"),
        max_length=40,
        error_messages={
            "required": gettext_lazy("Xin nhập mã tra cứu 6 ký tự."),
            "max_length": gettext_lazy("Mã tra cứu chỉ có 6 ký tự."),
        },
    )


_FLOOD = gettext_lazy("Đã có nhiều phản ánh gửi từ nơi ông/bà dùng mạng. Xin gửi lại sau 15 phút.")
FEEDBACK = Budget(
    "feedback",
    _FLOOD,
    Limit(NETWORK, 20),
    Limit(SITE, 80),
    Limit(NETWORK, 100, DAY),
    Limit(PROVINCE, 400, narrowed=10),
)
PAGE_SIZE = 20


@form_page
def feedback_form(request: HttpRequest) -> HttpResponse:
    """The form: POST → 303 to the page with code and key. On any error the form comes back filled."""
    if request.method != "POST":
        initial = {"once": secrets.token_urlsafe(16), "procedure": request.GET.get("thu-tuc", "")[:60]}
        response = _form_page(request, FeedbackForm(initial=initial))
        # The browser alone may keep it, so that going back finds the text again.
        response["Cache-Control"] = "private"
        return response
    form = FeedbackForm(request.POST)
    try:
        taken = FEEDBACK.take(address=client_address(request))
    except BudgetSpent as spent:
        form.add_error(None, str(spent))
        response = private(_form_page(request, form, status=429))
        response["Retry-After"] = str(spent.retry_after)
        return response
    if not form.is_valid():
        taken.give_back()
        return private(_form_page(request, form, status=422))
    sent = submit.send(form.cleaned_data)
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
    page, pagination = paged(request, queries.published(), PAGE_SIZE)
    context = {"answers": [_public(kept) for kept in page], "pagination": pagination}
    return render(request, "feedback/feedback_answers.html", context)


def _public(kept: Feedback) -> dict[str, str]:
    return {
        "topic": str(kept.get_topic_display()),
        "question": kept.public_question,
        "answer": kept.public_answer,
        "agency": kept.agency.local_name if kept.agency else "",
        "when": wording.day(kept.published_at) if kept.published_at else "",
    }


def _form_page(request: HttpRequest, form: FeedbackForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "promise": deadline_promise.in_force()}
    return render(request, "feedback/feedback_form.html", context, status=status)
