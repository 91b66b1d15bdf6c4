"""How a colleague signs in, for who administers the accounts: invitations and signing out everywhere."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.admin.staff_admin import LONGEST_KEY
from tenants.signin import audit_trail, invitations, totp, user_sessions


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, site: AdminSite, admin: Any, object_id: str) -> HttpResponse:
    """Show it; sign the person out everywhere; or make an invitation, whose link is shown this once."""
    key = int(object_id) if object_id.isdecimal() and len(object_id) <= LONGEST_KEY else None
    found = get_object_or_404(User, pk=key)
    if not admin.has_change_permission(request, found):
        raise PermissionDenied
    actor = acting_user(request)
    link = ""
    if request.method == "POST" and "out" in request.POST:
        ended = user_sessions.end_all(found)
        audit_trail.record("forced_out", found, request=request, actor=actor, sessions=ended)
        messages.success(request, _("Đã đăng xuất %(person)s ở mọi nơi.") % {"person": found})
        return redirect(f"{site.name}:person-sign-in", object_id=found.pk)
    if request.method == "POST" and "invite" in request.POST:
        if found.pk == actor.pk:
            # Who signed himself out by mistake would need a colleague to come back in.
            messages.error(
                request, _("Không tự cấp lời mời cho chính mình được; hãy nhờ một quản trị viên khác.")
            )
            return redirect(f"{site.name}:person-sign-in", object_id=found.pk)
        link = invitations.invite(found, actor=actor, request=request)
    context = {
        **site.each_context(request),
        "title": _("Đăng nhập của %(person)s") % {"person": found},
        "person": found,
        "link": link,
        "sessions": user_sessions.of(found),
        "has_password": found.has_usable_password(),
        "has_factor": totp.has_one(found),
        "invitation": found.invitations.filter(expires_at__gt=clock.now()).first(),
        "back_url": reverse(f"{site.name}:accounts_user_change", args=[found.pk]),
        "is_self": found.pk == actor.pk,
    }
    return render(request, "signin/person.html", context)
