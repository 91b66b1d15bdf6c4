from typing import Any

from django.db.models import QuerySet
from unfold.admin import ModelAdmin

from tenants.audit.models import AuditEntry
from tenants.organisation.models import Assignment
from tenants.organisation.rights import agencies_of
from tenants.sites import province_site


class AuditEntryAdmin(ModelAdmin):
    """Read only; the database refuses changes anyway."""

    list_display = ("at", "actor_name", "action", "subject", "address")
    list_filter = ("action",)
    search_fields = ("subject", "actor_name")
    date_hierarchy = "at"

    def get_queryset(self, request: Any) -> QuerySet[AuditEntry]:
        """What was done by people of the agencies that this person oversees; all for who administers."""
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        agencies = agencies_of(request.user)
        if agencies is None:
            return entries
        return entries.filter(actor__in=Assignment.objects.filter(agency__in=agencies).values("user"))

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


province_site.register(AuditEntry, AuditEntryAdmin)
