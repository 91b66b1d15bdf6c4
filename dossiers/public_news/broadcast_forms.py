"""What the desk types of a broadcast: an announcement, to whom it goes, and when."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dossiers.public_news.announcement_forms import MOMENTS, AnnouncementForm, typed
from messaging import announcements
from messaging.announcements import Draft
from messaging.broadcasts import ARTICLE, Plan
from messaging.broadcasts.recipients import audiences
from messaging.models import Announcement, Broadcast
from procedures.models import Sector
from tenants import clock
from tenants.organisation.models import Agency

DOSSIERS = "dossiers"
OUTAGE_BEGINS = time(22, 0)
# So long a second person may take.
APPROVED_WITHIN = timedelta(days=2)


def choices() -> list[tuple[str, Any]]:
    """The groups of people, as they are ticked."""
    return [
        (ARTICLE, _("Người quan tâm tài khoản Zalo của tỉnh (bài viết)")),
        *((code, audiences.get(code).label) for code in audiences.codes()),
    ]


class BroadcastForm(AnnouncementForm):
    """A broadcast as typed. Its announcement is shown from when it is sent on."""

    publish_from = None  # type: ignore[assignment]
    groups_chosen = forms.MultipleChoiceField(
        label=_("Ngoài trang web, gửi đến"),
        choices=choices,
        required=False,
        help_text=_("Ai ở trong nhiều nhóm chỉ nhận một lần. Bỏ trống: chỉ đăng trên web."),
        widget=forms.CheckboxSelectMultiple,
    )
    agency = forms.ModelChoiceField(
        label=_("Hồ sơ của cơ quan, xã, phường"),
        queryset=Agency.objects.filter(dissolved_on=None).order_by("code"),
        required=False,
        empty_label="–",
        help_text=_("Chỉ khi gửi đến người có hồ sơ đang giải quyết: cơ quan này và đơn vị trực thuộc."),
        widget=UnfoldAdminSelectWidget,
    )
    sector = forms.ModelChoiceField(
        label=_("Hồ sơ thuộc lĩnh vực"),
        queryset=Sector.objects.order_by("name"),
        required=False,
        empty_label="–",
        widget=UnfoldAdminSelectWidget,
    )
    scheduled_for = forms.DateTimeField(
        label=_("Hẹn gửi lúc"),
        help_text=_("Bỏ trống: ngay khi được duyệt. Chỉ trong giờ tỉnh gửi tin."),
        required=False,
        input_formats=MOMENTS,
        error_messages={"invalid": _("Xin nhập giờ rồi ngày, tháng, năm, ví dụ 08:00 28/11/2026.")},
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "08:00 28/11/2026"}),
    )

    GROUPS = (
        (_("Lời thông báo"), ("kind", "title", "summary", "body", "area", "issuer")),
        (_("Gửi đến ai"), ("groups_chosen", "agency", "sector", "scheduled_for")),
        (_("Thời gian của việc"), ("starts_at", "ends_at", "publish_until", "short_notice_reason")),
        (_("Tiếng Anh (nếu có, chỉ trên web)"), ("title_en", "summary_en", "body_en", "area_en")),
    )

    @classmethod
    def of(cls, broadcast: Broadcast) -> "BroadcastForm":  # type: ignore[override]
        """The form with what a broadcast is now."""
        said = Draft.of(broadcast.announcement)
        initial = {
            name: getattr(said, name) for name in Draft.__dataclass_fields__ if name in cls.base_fields
        }
        for name in ("starts_at", "ends_at", "publish_until"):
            initial[name] = typed(initial[name]) if initial[name] else ""
        of_dossiers = broadcast.audiences.get(DOSSIERS, {})
        return cls(
            initial={
                **initial,
                "seen": broadcast.version,
                "groups_chosen": list(broadcast.audiences),
                "agency": of_dossiers.get("agency"),
                "sector": of_dossiers.get("sector"),
                "scheduled_for": typed(broadcast.scheduled_for) if broadcast.scheduled_for else "",
            }
        )

    @classmethod
    def of_outage(cls) -> "BroadcastForm":
        """The form of a planned outage, with the first evening the law allows when it is approved in time, and words
        to begin with."""
        day = announcements.earliest(clock.now() + APPROVED_WITHIN)
        starts = datetime.combine(day, OUTAGE_BEGINS, clock.VIETNAM)
        words = {"day": f"{day:%d/%m/%Y}", "hour": f"{OUTAGE_BEGINS:%H:%M}"}
        return cls(
            initial={
                "kind": Announcement.Kind.OUTAGE,
                "title": gettext("Cổng dịch vụ công tạm dừng để bảo trì từ %(hour)s ngày %(day)s") % words,
                "summary": gettext(
                    "Từ %(hour)s ngày %(day)s, cổng dịch vụ công và tra cứu hồ sơ tạm dừng để bảo trì. Hồ sơ đã nộp"
                    " không bị ảnh hưởng."
                )
                % words,
                "starts_at": typed(starts),
                "groups_chosen": [ARTICLE, "chat", "news"],
            }
        )

    def draft(self) -> Draft:
        """The announcement that was typed."""
        return Draft(
            **{name: value for name, value in self.cleaned_data.items() if name in Draft.__dataclass_fields__}
        )

    def plan(self) -> Plan:
        """To whom and when."""
        typed_in = self.cleaned_data
        chosen: dict[str, dict[str, int]] = {code: {} for code in typed_in["groups_chosen"]}
        if DOSSIERS in chosen:
            chosen[DOSSIERS] = {
                name: typed_in[name].pk for name in ("agency", "sector") if typed_in.get(name) is not None
            }
        return Plan(chosen, typed_in["scheduled_for"])


class ReasonForm(forms.Form):
    """Why something is returned or stopped."""

    reason = forms.CharField(
        label=_("Lý do"),
        required=False,
        max_length=100_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
