"""Addresses of published figures, read by people and by scripts of others. They stay."""

from django.urls import path

from dossiers.statistics.transparency import views

urlpatterns = [
    path("minh-bach/", views.transparency, name="transparency"),
    path("minh-bach.json", views.as_json, name="transparency-json"),
    path("minh-bach.csv", views.as_csv, name="transparency-csv"),
    path("minh-bach.schema.json", views.schema, name="transparency-schema"),
]
