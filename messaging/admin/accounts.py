"""The accounts that a province sends from. Secrets go in and never come out again."""

import json
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from messaging.accounts import channel_accounts
from messaging.admin import oauth_connect
from messaging.channels import registry
from messaging.models import DEFAULT_ACCOUNT, ChannelAccount
from tenants.accounts.requests import acting_user
from tenants.admin.sites import province_site
from tenants.admin.staff_admin import StaffAdmin

_MONO = "font-mono text-sm"
_CONFIG_MAX = 20_000
_SECRETS_MAX = 10_000


def _channels() -> list[tuple[str, str]]:
    return [(code, str(registry.get(code).name)) for code in registry.codes()]


class SecretsWidget(UnfoldAdminTextareaWidget):
    """Takes text and never gives it back, not even when the form has to be filled in again."""

    def format_value(self, value: Any) -> str:
        return ""


class AccountForm(forms.ModelForm):
    """Settings as JSON; new secrets one a line, `name=value`, none shown."""

    channel = forms.ChoiceField(label=_("Kênh"), choices=_channels, widget=UnfoldAdminSelectWidget)
    name = forms.SlugField(
        label=_("Tài khoản"),
        max_length=60,
        initial=DEFAULT_ACCOUNT,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": _("Chỉ dùng chữ không dấu, số và gạch nối.")},
        help_text=_("Chữ không dấu, số, gạch nối; đứng trong địa chỉ nhận biên nhận."),
    )
    config = forms.CharField(
        label=_("Cấu hình (JSON)"),
        max_length=_CONFIG_MAX,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16, "class": _MONO, "spellcheck": "false"}),
        help_text=_(
            "Không ghi mật khẩu ở đây: ai mở trang này cũng đọc được. Chỗ cần bí mật ghi {secret:tên}."
        ),
    )
    new_secrets = forms.CharField(
        label=_("Bí mật mới"),
        max_length=_SECRETS_MAX,
        required=False,
        widget=SecretsWidget(attrs={"rows": 4, "class": _MONO, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "Mỗi dòng một bí mật: tên=giá trị. Bỏ trống: giữ nguyên. Khi thay thì ghi đủ mọi bí mật."
        ),
    )

    class Meta:
        model = ChannelAccount
        fields = ("channel", "name", "external_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.instance
        if account.pk:
            # A lane and its messages hang on these two.
            self.fields["channel"].disabled = self.fields["name"].disabled = True
            self.initial["config"] = json.dumps(account.config, ensure_ascii=False, indent=2)

    def clean_config(self) -> dict[str, Any]:
        text = self.cleaned_data["config"].strip() or "{}"
        try:
            config = json.loads(text)
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            raise forms.ValidationError(
                gettext("Không phải JSON, sai ở dòng %(line)d.") % {"line": line}
            ) from None
        if not isinstance(config, dict):
            raise forms.ValidationError(gettext("Cấu hình phải là một nhóm { … }."))
        try:
            json.dumps(config, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            # Half a character, written as an escape: no page could show these settings again.
            raise forms.ValidationError(gettext("Cấu hình có ký tự \\u… không hoàn chỉnh.")) from None
        return config

    def clean_new_secrets(self) -> dict[str, str] | None:
        """None: those that are there stay."""
        secrets = {}
        lines = [line.strip() for line in self.cleaned_data["new_secrets"].splitlines() if line.strip()]
        for line in lines:
            name, equals, value = line.partition("=")
            if not (equals and name.strip().isidentifier() and value.strip()):
                # The line itself may be half a password: it is not repeated.
                raise forms.ValidationError(gettext("Mỗi dòng phải là tên=giá trị."))
            secrets[name.strip()] = value.strip()
        return secrets or None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            row = self.instance
            row = row if row.pk else ChannelAccount(channel=cleaned["channel"], name=cleaned["name"])
            given = (cleaned["config"], cleaned["new_secrets"], cleaned["external_id"])
            for problem in channel_accounts.problems(row, *given):
                self.add_error("config", problem)
        return cleaned


class AccountAdmin(StaffAdmin):
    form = AccountForm
    list_display = ("channel", "name", "external_id", "changed_at", "secret_names")
    fields = ("channel", "name", "external_id", "config", "secret_names", "new_secrets", "callback")
    readonly_fields = ("secret_names", "callback")
    list_before_template = "messaging/account_list_head.html"
    change_form_before_template = "messaging/account_head.html"

    def get_urls(self) -> list[Any]:
        return [*oauth_connect.urls(self), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, and above it the pages that connect what needs a provider's consent."""
        more = {"connectable": oauth_connect.connectable(), "default_account": DEFAULT_ACCOUNT}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        account = kwargs.get("obj")
        if account is not None and account.channel in {one.code for one in oauth_connect.connectable()}:
            context["connect_to"] = reverse("admin:account-connect", args=[account.channel, account.name])
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description=_("bí mật đang có"))
    def secret_names(self, account: ChannelAccount) -> str:
        names = sorted(json.loads(account.secrets)) if account.secrets else []
        return ", ".join(names) or "–"

    @display(description=_("địa chỉ nhận biên nhận"))
    def callback(self, account: ChannelAccount) -> str:
        """What the provider is told, if it asks where to send receipts."""
        return channel_accounts.account_of(account.channel, account.name).callback_url if account.pk else "–"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        cleaned = form.cleaned_data
        saved = channel_accounts.save(
            cleaned["channel"],
            cleaned["name"],
            config=cleaned["config"],
            secrets=cleaned["new_secrets"],
            external_id=cleaned["external_id"],
            actor=acting_user(request),
        )
        obj.pk = saved.pk

    def log_addition(self, *_: Any, **__: Any) -> None:
        """The audit table of `channel_accounts.save` holds it."""

    def log_change(self, *_: Any, **__: Any) -> None:
        """The audit table of `channel_accounts.save` holds it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Messages under way still need it; a lane can be paused.
        return False


province_site.register(ChannelAccount, AccountAdmin)
