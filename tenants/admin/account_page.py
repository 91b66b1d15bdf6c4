"""One's own account: where one is signed in, the second factor, recovery codes, what one lends."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.accounts.requests import acting_user
from tenants.organisation import delegation_page
from tenants.signin import login_flow, totp, user_sessions, views
from tenants.signin.forms import CodeForm
from tenants.signin.login_flow import Step


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show it; sign out elsewhere; lend an assignment or take it back; or make new recovery codes, which asks
    for a code first."""
    user = acting_user(request)
    form = CodeForm()
    form.fields["code"].widget.attrs.pop("autofocus", None)
    if request.method == "POST" and "others" in request.POST:
        ended = user_sessions.end_others(request)
        text = ngettext("Đã đăng xuất %(count)d nơi khác.", "Đã đăng xuất %(count)d nơi khác.", ended)
        messages.success(request, text % {"count": ended})
        return redirect(f"{site.name}:account")
    lending_part, is_done = delegation_page.section(request, user)
    if is_done:
        return redirect(f"{site.name}:account")
    is_lending = "lend" in request.POST
    if request.method == "POST" and not is_lending and totp.has_one(user):
        form = CodeForm(request.POST)
        if form.is_valid():
            step, codes = login_flow.new_recovery_codes(request, user, form.cleaned_data["code"])
            if codes:
                return views.show_codes(request, site, codes)
            form.add_error(
                "code",
                _("Đã nhập sai quá nhiều lần. Xin thử lại sau.")
                if step is Step.TOO_MANY
                else _("Mã chưa đúng."),
            )
    context = {
        **site.each_context(request),
        "title": _("Tài khoản của tôi"),
        "sessions": user_sessions.of(user, request),
        "has_factor": totp.has_one(user),
        "codes_left": user.recovery_codes.count(),
        "form": form,
        **lending_part,
        "app_url": reverse(f"{site.name}:sign-in-app"),
        "password_url": reverse(f"{site.name}:password_change"),
    }
    return render(request, "signin/account.html", context, status=422 if is_lending else 200)
