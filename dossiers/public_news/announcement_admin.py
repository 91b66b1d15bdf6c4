"""Announcements in Django admin: a list, and the doors to the pages of `announcement_desk`. Nothing is saved from here."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dossiers.public_news import announcement_desk
from messaging.models import Announcement
from tenants import clock
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin


class StateFilter(SimpleListFilter):
    """Drafts, what is shown, what waits, what is over, what was withdrawn."""

    title = _("Tình trạng")
    parameter_name = "tinh-trang"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("nhap", _("Bản nháp")),
            ("cho", _("Chờ đăng")),
            ("dang", _("Đang đăng")),
            ("qua", _("Đã kết thúc")),
            ("rut", _("Đã rút lại")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> QuerySet[Announcement]:
        now = clock.now()
        standing = Q(published_at__isnull=False, withdrawn_at=None)
        match self.value():
            case "nhap":
                return queryset.filter(published_at=None)
            case "cho":
                return queryset.filter(standing, publish_from__gt=now)
            case "dang":
                lasting = Q(publish_until=None) | Q(publish_until__gt=now)
                return queryset.filter(standing, lasting, publish_from__lte=now)
            case "qua":
                return queryset.filter(standing, publish_until__lte=now)
            case "rut":
                return queryset.exclude(withdrawn_at=None)
        return queryset


class AnnouncementAdmin(StaffAdmin):
    list_display = ("title", "kind", "state", "publish_from", "publish_until")
    list_filter = (StateFilter, "kind")
    search_fields = ("title",)
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-written_at", "-pk")

    @display(description=_("Tình trạng"))
    def state(self, announcement: Announcement) -> str:
        return announcement_desk.state(announcement)

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("add/", guarded(announcement_desk.new), name="messaging_announcement_add"),
            path(
                "<int:announcement_id>/change/",
                guarded(announcement_desk.change),
                name="messaging_announcement_change",
            ),
            path(
                "<int:announcement_id>/xem-truoc/",
                guarded(announcement_desk.preview),
                name="announcement-preview",
            ),
            path(
                "<int:announcement_id>/viec/<str:name>/",
                guarded(announcement_desk.act),
                name="announcement-act",
            ),
            path("", guarded(self.changelist_view), name="messaging_announcement_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return announcement_desk.may_open(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return announcement_desk.may_open(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


province_site.register(Announcement, AnnouncementAdmin)
