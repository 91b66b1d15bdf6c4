"""Dossiers in Django admin: a list, and doors to the desk's pages. Nothing is saved from here."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from dossiers.desk import deadline_text, views
from dossiers.models import CalendarVersion, Dossier, WorkflowVersion
from dossiers.rules.codes import CodeError, normalise_code
from dossiers.visibility import visible_to
from procedures.vietnamese import fold
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_of, roles_at
from tenants.sites import province_site


def _agencies(request: HttpRequest) -> set[int] | None:
    """What this person may see, asked once a request: the admin asks for permission at every turn."""
    if not hasattr(request, "_agencies"):
        request._agencies = agencies_of(request.user)  # type: ignore[attr-defined, arg-type]
    found: set[int] | None = request._agencies  # type: ignore[attr-defined]
    return found


def _roles(request: HttpRequest, agencies: set[int]) -> frozenset[str]:
    if not hasattr(request, "_roles"):
        request._roles = roles_at(request.user, agencies)  # type: ignore[attr-defined, arg-type]
    found: frozenset[str] = request._roles  # type: ignore[attr-defined]
    return found


class DossierAdmin(ModelAdmin):
    list_display = ("code", "procedure_name", "owner_name", "status_label", "deadline", "place", "assignee")
    list_filter = ("status", "kind")
    list_select_related = ("procedure", "owner", "competent_agency", "assignee", "calendar_version")
    search_fields = ("code",)
    search_help_text = _("Mã hồ sơ hoặc tên chủ hồ sơ, có dấu hay không đều được")
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-received_at", "-pk")

    @display(description=_("Thủ tục"))
    def procedure_name(self, dossier: Dossier) -> str:
        return dossier.procedure.short_name

    @display(description=_("Chủ hồ sơ"))
    def owner_name(self, dossier: Dossier) -> str:
        return dossier.owner.name

    @display(description=_("Trạng thái"))
    def status_label(self, dossier: Dossier) -> str:
        tone = "wait" if dossier.status_enum.waits_for_citizen else "plain"
        return format_html(
            '<span class="mc-chip mc-chip--{}">{}</span>', tone, str(_(dossier.status_enum.short))
        )

    @display(description=_("Hẹn trả"))
    def deadline(self, dossier: Dossier) -> str:
        text = deadline_text.of(dossier)
        return format_html(
            '<span class="mc-dl mc-dl--{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
            "{}<small>{}</small></span>",
            text.tone,
            text.icon,
            text.words,
            text.date,
        )

    @display(description=_("Đang ở"))
    def place(self, dossier: Dossier) -> str:
        return dossier.competent_agency.name

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dossier]:
        return visible_to(request.user)  # type: ignore[arg-type]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        try:
            code = normalise_code(search_term)
        except CodeError:
            code = ""
        by_name = queryset.filter(owner__name_folded__contains=fold(search_term[:200]))
        return (by_name | queryset.filter(code=code) if code else by_name), False

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:dossier_id>/buoc/<str:code>/", guarded(views.transition), name="dossier-transition"),
            path("<int:dossier_id>/giay-hen/", guarded(views.slip), name="dossier-slip"),
            path("<int:dossier_id>/qr.png", guarded(views.qr_image), name="dossier-qr"),
            path("add/", guarded(views.intake), name="dossiers_dossier_add"),
            path("<int:dossier_id>/change/", guarded(views.dossier_page), name="dossiers_dossier_change"),
            # Django's own change and history pages would show a dossier past this desk and its audit.
            path("", guarded(self.changelist_view), name="dossiers_dossier_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff and _agencies(request) != set()  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest) -> bool:
        mine = _agencies(request)
        return mine is None or bool(mine and Role.CLERK in _roles(request, mine))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionAdmin(ModelAdmin):
    """Workflows and calendars come from the province's folder and are never edited in place."""

    list_display = ("code", "number", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


province_site.landing = "admin:dossiers_dossier_changelist"
province_site.register(Dossier, DossierAdmin)
province_site.register(WorkflowVersion, VersionAdmin)
province_site.register(CalendarVersion, VersionAdmin)
