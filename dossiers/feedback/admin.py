"""Feedback in Django admin: a list, and the door to its page. Nothing is saved from here."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dossiers.feedback import answers, desk_pages
from dossiers.models import Feedback
from tenants import clock
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin


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


class FeedbackAdmin(StaffAdmin):
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
            path("<int:feedback_id>/change/", guarded(desk_pages.page), name="dossiers_feedback_change"),
            path("<int:feedback_id>/<str:name>/", guarded(desk_pages.act), name="feedback-act"),
            # Django's own change and history pages would show feedback past this page and its audit.
            path("", guarded(self.changelist_view), name="dossiers_feedback_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff and may_open(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


province_site.register(Feedback, FeedbackAdmin)
