"""Addresses of the reports, within the staff's site."""

from django.urls import path

from dossiers.reports import pages
from tenants.admin.sites import province_site

_guarded = province_site.admin_view

urlpatterns = [
    path("", _guarded(pages.page), name="reports"),
    path("bao-cao.xlsx", _guarded(pages.as_workbook), name="report-workbook"),
    path("bao-cao.pdf", _guarded(pages.as_sheet), name="report-sheet"),
]
