"""Dossiers in Django admin: a list, and doors to the desk's pages. Nothing is saved from here."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dossiers.deadlines.models import CalendarVersion
from dossiers.desk import calendar_page, workflow_page
from dossiers.desk.counter import pages as counter_pages
from dossiers.desk.counter import receipt_page
from dossiers.desk.dossier import action_pages, file_pages, printed_form_pages
from dossiers.desk.dossier import page as dossier_page
from dossiers.desk.reports import list_export
from dossiers.desk.reports import pages as report_pages
from dossiers.desk.worklist import bulk_actions, change_list, row, today_page
from dossiers.filing.desk import draft_pages, form_page
from dossiers.filing.models import FilingFormVersion
from dossiers.lifecycle.desk import frame
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.models import WorkflowVersion
from tenants.audit import subjects
from tenants.audit.subjects import Named, SubjectKind
from tenants.organisation.staff_site.base_admin import ReadOnly, StaffAdmin
from tenants.organisation.staff_site.sites import province_site


class DossierAdmin(ReadOnly, change_list.DossierList):
    """The list, and the addresses of the desk's pages."""

    def get_urls(self) -> list[Any]:
        # Django's own change and history pages would show a dossier past this desk and its audit.
        pages: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
            "<int:dossier_id>/buoc/<str:code>/": (action_pages.transition, "dossier-transition"),
            "<int:dossier_id>/buoc/<str:code>/tin/": (dossier_page.message, "dossier-message"),
            "<int:dossier_id>/viec/<str:name>/": (action_pages.beside, "dossier-act"),
            "<int:dossier_id>/duyet/<int:proposal_id>/": (action_pages.decide, "dossier-decide"),
            "<int:dossier_id>/ghi-chu/": (dossier_page.add_internal_note, "dossier-remark"),
            "<int:dossier_id>/tep/": (file_pages.attach, "dossier-files"),
            "<int:dossier_id>/tep/<int:attachment_id>/": (file_pages.read, "dossier-file"),
            "<int:dossier_id>/tep/<int:attachment_id>/go/": (file_pages.withdraw, "dossier-file-withdraw"),
            "<int:dossier_id>/xem-nhanh/": (row.preview, "dossier-glance"),
            "<int:dossier_id>/giay-hen/": (receipt_page.page, "dossier-slip"),
            "<int:dossier_id>/bieu-mau/<str:form>.pdf": (printed_form_pages.form_pdf, "dossier-form"),
            "<int:dossier_id>/bien-nhan/": (printed_form_pages.handover_receipt, "dossier-handed"),
            "<int:dossier_id>/cap-ma-moi/": (printed_form_pages.reissue, "dossier-reissue"),
            "hom-nay/": (today_page.page, "today"),
            "nhieu/": (bulk_actions.page, "dossier-bulk"),
            "phieu-ban-giao/": (bulk_actions.handover_list, "dossier-handover"),
            "xuat.xlsx": (list_export.page, "dossier-export"),
            "quet/": (counter_pages.scan, "scan"),
            "so-theo-doi/": (report_pages.register, "dossier-register"),
            "<int:dossier_id>/qr.png": (receipt_page.qr_image, "dossier-qr"),
            "add/": (counter_pages.page, "dossiers_dossier_add"),
            "add/thu-tuc/": (counter_pages.hits, "counter-hits"),
            "add/thu-tuc/da-chon/": (counter_pages.chosen, "counter-chosen"),
            "add/the/": (counter_pages.card, "counter-card"),
            "add/bieu-mau/<str:code>/": (draft_pages.fill_new, "filing-counter"),
            "ban-nhap/<str:draft>/": (draft_pages.receive, "filing-draft"),
            "ban-nhap/<str:draft>/dien/": (draft_pages.fill, "filing-fill"),
            "ban-nhap/<str:draft>/tep/<int:file_id>/": (draft_pages.read_file, "filing-file"),
            "<int:dossier_id>/change/": (dossier_page.page, "dossiers_dossier_change"),
            "": (self.changelist_view, "dossiers_dossier_changelist"),
        }
        return [
            path(route, self.admin_site.admin_view(frame.for_staff(view)), name=name)
            for route, (view, name) in pages.items()
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_receive(request)


class VersionAdmin(ReadOnly, StaffAdmin):
    """Workflows and calendars come from the province's folder and are never edited in place."""

    list_display: tuple[str, ...] = ("__str__", "created_at")


class ReadableVersionAdmin(VersionAdmin):
    """Versions that all staff may read, each on its `page`."""

    list_display = ("name", "number", "created_at")
    page: Any

    def get_urls(self) -> list[Any]:
        guarded, table = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("", guarded(self.changelist_view), name=f"{table}_changelist"),
            path("<int:object_id>/change/", guarded(self.page), name=f"{table}_change"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)


class WorkflowAdmin(ReadableVersionAdmin):
    """All staff may read what the workflow of their dossiers is."""

    page = staticmethod(workflow_page.page)

    @display(description=_("Quy trình"))
    def name(self, version: WorkflowVersion) -> str:
        return str(_(version.workflow.name))


class FilingFormAdmin(ReadableVersionAdmin):
    """Forms are written in the province's folder; here staff see what they ask, and which version is in force."""

    page = staticmethod(form_page.page)

    @display(description=_("Biểu mẫu"))
    def name(self, version: FilingFormVersion) -> str:
        return version.code if version.is_withdrawn else f"{version.form.title} ({version.code})"


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


def _dossiers(keys: Collection[str]) -> Mapping[str, Named]:
    """By their codes; the page that opens them asks for the reader's rights."""
    return {code: Named(code, f"{reverse('admin:scan')}?{urlencode({'q': code})}") for code in keys}


subjects.kinds.register(SubjectKind("dossier", "dossier", _dossiers))
province_site.register(Dossier, DossierAdmin)
province_site.register(WorkflowVersion, WorkflowAdmin)
province_site.register(FilingFormVersion, FilingFormAdmin)
province_site.register(CalendarVersion, CalendarAdmin)
