"""Addresses of dossiers and their figures for programs, under /api/v1/."""

from django.urls import path

from dossiers.lookup.api.views import LookupDoor
from dossiers.statistics.api.views import StatisticsDoor

urlpatterns = [
    path("lookup/", LookupDoor.as_view(), name="api-lookup"),
    path("statistics/", StatisticsDoor.as_view(), name="api-statistics"),
]
