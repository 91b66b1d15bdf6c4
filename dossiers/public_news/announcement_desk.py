"""The desk's pages of announcements. Each door calls one function of `messaging.announcements`."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dossiers import wording
from dossiers.public_news import announcement_presentation
from messaging import announcements
from messaging.announcements import Draft
from messaging.models import Announcement
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
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
        error_messages={
            "invalid": gettext_lazy("Xin nhập giờ rồi ngày, tháng, năm, ví dụ 22:00 28/11/2026.")
        },
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "22:00 28/11/2026"}),
    )


class AnnouncementForm(forms.Form):
    """An announcement as typed."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("Loại"),
        choices=Announcement.Kind.choices,
        help_text=gettext_lazy(
            "Tin khẩn và tạm dừng theo kế hoạch hiện trên đầu mọi trang của cổng cho đến khi thôi đăng."
        ),
        widget=UnfoldAdminSelectWidget,
    )
    title = _line(
        gettext_lazy("Tiêu đề"),
        gettext_lazy("Việc gì, ở đâu, từ khi nào. Đọc riêng dòng này cũng phải hiểu."),
    )
    summary = _text(
        gettext_lazy("Tóm tắt"),
        gettext_lazy("Việc này có liên quan đến tôi không? Việc gì, từ khi nào, ở đâu, trong hai ba câu."),
    )
    body = _text(
        gettext_lazy("Nội dung"),
        gettext_lazy(
            "Ông/bà cần làm gì. Dòng trống tách đoạn; dòng bắt đầu bằng “- ” là một ý trong danh sách;"
            " dòng bắt đầu bằng “# ” là tiêu đề nhỏ. Không dùng HTML."
        ),
        rows=10,
    )
    area = _line(gettext_lazy("Áp dụng cho"), gettext_lazy("Ví dụ: phường An Bình; toàn tỉnh."))
    issuer = forms.ModelChoiceField(
        label=gettext_lazy("Cơ quan thông báo"),
        queryset=Agency.objects.filter(dissolved_on=None),
        required=False,
        empty_label=gettext_lazy("Tỉnh"),
        widget=UnfoldAdminSelectWidget,
    )
    starts_at = _moment(gettext_lazy("Việc bắt đầu lúc"))
    ends_at = _moment(
        gettext_lazy("Việc kết thúc lúc"),
        gettext_lazy("Với tạm dừng theo kế hoạch: giờ dự kiến hoạt động lại; tới giờ ấy tự thôi đăng."),
    )
    publish_from = _moment(gettext_lazy("Đăng từ"), gettext_lazy("Bỏ trống: ngay khi công bố."))
    publish_until = _moment(
        gettext_lazy("Thôi đăng lúc"), gettext_lazy("Bỏ trống: đăng cho đến khi rút lại.")
    )
    short_notice_reason = _text(
        gettext_lazy("Lý do báo gấp"),
        gettext_lazy(
            "Chỉ cần khi tạm dừng theo kế hoạch báo trước chưa đủ 7 ngày làm việc. Được đăng cùng thông báo."
        ),
        rows=2,
    )
    title_en = _line(gettext_lazy("Tiêu đề tiếng Anh"))
    summary_en = _text(gettext_lazy("Tóm tắt tiếng Anh"))
    body_en = _text(gettext_lazy("Nội dung tiếng Anh"), rows=6)
    area_en = _line(gettext_lazy("Áp dụng cho, bằng tiếng Anh"))

    GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (gettext_lazy("Lời thông báo"), ("kind", "title", "summary", "body", "area", "issuer")),
        (
            gettext_lazy("Thời gian"),
            ("starts_at", "ends_at", "publish_from", "publish_until", "short_notice_reason"),
        ),
        (gettext_lazy("Tiếng Anh (nếu có)"), ("title_en", "summary_en", "body_en", "area_en")),
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

    reason = _text(gettext_lazy("Lý do rút lại"), gettext_lazy("Được đăng ở địa chỉ của thông báo."), rows=2)


def typed(moment: Any) -> str:
    """A moment as people write it into the form: 22:00 28/11/2026."""
    return f"{wording.hour(moment)} {wording.day(moment)}"


DONE = {
    "cong-bo": gettext_lazy("Đã công bố thông báo."),
    "rut-lai": gettext_lazy("Đã rút lại thông báo."),
    "xoa": gettext_lazy("Đã xóa bản nháp."),
}


def may_open(request: HttpRequest) -> bool:
    """Whether the menu shows announcements to this person."""
    return announcements.may_announce(request.user)


