"""Addresses about complaints, for everybody."""

from django.urls import path

from dossiers.complaints import views

urlpatterns = [
    path("quyet-dinh-khieu-nai/", views.public_decisions, name="public-decisions"),
    path("to-cao/", views.denunciation, name="denunciation"),
]
