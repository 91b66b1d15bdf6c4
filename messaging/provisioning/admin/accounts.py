"""The accounts that a province sends from, and the page that connects one. Secrets are written and never shown."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.base import Channel, registry
from messaging.channels.capabilities import Connects, SetupField
from messaging.channels.models import DEFAULT_ACCOUNT, ChannelAccount
from messaging.provisioning import oauth_connect, readiness
from messaging.provisioning.oauth_connect import NotConnected
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.folder.readiness import State
from tenants.organisation.staff_site.base_admin import StaffAdmin
from tenants.organisation.staff_site.sites import province_site

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

    channel = forms.ChoiceField(label=gettext_lazy("Kênh"), choices=_channels, widget=UnfoldAdminSelectWidget)
    name = forms.SlugField(
        label=gettext_lazy("Tài khoản"),
        max_length=60,
        initial=DEFAULT_ACCOUNT,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": gettext_lazy("Chỉ dùng chữ không dấu, số và gạch nối.")},
        help_text=gettext_lazy("Chữ không dấu, số, gạch nối; đứng trong địa chỉ nhận biên nhận."),
    )
    config = forms.CharField(
        label=gettext_lazy("Cấu hình (JSON)"),
        max_length=_CONFIG_MAX,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16, "class": _MONO, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Không ghi mật khẩu ở đây: ai mở trang này cũng đọc được. Chỗ cần bí mật ghi {secret:tên}."
        ),
    )
    new_secrets = forms.CharField(
        label=gettext_lazy("Bí mật mới"),
        max_length=_SECRETS_MAX,
        required=False,
        widget=SecretsWidget(attrs={"rows": 4, "class": _MONO, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
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
            raise forms.ValidationError(_("Không phải JSON, sai ở dòng %(line)d.") % {"line": line}) from None
        if not isinstance(config, dict):
            raise forms.ValidationError(_("Cấu hình phải là một nhóm { … }."))
        try:
            json.dumps(config, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            # Half a character, written as an escape: no page could show these settings again.
            raise forms.ValidationError(_("Cấu hình có ký tự \\u… không hoàn chỉnh.")) from None
        return config

    def clean_new_secrets(self) -> dict[str, str] | None:
        secrets = {}
        lines = [line.strip() for line in self.cleaned_data["new_secrets"].splitlines() if line.strip()]
        for line in lines:
            name, equals, value = line.partition("=")
            if not (equals and name.strip().isidentifier() and value.strip()):
                # The line itself may be half a password: it is not repeated.
                raise forms.ValidationError(_("Mỗi dòng phải là tên=giá trị."))
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
    list_before_template = "provisioning/account_list_head.html"
    change_form_before_template = "provisioning/account_head.html"

    def get_urls(self) -> list[Any]:
        connect = self.admin_site.admin_view(self.connect)
        address = "ket-noi/<str:channel>/<slug:name>/"
        return [path(address, connect, name="account-connect"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, and above it the pages that connect what needs a provider's consent."""
        more = {"connectable": connectable(), "default_account": DEFAULT_ACCOUNT}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        account = kwargs.get("obj")
        if account is not None and account.channel in {one.code for one in connectable()}:
            context["connect_to"] = reverse("admin:account-connect", args=[account.channel, account.name])
        return super().render_change_form(request, context, *args, **kwargs)

    def connect(self, request: HttpRequest, channel: str, name: str) -> HttpResponse:
        """The page that connects an account: settings and secrets, the provider's consent, a trial."""
        known = next((one for one in connectable() if one.code == channel), None)
        if known is None:
            raise Http404
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = ChannelAccount.objects.filter(channel=channel, name=name).first()
        act = request.POST.get("act", "") if request.method == "POST" else ""
        form = SetupForm(known, row, request.POST if act == "save" else None)
        if act == "save" and form.is_valid():
            try:
                form.save(name, acting_user(request))
            except channel_accounts.BadAccount as fault:
                for problem in fault.problems:
                    form.add_error(None, problem)
            else:
                messages.success(request, _("Đã ghi ứng dụng và tài khoản."))
                return HttpResponseRedirect(request.get_full_path())
        elif row is not None and act in ("code", "pair", "test"):
            _do(request, row, act)
            return HttpResponseRedirect(request.get_full_path())
        at_own_host = request.GET.get("ve") == "tinh"
        context = {
            **self.shell(request),
            **_standing(channel, row, acting_user(request), at_own_host),
            "title": _("Kết nối %(channel)s") % {"channel": known.name},
            "form": form,
            "row": row,
            "addresses": oauth_connect.addresses(channel, name, at_own_host=at_own_host),
            "at_own_host": at_own_host,
        }
        return render(request, "provisioning/connect.html", context, status=422 if form.errors else 200)

    @display(description=gettext_lazy("bí mật đang có"))
    def secret_names(self, account: ChannelAccount) -> str:
        names = sorted(json.loads(account.secrets)) if account.secrets else []
        return ", ".join(names) or "–"

    @display(description=gettext_lazy("địa chỉ nhận biên nhận"))
    def callback(self, account: ChannelAccount) -> str:
        """The address to enter at a provider that asks where to send receipts."""
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


