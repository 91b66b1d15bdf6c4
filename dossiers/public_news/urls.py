"""Addresses of announcements; they stand in messages and on paper, so they stay."""

from django.urls import path

from dossiers.public_news import views

urlpatterns = [
    path("thong-bao/", views.current, name="announcements"),
    path("thong-bao/atom.xml", views.atom, name="announcements-atom"),
    path("thong-bao/nam/<int:year>/", views.of_year, name="announcements-of-year"),
    path("thong-bao/<int:number>/", views.one, name="announcement"),
]
