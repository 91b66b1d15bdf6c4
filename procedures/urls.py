"""Addresses of the catalogue; those of the pages are printed on posters, so they stay."""

from django.urls import path

from procedures import api, pages

urlpatterns = [
    path("thu-tuc/", pages.search_view, name="procedures"),
    path("thu-tuc/<str:code>/", pages.procedure_view, name="procedure"),
]
api_urlpatterns = [
    path("procedures/", api.ProcedureListView.as_view(), name="api-procedures"),
    path("procedures/<str:code>/", api.ProcedureView.as_view(), name="api-procedure"),
]
