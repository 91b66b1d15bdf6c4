"""Decisions on complaints in Django admin: the doors to the pages of `desk_pages`. Nothing is saved from here."""

from typing import Any

from django.http import HttpRequest
from django.urls import path

from dossiers.complaints import desk_pages
from dossiers.desk import frame
from dossiers.models import Decision
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin


class DecisionAdmin(StaffAdmin):
    def get_urls(self) -> list[Any]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(frame.for_staff(view))

        return [
            path("<int:dossier_id>/cong-khai/", guarded(desk_pages.publish), name="decision-publish"),
            path("<int:decision_id>/go/", guarded(desk_pages.take_down), name="decision-take-down"),
            path("", guarded(desk_pages.overview), name="dossiers_decision_changelist"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return frame.may_open(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


province_site.register(Decision, DecisionAdmin)
