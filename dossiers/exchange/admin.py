"""Systems that feed dossiers in, and those to which events are sent, as an administrator of the province sets them up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from dossiers.exchange import webhooks
from dossiers.exchange.models import Pull, Webhook
from dossiers.exchange.national import admin as national_admin  # noqa: F401 – registers its pages
from dossiers.legacy_import.rows.mapping_file import parse_mapping
from dossiers.lifecycle.models import OtherSystem
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import sealer
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_held
from tenants.organisation.staff_site.base_admin import RecordedAdmin
from tenants.organisation.staff_site.sites import province_site
from tenants.refusals import Refused
from tenants.web import http


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


def _check_address(url: str) -> str:
    if not http.may_be_called(url):
        text = _(
            "Chỉ gọi được địa chỉ https:// công khai. Nơi trong mạng của tỉnh thì người vận hành mở ở OUTBOUND_ALLOW."
        )
        raise ValidationError(text)
    return url


class PullForm(forms.ModelForm):
    """Where rows are fetched. A secret goes in and never comes out; one left empty stays as it is."""

    secret = forms.CharField(
        label=gettext_lazy("Khóa của tỉnh ở hệ thống ấy"), required=False, max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Gửi ở Authorization: Bearer. Bỏ trống: giữ nguyên."),
    )  # fmt: skip

    class Meta:
        model = Pull
        fields = ("url", "secret", "cursor")

    def clean_url(self) -> str:
        return _check_address(self.cleaned_data["url"])

    def clean_secret(self) -> str:
        return self.cleaned_data["secret"] or self.instance.secret


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


class WebhookForm(forms.ModelForm):
    """Where events go, and by whose rights."""

    class Meta:
        model = Webhook
        fields = ("name", "url", "account")

    def clean_url(self) -> str:
        return _check_address(self.cleaned_data["url"])

    def clean_account(self) -> User:
        account: User = self.cleaned_data["account"]
        if not account.is_machine:
            raise ValidationError(_("Phải là tài khoản của một hệ thống."))
        return account


class WebhookAdmin(RecordedAdmin):
    act = subject = "webhook"
    form = WebhookForm
    list_display = ("name", "url", "account", "state", "taken_at")
    fields = ("name", "url", "account", "state")
    readonly_fields = ("state",)
    autocomplete_fields = ("account",)
    change_form_before_template = "exchange/webhook_head.html"

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(
            never_cache(require_http_methods(["GET", "HEAD", "POST"])(self.sending))
        )
        return [path("<int:object_id>/gui/", page, name="webhook"), *super().get_urls()]

    @display(description=gettext_lazy("tình trạng"))
    def state(self, webhook: Webhook) -> str:
        if not webhook.pk or not webhook.secret:
            return _("chưa gửi: chưa có bí mật")
        if webhook.is_paused:
            return _("đã tạm dừng: nơi nhận từ chối suốt một ngày")
        if not webhook.is_active:
            return _("đã dừng")
        return _("nơi nhận đang từ chối, sẽ gửi lại") if webhook.failures else _("đang gửi")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if (webhook := kwargs.get("obj")) is not None:
            context["sending_url"] = reverse("admin:webhook", args=[webhook.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect("admin:webhook", object_id=obj.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            # What happened before is read from the log; nobody who is new to it wants a province's past at once.
            obj.position = sealer.head()
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            # The position moves on meanwhile.
            obj.save(update_fields=form.changed_data)
            self._record(request, "change", obj.pk, fields=sorted(form.changed_data))

    def sending(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far the address is; make a secret, whose text is shown this once, stop, or go on."""
        webhook = get_object_or_404(Webhook, pk=object_id)
        if not self.has_change_permission(request, webhook):
            raise PermissionDenied
        secret = ""
        if "secret" in request.POST:
            secret = webhooks.make_secret(webhook, request)
            webhook.refresh_from_db()
        elif "resume" in request.POST:
            webhooks.resume(webhook, request)
            messages.success(request, _("Gửi tiếp từ chỗ nơi nhận đã nhận đến."))
            return redirect(request.path)
        elif "stop" in request.POST:
            webhooks.stop(webhook, request)
            messages.success(request, _("Đã dừng gửi. Sự kiện mới chờ trong sổ, không mất."))
            return redirect(request.path)
        context = {
            **self.shell(request),
            "title": _("Gửi sự kiện đến %(name)s") % {"name": webhook},
            "webhook": webhook,
            "state": self.state(webhook),
            "waiting": webhooks.waiting(webhook),
            "secret": secret,
            "back_url": reverse("admin:exchange_webhook_change", args=[webhook.pk]),
        }
        return render(request, "exchange/webhook.html", context)


province_site.register(OtherSystem, OtherSystemAdmin)
province_site.register(Webhook, WebhookAdmin)
