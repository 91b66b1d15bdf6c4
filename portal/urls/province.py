"""Addresses of a province."""

from django.conf import settings
from django.urls import include, path

from portal.pages import about, handbook
from portal.pages.home import site_proof, theme_stylesheet
from tenants.admin.sites import province_site

urlpatterns = [
    path("theme-<str:digest>.css", theme_stylesheet, name="theme"),
    path("<slug:proof>.html", site_proof),
    path("quan-tri/ket-noi/", include("messaging.urls.consent")),
    path("quan-tri/goi-dien/", include("dossiers.desk.phone_calls")),
    path("quan-tri/huong-dan/", province_site.admin_view(handbook.index_page), name="handbook"),
    path(
        "quan-tri/huong-dan/anh/<str:name>",
        province_site.admin_view(handbook.picture),
        name="handbook-picture",
    ),
    path(
        "quan-tri/huong-dan/<slug:name>/", province_site.admin_view(handbook.text_page), name="handbook-page"
    ),
    path("quan-tri/bao-cao/", include("dossiers.reports.urls")),
    path("quan-tri/", province_site.urls),
    path("api/v1/", include("portal.api.urls")),
    path("tro-giup/", about.help_page, name="help"),
    path("quyen-rieng-tu/", about.privacy, name="privacy"),
    path("tiep-can/", about.accessibility, name="accessibility"),
    path("", include("messaging.urls.province")),
    path("", include("procedures.urls")),
    path("", include("dossiers.urls")),
]

if "mock" in settings.MESSAGING_CHANNELS:
    urlpatterns.append(path("dev/", include("messaging.urls.demo")))

handler400 = "portal.pages.home.bad_request"
handler403 = "portal.pages.home.forbidden"
handler404 = "portal.pages.home.not_found"
handler500 = "portal.pages.home.server_error"
