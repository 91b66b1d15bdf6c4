"""Pages of the staff's site and of the operators' site, before Django's own, and where people begin.

`STAFF_URLCONF` names this module; `tenants.organisation.staff_site.sites` reads it.
"""

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path

from tenants.operations.board import pages as board
from tenants.operations.onboarding import tables
from tenants.operations.readiness import desk as readiness
from tenants.organisation import desk as delegation
from tenants.organisation.staff_site.sites import operators_site, province_site


def _page(site: AdminSite, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    return path(route, site.admin_view(view), {"site": site}, name=name)


province = [
    _page(province_site, "uy-quyen/", delegation.lending, "lending"),
    _page(province_site, "san-sang/", readiness.readiness_page, "readiness"),
    _page(province_site, "du-lieu/", tables.overview, "exchange"),
    _page(province_site, "du-lieu/<slug:code>/", tables.bring_in, "exchange-part"),
    _page(province_site, "du-lieu/<slug:code>/tep.<str:kind>", tables.export, "exchange-export"),
]
operators = [
    _page(operators_site, "tinh/<slug:slug>/", board.province, "province"),
    _page(operators_site, "nhat-ky/", board.log, "log"),
]

landing = "admin:today"
"""Where roles that work on dossiers begin."""
missing = readiness.missing
"""What the first page of an administrator says besides Django's own."""
provinces = board.provinces
"""Where operators begin."""
