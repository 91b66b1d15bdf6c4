"""Pages of an account: one's own, and for its administrator how a colleague signs in."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenants import clock
from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.accounts.signin import (
    audit_trail,
    invitations,
    login_flow,
    passkeys,
    sessions,
    single_sign_on,
    totp,
    views,
)
from tenants.accounts.signin.login_flow import Step
from tenants.accounts.signin.views import CodeForm
from tenants.organisation import desk as delegation_pages
from tenants.organisation.staff_site.base_admin import LONGEST_KEY
from tenants.refusals import Refused
from tenants.web import openid


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, site: AdminSite, admin: Any, object_id: str) -> HttpResponse:
    """Show it; sign the person out everywhere; take a passkey or a linked identity away; or make an invitation,
    whose link is shown this once. Of a machine: its keys."""
    key = int(object_id) if object_id.isdecimal() and len(object_id) <= LONGEST_KEY else None
    found = get_object_or_404(User, pk=key)
    if not admin.has_change_permission(request, found):
        raise PermissionDenied
    actor = acting_user(request)
    if found.is_machine:
        return _machine(request, site, found, actor)
    link = ""
    if request.method == "POST" and "invite" in request.POST and found.pk != actor.pk:
        link = invitations.invite(found, actor=actor, request=request)
    elif request.method == "POST":
        _change(request, found, actor)
        return redirect(f"{site.name}:person-sign-in", object_id=found.pk)
    context: dict[str, Any] = {
        "title": _("Đăng nhập của %(person)s") % {"person": found},
        "person": found,
        "link": link,
        "sessions": sessions.sessions_of(found),
        "has_password": found.has_usable_password(),
        "has_factor": totp.has_factor(found),
        "passkeys": passkeys.passkeys_of(found),
        "identity": single_sign_on.identity_of(found),
        "invitation": found.invitations.filter(expires_at__gt=clock.now()).first(),
        "back_url": reverse(f"{site.name}:accounts_user_change", args=[found.pk]),
        "is_self": found.pk == actor.pk,
    }
    return views.show(request, site, "person", **context)


class KeyForm(forms.Form):
    """Until when a new key is good, and from where."""

    days = forms.IntegerField(
        label=gettext_lazy("Dùng được trong bao nhiêu ngày"), initial=api_keys.DAYS,
        min_value=1, max_value=api_keys.MOST_DAYS, widget=forms.NumberInput(attrs={"class": "mc-input"}),
    )  # fmt: skip
    networks = forms.CharField(
        label=gettext_lazy("Chỉ từ các mạng này"), required=False, max_length=500,
        help_text=gettext_lazy("Để trống: từ mạng nào cũng được. Ví dụ 203.0.113.0/24, cách nhau bằng dấu phẩy."),
        widget=forms.TextInput(attrs={"class": "mc-input", "autocomplete": "off"}),
    )  # fmt: skip
    a_minute = forms.IntegerField(
        label=gettext_lazy("Số yêu cầu nhiều nhất mỗi phút"), initial=api_keys.A_MINUTE,
        min_value=1, max_value=api_keys.MOST_A_MINUTE, widget=forms.NumberInput(attrs={"class": "mc-input"}),
    )  # fmt: skip


def _machine(request: HttpRequest, site: AdminSite, found: User, actor: User) -> HttpResponse:
    """The keys of a machine; make one, whose text is shown this once, or revoke one."""
    key, form = "", KeyForm(request.POST if "make" in request.POST else None)
    if "revoke" in request.POST:
        if api_keys.revoke(found, request.POST["revoke"], actor=actor, request=request):
            messages.success(request, _("Đã thu hồi khóa. Từ giờ không ai dùng được khóa ấy."))
        return redirect(f"{site.name}:person-sign-in", object_id=found.pk)
    if form.is_valid():
        try:
            key = api_keys.create(found, actor=actor, request=request, **form.cleaned_data)
            form = KeyForm()
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {
        "title": _("Khóa API của %(machine)s") % {"machine": found},
        "machine": found,
        "key": key,
        "keys": api_keys.living(found),
        "back_url": reverse(f"{site.name}:accounts_user_change", args=[found.pk]),
    }
    return views.show(request, site, "machine", form, status=422 if form.errors else 200, **context)


def _change(request: HttpRequest, found: User, actor: User) -> None:
    done = ""
    if "out" in request.POST:
        ended = sessions.end_all(found)
        audit_trail.record("forced_out", found, request=request, actor=actor, sessions=ended)
        done = _("Đã đăng xuất %(person)s ở mọi nơi.")
    elif "invite" in request.POST:
        # Who signed himself out by mistake would need a colleague to come back in.
        text = _("Không tự cấp lời mời cho chính mình được; hãy nhờ một quản trị viên khác.")
        messages.error(request, text)
    elif found.pk == actor.pk:
        pass  # one's own go on the own page, which asks for a code first
    elif "unlink" in request.POST and single_sign_on.unlink(request, found, actor=actor):
        done = _("Đã bỏ nối đăng nhập một lần và đăng xuất %(person)s ở mọi nơi.")
    elif "remove" in request.POST and passkeys.remove(request, found, request.POST["remove"], actor=actor):
        done = _("Đã gỡ khóa truy cập và đăng xuất %(person)s ở mọi nơi.")
    if done:
        messages.success(request, done % {"person": found})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show it; sign out elsewhere; lend an assignment or take it back; or make new recovery codes, which asks
    for a code first."""
    user = acting_user(request)
    form = CodeForm()
    form.fields["code"].widget.attrs.pop("autofocus", None)
    if request.method == "POST" and "others" in request.POST:
        ended = sessions.end_others(request)
        text = ngettext("Đã đăng xuất %(count)d nơi khác.", "Đã đăng xuất %(count)d nơi khác.", ended)
        messages.success(request, text % {"count": ended})
        return redirect(f"{site.name}:account")
    lending_part, is_done = delegation_pages.section(request, user)
    if is_done:
        return redirect(f"{site.name}:account")
    is_lending = "lend" in request.POST
    if request.method == "POST" and not is_lending and totp.has_factor(user):
        form = CodeForm(request.POST)
        if form.is_valid():
            step, codes = login_flow.new_recovery_codes(request, user, form.cleaned_data["code"])
            if codes:
                return views.show_codes(request, site, codes)
            form.add_error("code", _refusal(step))
    context: dict[str, Any] = {
        "title": _("Tài khoản của tôi"),
        "sessions": sessions.sessions_of(user, request),
        "has_factor": totp.has_factor(user),
        "passkeys": passkeys.passkeys_of(user),
        "provider": single_sign_on.provider(),
        "identity": single_sign_on.identity_of(user),
        "identity_url": reverse(f"{site.name}:sso-link"),
        "passkeys_url": reverse(f"{site.name}:passkeys"),
        "codes_left": user.recovery_codes.count(),
        **lending_part,
        "app_url": reverse(f"{site.name}:sign-in-app"),
        "password_url": reverse(f"{site.name}:password_change"),
    }
    return views.show(request, site, "account", form, status=422 if is_lending else 200, **context)


