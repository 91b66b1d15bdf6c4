"""What operators see of the provinces. Changes are made by the province's folder and `manage.py province`."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tenants.admin.sites import operators_site
from tenants.admin.staff_admin import StaffAdmin
from tenants.isolation.models import Province


class ProvinceAdmin(StaffAdmin):
    list_display = ("name", "schema_name", "agency_code", "state", "hosts", "demo")
    list_filter = ("state",)
    search_fields = ("name", "schema_name")

    @display(description=_("Tên miền"))
    def hosts(self, province: Province) -> str:
        return ", ".join(province.domains.values_list("domain", flat=True))

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


operators_site.register(Province, ProvinceAdmin)
