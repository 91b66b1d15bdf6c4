"""The two admin sites: staff of a province at /quan-tri/, operators at /van-hanh/ on the national host."""

from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

# Unfold's Alpine build evaluates expressions. Only the staff pages are relaxed for it.
RELAXED = {"script-src": ["'unsafe-eval'", "'unsafe-inline'"], "style-src": ["'unsafe-inline'"]}


class StaffSite(UnfoldAdminSite):
    """Common ground of both sites."""

    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_update(RELAXED)(super().admin_view(view, cacheable))

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)


class ProvinceSite(StaffSite):
    site_title = _("Một Cửa – bàn làm việc")
    site_header = _("Một Cửa")
    index_title = _("Bàn làm việc")


class OperatorsSite(StaffSite):
    settings_name = "UNFOLD_OPERATORS"
    site_title = _("Một Cửa – vận hành")
    site_header = _("Vận hành Một Cửa")
    index_title = _("Vận hành")


province_site = ProvinceSite(name="admin")
operators_site = OperatorsSite(name="operators")
