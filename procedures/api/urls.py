"""Addresses of the catalogue for programs, under /api/v1/."""

from django.urls import path

from procedures.api.views import ProcedureDoor, ProceduresDoor

urlpatterns = [
    path("procedures/", ProceduresDoor.as_view(), name="api-procedures"),
    path("procedures/<str:code>/", ProcedureDoor.as_view(), name="api-procedure"),
]
