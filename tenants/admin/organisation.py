from typing import Any

from django.http import HttpRequest

from tenants.admin.sites import province_site
from tenants.admin.staff_admin import LabelledInline, StaffAdmin
from tenants.organisation.models import Agency, Assignment


class AssignmentInline(LabelledInline):
    model = Assignment
    extra = 0
    autocomplete_fields = ("user",)


class AgencyAdmin(StaffAdmin):
    list_display = ("code", "name", "level", "is_desk", "phone")
    list_filter = ("level", "is_desk")
    search_fields = ("code", "name")
    autocomplete_fields = ("parent", "successor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Receipts carry it: a code once given stays.
        return ("code",) if obj is not None else ()

    inlines = [AssignmentInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Receipts and history name it: it is dissolved, with its successor.
        return False


province_site.register(Agency, AgencyAdmin)
