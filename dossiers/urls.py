"""Citizens' addresses."""

from django.urls import path

from dossiers.citizen import (
    link_code_page,
    notice_page,
    posters,
    rating_page,
    result_files,
    share_page,
    views,
)
from dossiers.complaints.urls import urlpatterns as complaints
from dossiers.feedback.urls import urlpatterns as feedback
from dossiers.public_news.urls import urlpatterns as announcing
from dossiers.transparency.urls import urlpatterns as transparency

urlpatterns = [
    path("", views.home, name="home"),
    path("tra-cuu/", views.lookup_form, name="lookup"),
    path("ho-so/<str:code>/", views.progress, name="progress"),
    path("h/<str:token>/", views.dossier, name="dossier"),
    path("h/<str:token>/tin-bao/", notice_page.notices, name="dossier-notices"),
    path("h/<str:token>/nhan-tin/", link_code_page.link, name="dossier-link"),
    path("h/<str:token>/danh-gia/", rating_page.rate, name="dossier-rating"),
    path("h/<str:token>/chia-se/", share_page.share, name="dossier-share"),
    path("h/<str:token>/tep/<int:attachment_id>/", result_files.read, name="dossier-file"),
    path("ap-phich/", posters.overview, name="posters"),
    path("ap-phich/tra-cuu/", posters.lookup, name="lookup-poster"),
    path("ap-phich/tra-cuu/<str:agency>/", posters.lookup, name="desk-poster"),
    path("ap-phich/kenh/<str:service>/", posters.account, name="account-poster"),
    *announcing,
    *feedback,
    *complaints,
    *transparency,
]
