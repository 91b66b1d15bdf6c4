"""Fields of feedback. They only carry what was typed; whether it fits is decided by `submit`."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.feedback.submit import Typed
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.models import Feedback

LONGEST_POST = 2_000_000


class FeedbackForm(forms.Form):
    """A citizen's feedback. `once` makes a second click on the button harmless."""

    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(
        label=_("Ông/bà phản ánh về việc gì?"),
        choices=[("", _("– Xin chọn –")), *Feedback.Topic.choices],
        required=False,
    )
    text = forms.CharField(
        label=_("Nội dung"),
        help_text=_("Việc gì, ở đâu, khi nào. Xin đừng ghi số căn cước hay số điện thoại ở đây."),
        max_length=LONGEST_POST,
        required=False,
        strip=False,
    )
    procedure = forms.CharField(
        label=_("Thủ tục"), help_text=_("Mã hoặc tên thủ tục"), max_length=LONGEST_POST, required=False
    )
    dossier_code = forms.CharField(
        label=_("Mã hồ sơ"),
        help_text=_("In trên giấy hẹn"),
        max_length=LONGEST_POST,
        required=False,
    )
    name = forms.CharField(
        label=_("Họ tên"),
        help_text=_("Không bắt buộc. Chỉ người trả lời đọc được, không công khai."),
        max_length=LONGEST_POST,
        required=False,
    )
    contact = forms.CharField(
        label=_("Điện thoại hoặc thư điện tử"),
        help_text=_("Không bắt buộc. Chỉ dùng khi cần hỏi thêm ông/bà."),
        max_length=LONGEST_POST,
        required=False,
    )

    @classmethod
    def blank(cls, procedure: str = "") -> "FeedbackForm":
        """An empty form with a value of its own."""
        return cls(initial={"once": secrets.token_urlsafe(16), "procedure": procedure})

    def typed(self) -> Typed:
        """What was typed, for `submit.send`."""
        values = self.cleaned_data
        return Typed(
            topic=values.get("topic", ""),
            text=values.get("text", ""),
            name=values.get("name", ""),
            contact=values.get("contact", ""),
            procedure=values.get("procedure", ""),
            dossier_code=values.get("dossier_code", ""),
        )

    def show_problems(self, refusal: IntakeRefused) -> None:
        """Put the sentences of a refusal beside their fields."""
        for name, sentence in refusal.problems.items():
            self.add_error(name if name in self.fields else None, sentence)


class AnswerLookupForm(forms.Form):
    """Code and key of a piece of feedback, as typed."""

    code = forms.CharField(
        label=_("Mã phản ánh"), max_length=120, error_messages={"required": _("Xin nhập mã phản ánh.")}
    )
    key = forms.CharField(
        label=_("Mã tra cứu"), max_length=40, error_messages={"required": _("Xin nhập mã tra cứu 6 ký tự.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["max_length"] = _("Mã phản ánh quá dài.")
        self.fields["key"].error_messages["max_length"] = _("Mã tra cứu chỉ có 6 ký tự.")
