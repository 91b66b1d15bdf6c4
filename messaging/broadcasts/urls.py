"""Addresses of a province's news, read by people and by feed readers. They stay."""

from django.urls import path

from messaging.broadcasts import public

urlpatterns = [
    path("thong-bao/", public.current, name="announcements"),
    path("thong-bao/atom.xml", public.atom, name="announcements-atom"),
    path("thong-bao/nam/<int:year>/", public.of_year, name="announcements-of-year"),
    path("thong-bao/<int:number>/", public.one, name="announcement"),
]
