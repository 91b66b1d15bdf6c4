"""The telephone of the mock channel: what a citizen would have received, on a page."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from messaging.telephones import numbers_to_try, telephones


@require_safe
@cache_control(no_store=True)
def telephone(request: HttpRequest) -> HttpResponse:
    """`?so=` chooses the number; without it, or for a number nobody wrote to, the latest one is shown."""
    if "mock" not in settings.MESSAGING_CHANNELS:
        raise Http404
    context = telephones(request.GET.get("so", ""), page=request.path)
    return render(request, "messaging/telephone.html", {**context, "numbers": numbers_to_try()})
