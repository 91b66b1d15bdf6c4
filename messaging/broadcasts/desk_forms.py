"""Forms of the pages of publications at the desk."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from dossiers.deadlines import wording
from messaging.broadcasts.drafts import WORDS
from messaging.broadcasts.models import Publication
from tenants.organisation.models import Agency
from tenants.organisation.staff_site.form_fields import select_field, text_area_field, text_field, text_input

MOMENTS = ["%H:%M %d/%m/%Y", "%H:%M, %d/%m/%Y", "%d/%m/%Y %H:%M", "%H:%M %d-%m-%Y", "%H:%M %d.%m.%Y"]


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    # A date picker would follow the browser's language and turn day and month about.
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=False,
        input_formats=MOMENTS,
        error_messages={
            "invalid": gettext_lazy("Xin nhập giờ rồi ngày, tháng, năm, ví dụ 22:00 28/11/2026.")
        },
        widget=text_input(placeholder="22:00 28/11/2026"),
    )


class PublicationForm(forms.Form):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = select_field(
        gettext_lazy("Loại"),
        Publication.Kind.choices,
        help_text=gettext_lazy(
            "Tin khẩn và tạm dừng theo kế hoạch hiện trên đầu mọi trang của cổng cho đến khi thôi đăng."
        ),
    )
    title = text_field(
        gettext_lazy("Tiêu đề"),
        help_text=gettext_lazy("Việc gì, ở đâu, từ khi nào. Đọc riêng dòng này cũng phải hiểu."),
    )
    summary = text_area_field(
        gettext_lazy("Tóm tắt"),
        rows=3,
        help_text=gettext_lazy(
            "Việc này có liên quan đến tôi không? Việc gì, từ khi nào, ở đâu, trong hai ba câu."
        ),
        strip=False,
    )
    body = text_area_field(
        gettext_lazy("Nội dung"),
        rows=10,
        help_text=gettext_lazy(
            "Ông/bà cần làm gì. Dòng trống tách đoạn; dòng bắt đầu bằng “- ” là một ý trong danh sách;"
            " dòng bắt đầu bằng “# ” là tiêu đề nhỏ. Không dùng HTML."
        ),
        strip=False,
    )
    area = text_field(
        gettext_lazy("Áp dụng cho"), help_text=gettext_lazy("Ví dụ: phường An Bình; toàn tỉnh.")
    )
    issuer = forms.ModelChoiceField(
        label=gettext_lazy("Cơ quan thông báo"),
        queryset=Agency.objects.filter(dissolved_on=None),
        required=False,
        empty_label=gettext_lazy("Tỉnh"),
        widget=UnfoldAdminSelectWidget,
    )
    starts_at = _moment(
        gettext_lazy("Việc bắt đầu lúc"),
        gettext_lazy(
            "Tạm dừng theo kế hoạch phải báo trước ít nhất 7 ngày làm việc (Nghị định 224/2026/NĐ-CP, Điều 13)."
        ),
    )
    ends_at = _moment(
        gettext_lazy("Việc kết thúc lúc"),
        gettext_lazy("Với tạm dừng theo kế hoạch: giờ dự kiến hoạt động lại; tới giờ ấy tự thôi đăng."),
    )
    publish_from = _moment(
        gettext_lazy("Đăng từ"),
        gettext_lazy(
            "Bỏ trống: ngay khi công bố; có gửi tin thì cùng lúc bắt đầu gửi. Tin không gửi trước giờ này."
        ),
    )
    publish_until = _moment(
        gettext_lazy("Thôi đăng lúc"), gettext_lazy("Bỏ trống: đăng cho đến khi rút lại.")
    )
    groups_chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Ngoài trang web, gửi đến"),
        choices=Publication.Audience.choices,
        required=False,
        help_text=gettext_lazy("Ai ở trong nhiều nhóm chỉ nhận một lần. Bỏ trống: chỉ đăng trên web."),
        widget=forms.CheckboxSelectMultiple,
    )
    scheduled_for = _moment(
        gettext_lazy("Hẹn gửi lúc"),
        gettext_lazy("Bỏ trống: ngay khi được duyệt. Chỉ trong giờ tỉnh gửi tin."),
    )
    title_en = text_field(gettext_lazy("Tiêu đề tiếng Anh"))
    summary_en = text_area_field(gettext_lazy("Tóm tắt tiếng Anh"), rows=3, strip=False)
    body_en = text_area_field(gettext_lazy("Nội dung tiếng Anh"), rows=6, strip=False)
    area_en = text_field(gettext_lazy("Áp dụng cho, bằng tiếng Anh"))

    PLAN = ("groups_chosen", "scheduled_for")
    GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (gettext_lazy("Lời thông báo"), ("kind", "title", "summary", "body", "area", "issuer")),
        (gettext_lazy("Gửi đến ai"), PLAN),
        (gettext_lazy("Thời gian"), ("starts_at", "ends_at", "publish_from", "publish_until")),
        (gettext_lazy("Tiếng Anh (nếu có, chỉ trên web)"), ("title_en", "summary_en", "body_en", "area_en")),
    )

    def __init__(self, *args: Any, plans: bool = True, **kwargs: Any) -> None:
        """`plans`: whether it asks to whom and when, too."""
        super().__init__(*args, **kwargs)
        self.plans = plans
        for name in () if plans else self.PLAN:
            del self.fields[name]

    @classmethod
    def of(cls, publication: Publication, *, plans: bool) -> "PublicationForm":
        """The form with what a publication is now."""
        initial = {name: getattr(publication, name) for name in (*WORDS, "scheduled_for")}
        initial |= {"seen": publication.version, "groups_chosen": publication.audiences}
        for name, value in initial.items():
            if isinstance(value, datetime):
                # As people write it: 22:00 28/11/2026.
                initial[name] = f"{wording.hour(value)} {wording.day(value)}"
        return cls(initial=initial, plans=plans)

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [
            (title, [self[name] for name in names]) for title, names in self.GROUPS if names[0] in self.fields
        ]

    def values(self) -> dict[str, Any]:
        """What was typed, for `actions.write` and `actions.rewrite`; the plan only where it was asked."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        if self.plans:
            found["audiences"] = sorted(found.pop("groups_chosen"))
        return found


class ReasonForm(forms.Form):
    reason = text_area_field(gettext_lazy("Lý do"), rows=2)


class WithdrawForm(forms.Form):
    reason = text_area_field(
        gettext_lazy("Lý do rút lại"),
        rows=2,
        help_text=gettext_lazy("Được đăng ở địa chỉ của thông báo."),
        strip=False,
    )
