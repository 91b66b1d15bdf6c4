from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin
from tenants.audit.labels import WORDS, words
from tenants.audit.models import AuditEntry
from tenants.organisation import audit_visibility


class ActionFilter(SimpleListFilter):
    """By what was done, in words."""

    title = _("việc")
    parameter_name = "viec"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(WORDS.items(), key=lambda known: str(known[1]))

    def queryset(self, request: Any, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        chosen = self.value()
        return queryset.filter(action=chosen) if chosen else queryset


class AuditEntryAdmin(StaffAdmin):
    """Read only; the database refuses changes anyway."""

    list_display = ("at", "actor_name", "what", "subject", "address")
    list_filter = (ActionFilter,)
    fields = ("at", "actor_name", "what", "action", "subject", "detail", "address")
    search_fields = ("subject", "actor_name")
    date_hierarchy = "at"

    @display(description=_("việc"), ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return words(entry.action)

    def get_queryset(self, request: Any) -> QuerySet[AuditEntry]:
        return audit_visibility.visible_to(request.user)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


province_site.register(AuditEntry, AuditEntryAdmin)
