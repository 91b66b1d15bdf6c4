"""Addresses of look-up. They stand in messages and on paper, and scripts of others use them, so they stay."""

from django.urls import path

from dossiers.lookup.public import desk_pages, holder_pages, notice_start, posters, views

urlpatterns = [
    path("tra-cuu/", views.lookup_form, name="lookup"),
    path("ho-so/<str:code>/", views.progress, name="progress"),
    path("ho-so-cua-toi/", views.my_dossiers, name="my-dossiers"),
    path("h/<str:token>/", views.dossier, name="dossier"),
    path("h/<str:token>/tin-bao/", holder_pages.notices, name="dossier-notices"),
    path("h/<str:token>/tin-bao/bat/", notice_start.start, name="dossier-notices-start"),
    path("h/<str:token>/lich.ics", views.calendar, name="dossier-calendar"),
    path("h/<str:token>/nhan-tin/", holder_pages.link, name="dossier-link"),
    path("h/<str:token>/danh-gia/", holder_pages.rate, name="dossier-rating"),
    path("h/<str:token>/chia-se/", holder_pages.share, name="dossier-share"),
    path("h/<str:token>/tep/<int:attachment_id>/", views.result_file, name="dossier-file"),
    path("noi-nop/", desk_pages.overview, name="desks"),
    path("noi-nop/<str:agency>/", desk_pages.one, name="desk"),
    path("ap-phich/", posters.overview, name="posters"),
    path("ap-phich/tra-cuu/", posters.lookup, name="lookup-poster"),
    path("ap-phich/tra-cuu/<str:agency>/", posters.lookup, name="desk-poster"),
    path("ap-phich/kenh/<str:service>/", posters.account, name="account-poster"),
]
