"""Citizens' addresses."""

from django.urls import path

from dossiers.citizen import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tra-cuu/", views.lookup_form, name="lookup"),
    path("ho-so/<str:code>/", views.progress, name="progress"),
    path("h/<str:token>/", views.dossier, name="dossier"),
]
