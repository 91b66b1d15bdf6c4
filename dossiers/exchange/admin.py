"""Systems that feed dossiers in, as an administrator of the province sets them up."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.mapping_file import parse_mapping
from dossiers.lifecycle.models import OtherSystem
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_held
from tenants.organisation.staff_site.base_admin import RecordedAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.refusals import Refused


class OtherSystemForm(forms.ModelForm):
    """The code of the source is the one that its mapping names, and stays: dossiers carry it."""

    class Meta:
        model = OtherSystem
        fields = ("name", "leading", "mapping", "notices_per_day", "account")

    def clean_mapping(self) -> str:
        text: str = self.cleaned_data["mapping"]
        try:
            source = parse_mapping(text, _("tệp ánh xạ")).source
        except Refused as refusal:
            raise ValidationError(str(refusal).splitlines()) from None
        if self.instance.code and source != self.instance.code:
            raise ValidationError(_("Mã nguồn “source” phải giữ là %(code)s.") % {"code": self.instance.code})
        if OtherSystem.objects.filter(code=source).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Mã nguồn “source” này đã có."))
        self.instance.code = source
        return text

    def clean_account(self) -> User | None:
        account: User | None = self.cleaned_data["account"]
        if account is not None and (account.is_superuser or roles_held(account) != {Role.FEED}):
            raise ValidationError(_("Tài khoản này phải có vai trò hệ thống gửi hồ sơ, và chỉ vai trò ấy."))
        return account


class OtherSystemAdmin(RecordedAdmin):
    act = subject = "othersystem"
    form = OtherSystemForm
    list_display = ("name", "code", "leading", "notices_per_day", "account")
    autocomplete_fields = ("account",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Dossiers name it: without its account it sends no more.
        return False


province_site.register(OtherSystem, OtherSystemAdmin)
