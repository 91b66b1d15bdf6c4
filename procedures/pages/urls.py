"""Addresses of the catalogue; printed on posters, so they stay."""

from django.urls import path

from procedures.pages import views

urlpatterns = [
    path("thu-tuc/", views.search_view, name="procedures"),
    path("thu-tuc/<str:code>/", views.procedure_view, name="procedure"),
]
