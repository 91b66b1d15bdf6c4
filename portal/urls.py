"""Addresses of a province, its API among them."""

from django.conf import settings
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from dossiers.exchange.acts_api import ActsDoor
from dossiers.exchange.dossiers_api import DossierDoor, DossiersDoor, TransitionsDoor
from dossiers.exchange.events_api import EventsDoor
from dossiers.exchange.feeds.api import FeedDoor
from dossiers.exchange.files_api import FileDoor, FilesDoor
from dossiers.lookup.api import LookupDoor
from dossiers.statistics.api import StatisticsDoor
from messaging.inbound import urls as messaging_urls
from messaging.provisioning import urls as provisioning_urls
from portal import api, handbook, pages
from portal.demo.ministry import pretended_system
from portal.demo.phone_page import telephone
from procedures.catalogue.urls import api_urlpatterns
from tenants.organisation.staff_site.sites import province_site

# Short addresses that guides and bookmarks of others use; the pages stand with the list of dossiers.
_SHORT = {"quay": "dossiers_dossier_add", "quet": "scan", "hom-nay": "today"}

urlpatterns = [
    path("theme-<str:digest>.css", pages.theme_stylesheet, name="theme"),
    path("<slug:proof>.html", pages.site_proof),
    path("quan-tri/ket-noi/", include(provisioning_urls.province)),
    path("quan-tri/goi-dien/", include("dossiers.desk.phone_calls")),
    *(
        path(f"quan-tri/huong-dan/{route}", province_site.admin_view(view), name=name)
        for route, view, name in (
            ("", handbook.text_page, "handbook"),
            ("anh/<str:name>", handbook.picture, "handbook-picture"),
            ("<slug:name>/", handbook.text_page, "handbook-page"),
        )
    ),
    path("quan-tri/bao-cao/", include("dossiers.desk.reports.pages")),
    *(
        path(
            f"quan-tri/{short}/",
            province_site.admin_view(
                require_safe(RedirectView.as_view(pattern_name=f"admin:{name}", query_string=True))
            ),
        )
        for short, name in _SHORT.items()
    ),
    path("quan-tri/", province_site.urls),
    path("api/v1/schema/", api.SchemaView.as_view(), name="api-schema"),
    path("api/v1/docs/", api.documentation, name="api-docs"),
    path("api/v1/", include(api_urlpatterns)),
    path("api/v1/feeds/<slug:source>/", FeedDoor.as_view(), name="api-feed"),
    path("api/v1/dossiers/", DossiersDoor.as_view(), name="api-dossiers"),
    path("api/v1/dossiers/<str:code>/", DossierDoor.as_view(), name="api-dossier"),
    path("api/v1/dossiers/<str:code>/transitions/", TransitionsDoor.as_view(), name="api-transitions"),
    path("api/v1/dossiers/<str:code>/acts/", ActsDoor.as_view(), name="api-acts"),
    path("api/v1/dossiers/<str:code>/files/", FilesDoor.as_view(), name="api-files"),
    path("api/v1/dossiers/<str:code>/files/<int:attachment_id>/", FileDoor.as_view(), name="api-file"),
    path("api/v1/events/", EventsDoor.as_view(), name="api-events"),
    path("api/v1/lookup/", LookupDoor.as_view(), name="api-lookup"),
    path("api/v1/statistics/", StatisticsDoor.as_view(), name="api-statistics"),
    path("tro-giup/", pages.help_page, name="help"),
    path("quyen-rieng-tu/", pages.privacy, name="privacy"),
    path("tiep-can/", pages.accessibility, name="accessibility"),
    path("", include(messaging_urls.province)),
    path("", include("procedures.catalogue.urls")),
    path("", pages.home, name="home"),
    path("", include("dossiers.lookup.public.urls")),
    path("", include("dossiers.filing.public.urls")),
    path("", include("messaging.broadcasts.urls")),
    path("", include("dossiers.feedback.urls")),
    path("", include("dossiers.statistics.transparency.urls")),
]

if "mock" in settings.MESSAGING_CHANNELS:
    urlpatterns += [
        path("dev/dien-thoai/", telephone, name="telephone"),
        path("dev/he-thong-bo/", pretended_system, name="pretended-system"),
    ]

handler400 = "portal.pages.bad_request"
handler500 = "portal.pages.server_error"
