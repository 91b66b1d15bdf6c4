"""Dossiers in Django admin: a list, and doors to the desk's pages. Nothing is saved from here."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from dossiers.announcing import admin as announcing_admin
from dossiers.complaints import admin as complaints_admin
from dossiers.desk import (
    acts,
    calendar_page,
    counter,
    deadline_text,
    file_pages,
    found,
    papers,
    scan,
    today,
    views,
    workflow_pages,
)
from dossiers.feedback import admin as feedback_admin
from dossiers.models import CalendarVersion, Dossier, FeedbackPromise, WorkflowVersion
from dossiers.visibility import visible_to
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


class WaitingForLeader(SimpleListFilter):
    """Dossiers with a proposal that a leader can decide now."""

    title = _("chờ duyệt")
    parameter_name = "cho-duyet"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Chờ lãnh đạo duyệt"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dossier]) -> QuerySet[Dossier]:
        if self.value() != "1":
            return queryset
        return queryset.filter(proposals__outcome="waiting", proposals__seen=F("last_sequence"))


class DossierAdmin(ModelAdmin):
    list_display = ("code", "procedure_name", "owner_name", "status_label", "deadline", "place", "assignee")
    list_filter = ("status", "kind", WaitingForLeader)
    list_select_related = ("procedure", "owner", "holding_agency", "assignee", "calendar_version")
    search_fields = ("code",)
    search_help_text = _(
        "Quét mã, gõ mã hồ sơ, bốn số cuối của hồ sơ nhận hôm nay, hoặc tên chủ hồ sơ (có dấu hay không đều được)"
    )
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
        return dossier.holding_agency.name

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dossier]:
        return visible_to(request.user)  # type: ignore[arg-type]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return found.matching(queryset, search_term, request.user), False  # type: ignore[arg-type]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; an address or four digits that mean one dossier open it at once."""
        text = request.GET.get("q", "")
        if text.strip():
            meant = found.single(text, request.user)  # type: ignore[arg-type]
            if meant is not None:
                return HttpResponseRedirect(reverse("admin:dossiers_dossier_change", args=[meant.pk]))
            if read := found.unknown_code(text, request.user):  # type: ignore[arg-type]
                messages.warning(
                    request,
                    _("Đọc được mã %(code)s; không thấy hồ sơ này trong phạm vi của ông/bà.")
                    % {"code": read},
                )
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:dossier_id>/buoc/<str:code>/", guarded(acts.transition), name="dossier-transition"),
            path("<int:dossier_id>/viec/<str:name>/", guarded(acts.beside), name="dossier-act"),
            path("<int:dossier_id>/duyet/<int:proposal_id>/", guarded(acts.decide), name="dossier-decide"),
            path("<int:dossier_id>/tep/", guarded(file_pages.attach), name="dossier-files"),
            path("<int:dossier_id>/tep/<int:attachment_id>/", guarded(file_pages.read), name="dossier-file"),
            path(
                "<int:dossier_id>/tep/<int:attachment_id>/go/",
                guarded(file_pages.withdraw),
                name="dossier-file-withdraw",
            ),
            path("<int:dossier_id>/giay-hen/", guarded(views.slip), name="dossier-slip"),
            path("<int:dossier_id>/bieu-mau/<str:form>.pdf", guarded(papers.form_pdf), name="dossier-form"),
            path("<int:dossier_id>/cap-ma-moi/", guarded(papers.reissue), name="dossier-reissue"),
            path("hom-nay/", guarded(today.page), name="today"),
            path("quet/", guarded(scan.page), name="scan"),
            path("so-theo-doi/", guarded(papers.register_page), name="dossier-register"),
            path("so-theo-doi.pdf", guarded(papers.register_pdf), name="dossier-register-pdf"),
            path("<int:dossier_id>/qr.png", guarded(views.qr_image), name="dossier-qr"),
            path("add/", guarded(counter.page), name="dossiers_dossier_add"),
            path("add/thu-tuc/", guarded(counter.hits), name="counter-hits"),
            path("add/thu-tuc/da-chon/", guarded(counter.chosen), name="counter-chosen"),
            path("add/the/", guarded(counter.card), name="counter-card"),
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

    list_display: tuple[str, ...] = ("code", "number", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WorkflowAdmin(VersionAdmin):
    """All staff may read what the workflow of their dossiers is."""

    list_display = ("name", "code", "number", "created_at")

    @display(description=_("Quy trình"))
    def name(self, version: WorkflowVersion) -> str:
        return str(_(version.workflow.name))

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self.changelist_view), name="dossiers_workflowversion_changelist"),
            path(
                "<int:object_id>/change/",
                guarded(workflow_pages.page),
                name="dossiers_workflowversion_change",
            ),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return workflow_pages.may_open(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return workflow_pages.may_open(request)


class CalendarAdmin(VersionAdmin):
    """A calendar to look at, and for the newest what it would do to running dossiers."""

    fields = ("number", "created_at", "picture", "effect")
    readonly_fields = ("picture", "effect")

    @display(description=_("Lịch"))
    def picture(self, version: CalendarVersion) -> str:
        return calendar_page.picture(version)

    @display(description=_("Ảnh hưởng"))
    def effect(self, version: CalendarVersion) -> str:
        return calendar_page.effect(version)


province_site.landing = "admin:today"
province_site.register(Dossier, DossierAdmin)
province_site.register(WorkflowVersion, WorkflowAdmin)
province_site.register(CalendarVersion, CalendarAdmin)
province_site.register(FeedbackPromise, VersionAdmin)

__all__ = ["announcing_admin", "complaints_admin", "feedback_admin"]
