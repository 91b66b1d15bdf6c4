"""Addresses of the figures; scripts of others use them, so they stay."""

from django.urls import path

from dossiers.transparency import views

urlpatterns = [
    path("minh-bach/", views.transparency, name="transparency"),
    path("minh-bach.json", views.as_json, name="transparency-json"),
    path("minh-bach.csv", views.as_csv, name="transparency-csv"),
    path("minh-bach.schema.json", views.schema, name="transparency-schema"),
]
