"""Addresses of the national host: the provinces, and the operators."""

from django.urls import include, path

from portal.pages.home import national_home, site_proof, theme_stylesheet
from tenants.admin.sites import operators_site

urlpatterns = [
    path("theme-<str:digest>.css", theme_stylesheet, name="theme"),
    path("<slug:proof>.html", site_proof),
    path("", national_home, name="national-home"),
    path("van-hanh/", operators_site.urls),
    path("", include("messaging.urls.national")),
]

handler400 = "portal.pages.home.bad_request"
handler403 = "portal.pages.home.forbidden"
handler404 = "portal.pages.home.not_found"
handler500 = "portal.pages.home.server_error"