def new(request: HttpRequest) -> HttpResponse:
    """Word a new one; it is kept as a draft."""
    _guard(request)
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = announcements.write(form.draft(), actor=acting_user(request))
        except announcements.Refused as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Đã ghi bản nháp. Xin xem trước rồi công bố."))
            return HttpResponseRedirect(_address(made))
    return _page(request, None, form)


def change(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """One announcement: its state, its words, what may be done with it."""
    found = _found(request, announcement_id)
    if request.method != "POST":
        return _page(request, found, AnnouncementForm.of(found))
    form = AnnouncementForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            announcements.rewrite(
                found.pk, form.draft(), actor=acting_user(request), seen=form.cleaned_data["seen"] or 0
            )
        except announcements.Refused as refusal:
            _tell(form, refusal)
            status = 409 if isinstance(refusal, announcements.Stale) else 422
        else:
            messages.success(request, _("Đã ghi."))
            return HttpResponseRedirect(_address(found))
    return _page(request, found, form, status=status)


@require_POST
def act(request: HttpRequest, announcement_id: int, name: str) -> HttpResponse:
    """Publish, withdraw or throw away; a refusal shows the page with the reason."""
    found = _found(request, announcement_id)
    if name not in DONE:
        return HttpResponseRedirect(_address(found))
    typed = request.POST.get("seen", "")
    seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    actor = acting_user(request)
    withdrawing = WithdrawForm(request.POST) if name == "rut-lai" else None
    try:
        match name:
            case "cong-bo":
                announcements.publish(found.pk, actor=actor, seen=seen)
            case "rut-lai":
                reason = request.POST.get("reason", "")
                announcements.withdraw(found.pk, reason=reason, actor=actor, seen=seen)
            case "xoa":
                announcements.discard(found.pk, actor=actor, seen=seen)
    except announcements.Refused as refusal:
        form = AnnouncementForm.of(found)
        stale = isinstance(refusal, announcements.Stale)
        return _page(request, found, form, withdrawing, refusal, status=409 if stale else 422)
    messages.success(request, str(DONE[name]))
    if name == "xoa":
        return HttpResponseRedirect(reverse("admin:messaging_announcement_changelist"))
    return HttpResponseRedirect(_address(found))


@require_safe
def preview(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """The page as everybody will see it; `?lang=en` in English."""
    found = _found(request, announcement_id)
    with translation.override("en" if request.GET.get("lang") == "en" else "vi"):
        context = {
            "announcement": announcement_presentation.page(found),
            "preview": True,
            "has_english": bool(found.title_en),
            "desk_url": _address(found),
        }
        return render(request, "citizen/announcement.html", context)


def _page(
    request: HttpRequest,
    found: Announcement | None,
    form: AnnouncementForm,
    withdrawing: WithdrawForm | None = None,
    refusal: announcements.Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    notice = announcements.notice_of(found) if found else None
    if status == 200 and form.errors:
        status = 422
    context = {
        **province_site.each_context(request),
        "opts": Announcement._meta,
        "is_fullwidth": "1",
        "title": found.title if found else _("Thông báo mới"),
        "form": form,
        "refusal": list(refusal.problems.values()) if refusal else [],
        "announcement": found,
        "state": state(found) if found else "",
        "notice": notice,
        "warning": announcements.short_notice_sentence(notice)
        if found and notice and notice.is_short and not found.published_at
        else "",
        "broadcast_note": announcements.why_broadcast_went_back(found) if found else "",
        "withdraw_form": withdrawing or WithdrawForm(),
        "public_url": reverse("announcement", args=[found.pk]) if found and found.published_at else "",
        "list_url": reverse("admin:messaging_announcement_changelist"),
    }
    return render(request, "desk/announcement.html", context, status=status)


def state(announcement: Announcement) -> str:
    """Where an announcement stands, in words."""
    now = clock.now()
    if announcement.withdrawn_at:
        return _("Đã rút lại")
    if not announcement.published_at:
        return _("Bản nháp")
    if announcement.publish_from and announcement.publish_from > now:
        return _("Chờ đăng")
    if announcement.publish_until and announcement.publish_until <= now:
        return _("Đã kết thúc")
    return _("Đang đăng")


def _tell(form: AnnouncementForm, refusal: announcements.Refused) -> None:
    for name, sentence in refusal.problems.items():
        form.add_error(name if name in form.fields else None, sentence)


def _guard(request: HttpRequest) -> None:
    if not may_open(request):
        raise PermissionDenied


def _found(request: HttpRequest, announcement_id: int) -> Announcement:
    _guard(request)
    return get_object_or_404(Announcement, pk=announcement_id)


def _address(announcement: Announcement) -> str:
    return reverse("admin:messaging_announcement_change", args=[announcement.pk])
