"""What the desk types of an announcement. Whether it can be used is said by `messaging.announcements`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dossiers import wording
from messaging.announcements import Draft
from messaging.models import Announcement
from tenants.organisation.models import Agency

# More than anybody types; how long words may be is said by the room, in sentences.
MAX_TYPED = 100_000
MOMENTS = ["%H:%M %d/%m/%Y", "%H:%M, %d/%m/%Y", "%d/%m/%Y %H:%M", "%H:%M %d-%m-%Y", "%H:%M %d.%m.%Y"]


def _line(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=MAX_TYPED,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def _text(label: Any, help_text: Any = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=MAX_TYPED,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
    )


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    # A date picker would follow the browser's language and turn day and month about.
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=False,
        input_formats=MOMENTS,
        error_messages={"invalid": _("Xin nhập giờ rồi ngày, tháng, năm, ví dụ 22:00 28/11/2026.")},
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "placeholder": "22:00 28/11/2026"},
        ),
    )


class AnnouncementForm(forms.Form):
    """An announcement as typed."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Loại"),
        choices=Announcement.Kind.choices,
        help_text=_(
            "Tin khẩn và tạm dừng theo kế hoạch hiện trên đầu mọi trang của cổng cho đến khi thôi đăng."
        ),
        widget=UnfoldAdminSelectWidget,
    )
    title = _line(_("Tiêu đề"), _("Việc gì, ở đâu, từ khi nào. Đọc riêng dòng này cũng phải hiểu."))
    summary = _text(
        _("Tóm tắt"), _("Việc này có liên quan đến tôi không? Việc gì, từ khi nào, ở đâu, trong hai ba câu.")
    )
    body = _text(
        _("Nội dung"),
        _(
            "Ông/bà cần làm gì. Dòng trống tách đoạn; dòng bắt đầu bằng “- ” là một ý trong danh sách;"
            " dòng bắt đầu bằng “# ” là tiêu đề nhỏ. Không dùng HTML."
        ),
        rows=10,
    )
    area = _line(_("Áp dụng cho"), _("Ví dụ: phường An Bình; toàn tỉnh."))
    issuer = forms.ModelChoiceField(
        label=_("Cơ quan thông báo"),
        queryset=Agency.objects.filter(dissolved_on=None),
        required=False,
        empty_label=_("Tỉnh"),
        widget=UnfoldAdminSelectWidget,
    )
    starts_at = _moment(_("Việc bắt đầu lúc"))
    ends_at = _moment(
        _("Việc kết thúc lúc"),
        _("Với tạm dừng theo kế hoạch: giờ dự kiến hoạt động lại; tới giờ ấy tự thôi đăng."),
    )
    publish_from = _moment(_("Đăng từ"), _("Bỏ trống: ngay khi công bố."))
    publish_until = _moment(_("Thôi đăng lúc"), _("Bỏ trống: đăng cho đến khi rút lại."))
    short_notice_reason = _text(
        _("Lý do báo gấp"),
        _("Chỉ cần khi tạm dừng theo kế hoạch báo trước chưa đủ 7 ngày làm việc. Được đăng cùng thông báo."),
        rows=2,
    )
    title_en = _line(_("Tiêu đề tiếng Anh"))
    summary_en = _text(_("Tóm tắt tiếng Anh"))
    body_en = _text(_("Nội dung tiếng Anh"), rows=6)
    area_en = _line(_("Áp dụng cho, bằng tiếng Anh"))

    GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (_("Lời thông báo"), ("kind", "title", "summary", "body", "area", "issuer")),
        (_("Thời gian"), ("starts_at", "ends_at", "publish_from", "publish_until", "short_notice_reason")),
        (_("Tiếng Anh (nếu có)"), ("title_en", "summary_en", "body_en", "area_en")),
    )

    @classmethod
    def of(cls, announcement: Announcement) -> "AnnouncementForm":
        """The form with what an announcement says now."""
        said = Draft.of(announcement)
        initial = {name: getattr(said, name) for name in cls.base_fields if name != "seen"}
        for name, value in initial.items():
            if name.endswith("_at") or name.startswith("publish_"):
                initial[name] = typed(value) if value else ""
        return cls(initial={**initial, "seen": announcement.version})

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def draft(self) -> Draft:
        """What was typed."""
        return Draft(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})


class WithdrawForm(forms.Form):
    """Why an announcement is taken back."""

    reason = _text(_("Lý do rút lại"), _("Được đăng ở địa chỉ của thông báo."), rows=2)


def typed(moment: Any) -> str:
    """A moment as people write it into the form: 22:00 28/11/2026."""
    return f"{wording.hour(moment)} {wording.day(moment)}"
