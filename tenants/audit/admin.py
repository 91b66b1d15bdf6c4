from typing import Any

from django.db.models import QuerySet
from unfold.admin import ModelAdmin

from tenants.audit import reading
from tenants.audit.models import AuditEntry
from tenants.sites import province_site


class AuditEntryAdmin(ModelAdmin):
    """Read only; the database refuses changes anyway."""

    list_display = ("at", "actor_name", "action", "subject", "address")
    list_filter = ("action",)
    search_fields = ("subject", "actor_name")
    date_hierarchy = "at"

    def get_queryset(self, request: Any) -> QuerySet[AuditEntry]:
        return reading.visible_to(request.user)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


province_site.register(AuditEntry, AuditEntryAdmin)
