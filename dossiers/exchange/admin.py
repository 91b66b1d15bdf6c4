"""Systems that feed dossiers in, and those to which events are sent, as an administrator of the province sets them up."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import display

from dossiers.exchange import webhooks
from dossiers.exchange.connection_admin import AddressForm, ConnectionAdmin, SecretAddressForm
from dossiers.exchange.models import Pull, Webhook
from dossiers.exchange.national import admin as national_admin  # noqa: F401 – registers its pages
from dossiers.legacy_import.rows.mapping_file import parse_mapping
from dossiers.lifecycle.models import OtherSystem
from tenants import clock
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


class PullForm(SecretAddressForm):
    """Where rows are fetched."""

    class Meta:
        model = Pull
        fields = ("url", "secret", "cursor")


class PullInline(StackedInline):
    model = Pull
    form = PullForm
    extra = 0
    fields = ("url", "secret", "cursor", "standing")
    readonly_fields = ("standing",)

    @display(description=gettext_lazy("tình trạng"))
    def standing(self, pull: Pull) -> str:
        if pull.error:
            return pull.error
        if pull.taken_at is None:
            return _("chưa lấy lần nào")
        lines = [_("lấy lần cuối lúc %(at)s") % {"at": clock.in_words(pull.taken_at)}]
        return format_html_join(
            mark_safe("<br>"),
            "{}",
            [(line,) for line in lines + [f"{one['code']}: {one['problem']}" for one in pull.refused]],
        )


class OtherSystemAdmin(RecordedAdmin):
    act = subject = "othersystem"
    form = OtherSystemForm
    inlines = (PullInline,)
    list_display = ("name", "code", "leading", "notices_per_day", "account")
    autocomplete_fields = ("account",)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            self._record(request, "change", form.instance.pk, fields=["pull"])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Dossiers name it: without its account it sends no more.
        return False


class WebhookForm(AddressForm):
    """Where events go, and by whose rights."""

    class Meta:
        model = Webhook
        fields = ("name", "url", "account")

    def clean_account(self) -> User:
        account: User = self.cleaned_data["account"]
        if not account.is_machine:
            raise ValidationError(_("Phải là tài khoản của một hệ thống."))
        return account


class WebhookAdmin(ConnectionAdmin):
    act = subject = acts_page = "webhook"
    acts_template = "exchange/webhook.html"
    acts_label = gettext_lazy("Bí mật, dừng, gửi tiếp")
    form = WebhookForm
    list_display = ("name", "url", "account", "state", "taken_at")
    fields = ("name", "url", "account", "state")
    readonly_fields = ("state",)
    autocomplete_fields = ("account",)

    @display(description=gettext_lazy("tình trạng"))
    def state(self, webhook: Webhook) -> str:
        if not webhook.pk or not webhook.secret:
            return _("chưa gửi: chưa có bí mật")
        if webhook.is_paused:
            return _("đã tạm dừng: nơi nhận từ chối suốt một ngày")
        if not webhook.is_active:
            return _("đã dừng")
        return _("nơi nhận đang từ chối, sẽ gửi lại") if webhook.failures else _("đang gửi")

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect("admin:webhook", object_id=obj.pk)

    def act_on(self, request: HttpRequest, row: Webhook) -> str | dict[str, Any]:
        if "secret" in request.POST:
            return {"secret": webhooks.make_secret(row, request)}
        if "resume" in request.POST:
            webhooks.resume(row, request)
            return _("Gửi tiếp từ chỗ nơi nhận đã nhận đến.")
        if "stop" in request.POST:
            webhooks.stop(row, request)
            return _("Đã dừng gửi. Sự kiện mới chờ trong sổ, không mất.")
        return {}

    def facts(self, row: Webhook) -> dict[str, Any]:
        return {
            "title": _("Gửi sự kiện đến %(name)s") % {"name": row},
            "webhook": row,
            "state": self.state(row),
            "waiting": webhooks.waiting(row),
        }


province_site.register(OtherSystem, OtherSystemAdmin)
province_site.register(Webhook, WebhookAdmin)
