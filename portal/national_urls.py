"""Addresses of the national host: the provinces, and the operators."""

from django.urls import include, path

from messaging.inbound import urls as messaging_urls
from messaging.provisioning import urls as provisioning_urls
from portal.pages import national_home, site_proof, theme_stylesheet
from portal.urls import handler400, handler500  # noqa: F401 – asked by Django
from tenants.organisation.staff_site.sites import operators_site

urlpatterns = [
    path("theme-<str:digest>.css", theme_stylesheet, name="theme"),
    path("<slug:proof>.html", site_proof),
    path("", national_home, name="national-home"),
    path("van-hanh/", operators_site.urls),
    path("", include(messaging_urls.national)),
    path("", include(provisioning_urls.national)),
]
