"""Dossiers in Django admin: a list, and doors to the desk's pages. Nothing is saved from here."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dossiers.complaints import pages as complaints_pages
from dossiers.desk import calendar_page, frame, workflow_page
from dossiers.desk.counter import pages as counter_pages
from dossiers.desk.counter import receipt_page
from dossiers.desk.dossier import action_pages, file_pages, printed_form_pages
from dossiers.desk.dossier import page as dossier_page
from dossiers.desk.worklist import bulk_actions, change_list, row, today_page
from dossiers.feedback import admin as feedback_admin
from dossiers.models import CalendarVersion, Dossier, FeedbackPromise, WorkflowVersion
from dossiers.public_news import admin as public_news_admin
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import ReadOnly, StaffAdmin


class DossierAdmin(ReadOnly, change_list.DossierList):
    """The list, and the addresses of the desk's pages."""

    def get_urls(self) -> list[Any]:
        guarded = self._door
        return [
            path(
                "<int:dossier_id>/buoc/<str:code>/",
                guarded(action_pages.transition),
                name="dossier-transition",
            ),
            path(
                "<int:dossier_id>/buoc/<str:code>/tin/", guarded(dossier_page.message), name="dossier-message"
            ),
            path("<int:dossier_id>/viec/<str:name>/", guarded(action_pages.beside), name="dossier-act"),
            path(
                "<int:dossier_id>/duyet/<int:proposal_id>/",
                guarded(action_pages.decide),
                name="dossier-decide",
            ),
            path(
                "<int:dossier_id>/ghi-chu/",
                guarded(dossier_page.add_internal_note),
                name="dossier-remark",
            ),
            path("<int:dossier_id>/tep/", guarded(file_pages.attach), name="dossier-files"),
            path("<int:dossier_id>/tep/<int:attachment_id>/", guarded(file_pages.read), name="dossier-file"),
            path(
                "<int:dossier_id>/tep/<int:attachment_id>/go/",
                guarded(file_pages.withdraw),
                name="dossier-file-withdraw",
            ),
            path("<int:dossier_id>/xem-nhanh/", guarded(row.preview), name="dossier-glance"),
            path("<int:dossier_id>/giay-hen/", guarded(receipt_page.page), name="dossier-slip"),
            path(
                "<int:dossier_id>/bieu-mau/<str:form>.pdf",
                guarded(printed_form_pages.form_pdf),
                name="dossier-form",
            ),
            path("<int:dossier_id>/cap-ma-moi/", guarded(printed_form_pages.reissue), name="dossier-reissue"),
            path("hom-nay/", guarded(today_page.page), name="today"),
            path("nhieu/", guarded(bulk_actions.page), name="dossier-bulk"),
            path("phieu-ban-giao/", guarded(bulk_actions.handover_list), name="dossier-handover"),
            path("quet/", guarded(counter_pages.scan), name="scan"),
            path("so-theo-doi/", guarded(printed_form_pages.register_page), name="dossier-register"),
            path("so-theo-doi.pdf", guarded(printed_form_pages.register_pdf), name="dossier-register-pdf"),
            path("<int:dossier_id>/qr.png", guarded(receipt_page.qr_image), name="dossier-qr"),
            path("add/", guarded(counter_pages.page), name="dossiers_dossier_add"),
            path("add/thu-tuc/", guarded(counter_pages.hits), name="counter-hits"),
            path("add/thu-tuc/da-chon/", guarded(counter_pages.chosen), name="counter-chosen"),
            path("add/the/", guarded(counter_pages.card), name="counter-card"),
            path("<int:dossier_id>/change/", guarded(dossier_page.page), name="dossiers_dossier_change"),
            # Django's own change and history pages would show a dossier past this desk and its audit.
            path("", guarded(self.changelist_view), name="dossiers_dossier_changelist"),
        ]

    def _door(self, view: Any) -> Any:
        return self.admin_site.admin_view(frame.for_staff(view))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_receive(request)


class VersionAdmin(ReadOnly, StaffAdmin):
    """Workflows and calendars come from the province's folder and are never edited in place."""

    list_display: tuple[str, ...] = ("__str__", "created_at")


class WorkflowAdmin(VersionAdmin):
    """All staff may read what the workflow of their dossiers is."""

    list_display = ("name", "number", "created_at")

    @display(description=_("Quy trình"))
    def name(self, version: WorkflowVersion) -> str:
        return str(_(version.workflow.name))

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self.changelist_view), name="dossiers_workflowversion_changelist"),
            path(
                "<int:object_id>/change/",
                guarded(workflow_page.page),
                name="dossiers_workflowversion_change",
            ),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return frame.may_open(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)


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

__all__ = ["complaints_pages", "feedback_admin", "public_news_admin"]