class PasskeyForm(forms.Form):
    """A name for a new passkey, and what the device answered: the page's script writes it."""

    name = forms.CharField(
        label=gettext_lazy("Tên của khóa"),
        max_length=60,
        error_messages={"required": gettext_lazy("Xin đặt tên cho khóa.")},
        widget=forms.TextInput(attrs={"class": "mc-input", "autocomplete": "off"}),
    )
    passkey = forms.CharField(
        max_length=100_000,
        error_messages={"required": gettext_lazy("Chưa thêm được khóa. Xin bấm nút và làm lại trên máy.")},
        widget=forms.HiddenInput,
    )


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_passkeys(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Add and remove passkeys, for ten minutes after a code. An account without a telephone sets that up first."""
    user = acting_user(request)
    if not totp.has_factor(user):
        return redirect(f"{site.name}:account")
    here = f"{site.name}:passkeys"
    context: dict[str, Any] = {
        "title": _("Khóa truy cập của tôi"),
        "back_url": reverse(f"{site.name}:account"),
    }
    if not login_flow.is_confirmed(request):
        hint = _(
            "Nhập mã 6 chữ số trên điện thoại, hoặc một mã dự phòng, rồi thêm hay gỡ khóa trong 10 phút."
        )
        return _confirm(request, site, here, **context, hint=hint)
    if "remove" in request.POST:
        if passkeys.remove(request, user, request.POST["remove"], actor=user):
            messages.success(request, _("Đã gỡ khóa truy cập, và đăng xuất các nơi khác."))
        return redirect(here)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        if passkeys.register(request, user, form.cleaned_data["name"], form.cleaned_data["passkey"]):
            messages.success(
                request, _("Đã thêm khóa truy cập. Lần sau, sau mật khẩu, dùng khóa thay cho mã.")
            )
            return redirect(here)
        form.add_error(None, _("Chưa thêm được khóa. Xin bấm nút và làm lại trên máy."))
    options = passkeys.offer_registration(request, user, views.issuer(request))
    known = passkeys.passkeys_of(user)
    return views.show(request, site, "passkeys", form, passkeys=known, options=options, **context)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_identity(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Link an identity of single sign-on, or unlink it, for ten minutes after a code.

    The link to the provider is part of the page, so that no other site can begin it.
    """
    user, provider = acting_user(request), single_sign_on.provider()
    identity = single_sign_on.identity_of(user)
    if not totp.has_factor(user) or (provider is None and identity is None):
        return redirect(f"{site.name}:account")
    here = f"{site.name}:sso-link"
    context: dict[str, Any] = {
        "title": _("Đăng nhập một lần"),
        "back_url": reverse(f"{site.name}:account"),
        "provider": provider,
        "identity": identity,
    }
    if not login_flow.is_confirmed(request):
        hint = _("Nhập mã 6 chữ số trên điện thoại, hoặc một mã dự phòng, rồi nối hay bỏ nối trong 10 phút.")
        return _confirm(request, site, here, **context, hint=hint)
    if request.method == "POST":
        if "unlink" in request.POST and single_sign_on.unlink(request, user, actor=user):
            messages.success(request, _("Đã bỏ nối, và đăng xuất các nơi khác."))
        return redirect(here)
    kept = ""
    if identity is None:
        with suppress(openid.Unavailable):
            context["address"], kept = single_sign_on.begin(
                request, views.sso_callback(request, site), user=user
            )
    response = views.show(request, site, "identity", **context)
    if kept:
        single_sign_on.keep(response, kept)
    return response


def _confirm(request: HttpRequest, site: AdminSite, here: str, **context: Any) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        step = login_flow.confirm(request, acting_user(request), form.cleaned_data["code"])
        if step is Step.IN:
            return redirect(here)
        form.add_error("code", _refusal(step))
    return views.show(request, site, "passkeys_code", form, **context)


def _refusal(step: Step) -> str:
    if step is Step.TOO_MANY:
        return _("Đã nhập sai quá nhiều lần. Xin thử lại sau.")
    return _("Mã chưa đúng.")
