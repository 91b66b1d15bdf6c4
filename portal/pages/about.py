"""Pages about the portal itself: help, personal data, accessibility. The same for everybody, so they are cached."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from dossiers.presentation.status_meanings import meanings
from tenants.organisation.models import Agency

FRESH_SECONDS = 300


@require_safe
@conditional_page
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer GET /tro-giup/: how to look up, what the slip shows, what statuses mean, whom to call."""
    desks = Agency.objects.filter(is_desk=True, dissolved_on=None)
    return _kept(render(request, "citizen/help.html", {"meanings": meanings(), "desks": list(desks)}))


@require_safe
@conditional_page
def privacy(request: HttpRequest) -> HttpResponse:
    """Answer GET /quyen-rieng-tu/: what is stored, why, how long, and whom to ask."""
    return _kept(render(request, "citizen/privacy.html"))


@require_safe
@conditional_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """Answer GET /tiep-can/: what was built for whom, what was tried, and what was not."""
    return _kept(render(request, "citizen/accessibility.html"))


def _kept(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response
