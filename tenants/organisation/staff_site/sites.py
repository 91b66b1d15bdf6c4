"""The two admin sites: staff of a province at /quan-tri/, operators at /van-hanh/ on the national host."""

from functools import wraps
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from tenants.accounts.models import User
from tenants.accounts.signin import audit_trail, unsent_form, views
from tenants.organisation.rights import agencies_of, roles_anywhere
from tenants.organisation.staff_site import account_pages


def _pages() -> Any:
    """The pages of both sites, which stand above this app: named by a setting, as `ROOT_URLCONF` is."""
    return import_module(settings.STAFF_URLCONF)


class StaffSite(UnfoldAdminSite):
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's own guard; a form that comes after its session had ended is kept until the person signed in again."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST":
                if not self.has_permission(request):
                    unsent_form.keep(request)
                elif unsent_form.SENT_AGAIN in request.POST:
                    unsent_form.drop(request, request.POST[unsent_form.SENT_AGAIN])
            return guarded(request, *args, **kwargs)

        return door

    def get_urls(self) -> list[URLResolver | URLPattern]:
        mine = {"site": self}
        return [
            path("dang-nhap/ma/", views.code, mine, name="sign-in-code"),
            path("dang-nhap/ung-dung/", views.app, mine, name="sign-in-app"),
            path("dang-nhap/sso/", views.sso, mine, name="sign-in-sso"),
            path("dang-nhap/sso/ve/", views.sso_return, mine, name="sign-in-sso-return"),
            path("loi-moi/<str:token>/", views.invitation, mine, name="invitation"),
            path("gui-lai/", self.admin_view(views.unsent), mine, name="unsent-form"),
            path("tai-khoan/khoa/", self.admin_view(account_pages.own_passkeys), mine, name="passkeys"),
            path("tai-khoan/sso/", self.admin_view(account_pages.own_identity), mine, name="sso-link"),
            path("tai-khoan/", self.admin_view(account_pages.account), mine, name="account"),
            # Django's shortcut to "view on site" knows nothing of a province's rights; no page leads there.
            *(one for one in super().get_urls() if getattr(one, "name", None) != "view_on_site"),
        ]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return views.password(request, self)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out and come back to the first step. A link alone signs no one out."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if isinstance(request.user, User):
            audit_trail.record("left", request.user, request=request, actor=request.user)
        logout(request)
        return redirect(reverse(f"{self.name}:login"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Change one's own password; the sessions elsewhere end with the former one."""
        response = super().password_change(request, extra_context)
        if response.status_code == HTTPStatus.FOUND and isinstance(request.user, User):
            audit_trail.record("password_changed", request.user, request=request, actor=request.user)
        return response


class ProvinceSite(StaffSite):
    site_title = _("Một Cửa – bàn làm việc")
    site_header = _("Một Cửa")
    index_title = _("Bàn làm việc")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [*_pages().province, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Roles that work on dossiers begin at the landing page; administrators and other roles see what the province
        still lacks and all that there is for them; an account without a role sees a notice."""
        if isinstance(request.user, User) and (found := agencies_of(request.user)) is not None:
            if found:
                return redirect(_pages().landing)
            if not roles_anywhere(request.user):
                text = _("Tài khoản này chưa được phân công ở cơ quan nào. Xin nhờ quản trị tỉnh phân công.")
                messages.warning(request, text)
                return redirect("admin:account")
        return super().index(request, {**_pages().missing(request, self), **(extra_context or {})})


class OperatorsSite(StaffSite):
    settings_name = "UNFOLD_OPERATORS"
    site_title = _("Một Cửa – vận hành")
    site_header = _("Vận hành Một Cửa")
    index_title = _("Vận hành")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [*_pages().operators, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Operators begin at the board of all provinces; without the right to it, at the list of their pages."""
        if isinstance(request.user, User) and request.user.has_perm("tenants.view_province"):
            return _pages().provinces(request, self)
        return super().index(request, extra_context)


province_site = ProvinceSite(name="admin")
operators_site = OperatorsSite(name="operators")