_MOST = 4096
_PLAIN: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
_HIDDEN: dict[str, Any] = {"autocomplete": "new-password"}


class SetupForm(forms.Form):
    """What the channel asks for. Secrets go in and never come out; one left empty stays as it is."""

    external_id = forms.SlugField(
        label=gettext_lazy("Mã tài khoản ở kênh"),
        max_length=80,
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
        error_messages={
            "required": gettext_lazy("Xin nhập mã tài khoản."),
            "invalid": gettext_lazy("Chỉ dùng chữ không dấu, số và gạch nối."),
        },
    )

    def __init__(self, channel: Channel, row: ChannelAccount | None, data: Any = None) -> None:
        self.channel, self.row = channel, row
        self.kept: dict[str, str] = json.loads(row.secrets) if row and row.secrets else {}
        config = row.config if row else {}
        initial: dict[str, Any] = {"external_id": row.external_id} if row else {}
        setup = setup_of(channel)
        initial |= {s.name: config[s.name] for s in setup if s.name in config and not s.secret}
        super().__init__(data, initial=initial)
        for setting in setup:
            if setting.name == "external_id":
                self.fields["external_id"].label = setting.label
                self.fields["external_id"].help_text = setting.hint
            else:
                self.fields[setting.name] = _field(setting, stored=setting.name in self.kept)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for problem in self.channel.check_account(self.config(), self.secrets()):
                self.add_error(None, problem)
        return cleaned

    def config(self) -> dict[str, Any]:
        """The account's settings with what was typed; what this page does not ask for stays."""
        names = [s.name for s in setup_of(self.channel) if not s.secret and s.name != "external_id"]
        typed = {name: self.cleaned_data[name] for name in names}
        return {**(self.row.config if self.row else {}), **{k: v for k, v in typed.items() if v}}

    def save(self, name: str, actor: User) -> None:
        channel_accounts.save(
            self.channel.code,
            name,
            config=self.config(),
            secrets=self.secrets(),
            external_id=self.cleaned_data["external_id"],
            actor=actor,
        )

    def secrets(self) -> dict[str, str]:
        typed = {s.name: self.cleaned_data[s.name] for s in setup_of(self.channel) if s.secret}
        return {**self.kept, **{name: value for name, value in typed.items() if value}}


def _field(setting: SetupField, *, stored: bool) -> forms.Field:
    required = setting.required and not stored
    options: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.hint,
        "required": required,
        "error_messages": {"required": gettext_lazy("Xin nhập mục này.")},
    }
    if setting.choices:
        return forms.ChoiceField(choices=setting.choices, widget=UnfoldAdminSelectWidget, **options)
    if setting.secret:
        placeholder = {"placeholder": _("đã có; bỏ trống để giữ nguyên")} if stored else {}
        widget = UnfoldAdminPasswordWidget(attrs={**_HIDDEN, **placeholder}, render_value=False)
        return forms.CharField(max_length=_MOST, widget=widget, **options)
    return forms.CharField(max_length=_MOST, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN), **options)


def setup_of(channel: Channel) -> tuple[SetupField, ...]:
    """What the channel asks a person for."""
    return channel.setup if isinstance(channel, Connects) else ()


def connectable() -> list[Channel]:
    known = [registry.get(code) for code in registry.codes()]
    return [
        channel for channel in known if channel.capabilities.needs_grant and isinstance(channel, Connects)
    ]


def _standing(code: str, row: ChannelAccount | None, user: User, at_own_host: bool) -> dict[str, Any]:
    """How far the account is. Of one that is not saved yet there is nothing to tell."""
    if row is None:
        return {}
    asking: dict[str, Any] = {}
    try:
        asking["asking"] = oauth_connect.begin(row, user, at_own_host=at_own_host)
    except NotConnected as error:
        asking["no_asking"] = str(error)
    findings = readiness.findings_of(code, row.name)
    missing = [one for one in findings if one.state in (State.BLOCKED, State.WARNING)]
    return {**asking, "grant": credentials.standing(code, row.name), "missing": missing}


def _do(request: HttpRequest, row: ChannelAccount, act: str) -> None:
    """Take a code or a pair of tokens, or ask the provider; say what came of it."""
    given = {name: request.POST.get(name, "") for name in ("state", "code", "access", "refresh")}
    try:
        if act == "code":
            oauth_connect.complete(row.channel, given["state"], given["code"])
            done = _("Đã cấp quyền.")
        elif act == "pair":
            oauth_connect.store_pair(row, given["access"], given["refresh"], acting_user(request))
            done = _("Đã ghi cặp token. Cổng sẽ gia hạn trong vòng một giờ.")
        else:
            found = oauth_connect.test_connection(row, acting_user(request))
            if not found.well:
                raise NotConnected(_("Chưa gửi được: %(detail)s") % {"detail": found.detail})
            done = _("Kênh trả lời: gửi được. %(detail)s") % {"detail": found.detail}
    except NotConnected as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


province_site.register(ChannelAccount, AccountAdmin)
