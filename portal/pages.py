"""Pages of the frame itself: the national home, help, personal data, accessibility, a province's colours, errors.

Help, personal data and accessibility are the same for everybody, so they are cached. Whether a province's colours
can be read is checked when its folder is applied.
"""

import hashlib
import re
import sys
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.filing.public import start as filing
from dossiers.lookup.public.views import LookupForm
from dossiers.lookup.words.stages import meanings
from messaging.broadcasts import words as announcing
from messaging.broadcasts.queries import outage_ends
from portal.middleware import DatabaseFailureMiddleware, refuse
from procedures.catalogue.contents.filing_rules import own_rules, shown_rules
from procedures.catalogue.life_events import pages as life_events
from procedures.catalogue.search import search
from tenants import clock
from tenants.accounts.signin import unsent_form
from tenants.accounts.signin import views as signin
from tenants.isolation import province_cache
from tenants.isolation.backend import server
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.kept_pages import kept_page
from tenants.organisation.staff_site.sites import operators_site, province_site
from tenants.web import absolute_urls

FRESH_SECONDS = 300
MOST_FORMS = 5
"""So many of the forms open here stand on the home page."""
_public = kept_page("catalogue", seconds=FRESH_SECONDS)
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@require_safe
def national_home(request: HttpRequest) -> HttpResponse:
    provinces = [
        {
            "name": record.name,
            "url": absolute_urls.province_url(record),
            "hotline": record.hotline,
            "state": record.state,
        }
        for record in province_cache.all_records()
        if record.is_open
    ]
    return render(request, "national/home.html", {"provinces": provinces})


@require_safe
def theme_stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """A province's three colours as a stylesheet, cached for ever under its own hash."""
    css = theme_of(request)
    if digest != theme_hash(css):
        raise Http404
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def site_proof(request: HttpRequest, proof: str) -> HttpResponse:
    """A file by which a provider sees that this host is ours; not found unless it was set up."""
    record = getattr(request, "province", None)
    if f"{proof}.html" not in absolute_urls.verification_files(record):
        raise Http404
    return render(request, "site_proof.html")


@_public
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer GET /tro-giup/: what holds of filing anything, looking up, the slip, the statuses, the hotline."""
    try:
        own = own_rules()
    except DatabaseError:
        own = {}  # the hotline is wanted most while the database is away
    rules = shown_rules("", "", (), own=own)
    return render(request, "citizen/help.html", {"meanings": meanings(), "rules": rules})


@_public
def privacy(request: HttpRequest) -> HttpResponse:
    """Answer GET /quyen-rieng-tu/: stored data, its purpose and duration, and the contact."""
    return render(request, "citizen/privacy.html")


@_public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Answer GET /tiep-can/: aids, what was tried with readers, and what was not."""
    return render(request, "citizen/accessibility.html")


def theme_of(request: HttpRequest) -> str:
    """The stylesheet with the colours of the request's province, or of pages that belong to none."""
    record = getattr(request, "province", None)
    return theme_css(record.brand, record.brand_dark, record.tint) if record else theme_css()


@lru_cache(maxsize=256)
def theme_css(brand: str = "#0B5394", brand_dark: str = "#073A68", tint: str = "#EAF1F8") -> str:
    """The stylesheet that sets these colours, the same text for the same colours.

    Colours are `#rrggbb`. Raises ValueError for anything else: the text goes to the browser as it is.
    """
    colours = {"--mc-brand": brand, "--mc-brand-dark": brand_dark, "--mc-tint": tint}
    if not all(map(_HEX_COLOUR.fullmatch, colours.values())):
        raise ValueError(f"not colours of the form #rrggbb: {colours!r}")
    return ":root{" + ";".join(f"{name}:{colour.lower()}" for name, colour in colours.items()) + "}"


def theme_hash(css: str) -> str:
    """Twelve hexadecimal digits that change with the stylesheet, for its address."""
    return hashlib.sha256(css.encode()).hexdigest()[:12]


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent)):
        return refuse(request, _("Nội dung gửi lên quá lớn."), status=413)
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from this site, or was open too long; staff may send a form of their desk again."""
    site = province_site if request.province else operators_site  # type: ignore[attr-defined]
    # Its own token of before: the form was open while its person signed in again in another window.
    is_ours = "csrfmiddlewaretoken" in request.POST and reason.startswith("CSRF token")
    if is_ours and request.path.startswith(reverse(f"{site.name}:index")) and site.has_permission(request):
        form = unsent_form.of_request(request)
        if form is not None:
            return signin.show_unsent(request, site, [form], status=403)
    return render(request, "403.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without database or context: it must work when nothing else does."""
    error = sys.exc_info()[1]
    answer = error and DatabaseFailureMiddleware.process_exception(request, error)
    return answer or HttpResponse(render_to_string("500.html", {"demo": settings.DEMO}), status=500)


@kept_page("catalogue", also=lambda: repr(announcing.latest()))
def home(request: HttpRequest) -> HttpResponse:
    """The question, the look-up box, the search box, the forms open here, life events, the newest announcements."""
    open_here = filing.open_here()
    context = {
        "lookup_form": LookupForm(),
        "filing_forms": open_here[:MOST_FORMS],
        "more_forms": open_here[MOST_FORMS:],
        "life_events": life_events.cards(life_events.MOST_ON_HOME),
        "popular": search.popular(),
        "announcements": announcing.latest(),
    }
    return render(request, "citizen/home.html", context)


def paused(province: ProvinceRecord) -> HttpResponse:
    """The page of a province that serves no other now; PAUSED_VIEW. Outside the province."""
    until = None
    if province.state == "paused":
        try:
            with province_context(province):
                until = outage_ends()
        except DatabaseError as error:
            # The page that says “we are paused” must come even when the database is why.
            server.note_failure(error, "when the pause of a province ends")
    context = {
        "province": province,
        "demo": province.demo,
        "until": until and until.astimezone(clock.VIETNAM),
    }
    response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = "600"
    response["Cache-Control"] = "no-store"
    return response
