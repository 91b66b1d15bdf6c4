from typing import Any

from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from tenants.accounts.models import User
from tenants.sites import operators_site, province_site


class UserAdmin(BaseUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("username", "full_name")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "password", "full_name", "position", "email")}),
        (_("Quyền"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Mốc thời gian"), {"fields": ("last_login", "date_joined")}),
    )

    # Who may edit accounts may not make anybody, himself included, more than he is.
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("is_superuser", "is_staff", "groups")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    add_fieldsets = ((None, {"fields": ("username", "full_name", "password1", "password2")}),)


for site in (province_site, operators_site):
    site.register(User, UserAdmin)
    site.register(Group, ModelAdmin)
