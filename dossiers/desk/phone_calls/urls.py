"""Addresses of the desk's list of calls, within the staff's site."""

from django.urls import path

from dossiers.desk.phone_calls import pages
from tenants.admin.sites import province_site

_guarded = province_site.admin_view

urlpatterns = [
    path("", _guarded(pages.listing), name="calls"),
    path("<int:call_id>/", _guarded(pages.one), name="call"),
    path("<int:call_id>/so/", _guarded(pages.number), name="call-number"),
]
