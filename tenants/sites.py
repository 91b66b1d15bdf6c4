"""The two admin sites: staff of a province at /quan-tri/, operators at /van-hanh/ on the national host."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    """Common ground of both sites."""

    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)


class ProvinceSite(StaffSite):
    """The staff's desk. `landing` is the page where people begin; a room above names it."""

    landing = ""

    site_title = _("Một Cửa – bàn làm việc")
    site_header = _("Một Cửa")
    index_title = _("Bàn làm việc")

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Staff begin at the landing page; administrators see all that there is."""
        if self.landing and not request.user.is_superuser and self.has_permission(request):
            return redirect(self.landing)
        return super().index(request, extra_context)


class OperatorsSite(StaffSite):
    settings_name = "UNFOLD_OPERATORS"
    site_title = _("Một Cửa – vận hành")
    site_header = _("Vận hành Một Cửa")
    index_title = _("Vận hành")


province_site = ProvinceSite(name="admin")
operators_site = OperatorsSite(name="operators")
