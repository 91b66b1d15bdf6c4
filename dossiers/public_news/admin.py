"""The lists of announcements and broadcasts in Django admin, with the addresses of the desk's pages."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dossiers.public_news import announcement_desk, broadcast_desk, broadcast_presentation
from messaging.broadcasts import Count
from messaging.models import Announcement, Broadcast
from tenants import clock
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin
from tenants.text import grouped


class BroadcastAdmin(ReadOnly, StaffAdmin):
    list_display = ("title", "stands", "people", "scheduled_for", "started_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("announcement__title",)
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-pk",)
    list_before_template = "desk/broadcasts_before.html"

    @display(description=_("Tiêu đề"))
    def title(self, broadcast: Broadcast) -> str:
        return broadcast.announcement.title

    @display(description=_("Trạng thái"), ordering="state")
    def stands(self, broadcast: Broadcast) -> str:
        return broadcast_presentation.state(broadcast)

    @display(description=_("Số người (lúc đếm)"))
    def people(self, broadcast: Broadcast) -> str:
        return grouped(Count.read(broadcast.counted).people) if broadcast.counted else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Broadcast]:
        found: QuerySet[Broadcast] = super().get_queryset(request)
        return found.select_related("announcement").prefetch_related("articles")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with doors to a new one, to a planned outage, and to the figures."""
        add = reverse("admin:messaging_broadcast_add")
        links = {"outage_url": f"{add}?viec=bao-tri", "figures_url": reverse("admin:broadcast-figures")}
        found: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **links})
        return found

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("add/", guarded(broadcast_desk.new), name="messaging_broadcast_add"),
            path("so-lieu/", guarded(broadcast_desk.figures), name="broadcast-figures"),
            path(
                "<int:broadcast_id>/change/",
                guarded(broadcast_desk.change),
                name="messaging_broadcast_change",
            ),
            path("<int:broadcast_id>/viec/<str:name>/", guarded(broadcast_desk.act), name="broadcast-act"),
            path(
                "<int:broadcast_id>/bai-viet/<int:article_id>/",
                guarded(broadcast_desk.article),
                name="broadcast-article",
            ),
            path("", guarded(self.changelist_view), name="messaging_broadcast_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return broadcast_desk.may_open(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return broadcast_desk.may_open(request)


province_site.register(Broadcast, BroadcastAdmin)


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


class AnnouncementAdmin(ReadOnly, StaffAdmin):
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

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return announcement_desk.may_open(request)


province_site.register(Announcement, AnnouncementAdmin)
