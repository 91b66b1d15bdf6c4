"""Pages for everybody about complaints: decisions that are public, and where denunciations go."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers.complaints import decisions
from dossiers.public_pages import pagination

PAGE_SIZE = 30


@require_safe
def public_decisions(request: HttpRequest) -> HttpResponse:
    """Decisions on complaints that the law wants public."""
    page = Paginator(decisions.published(), PAGE_SIZE).get_page(request.GET.get("trang", "1")[:6])
    context = {"decisions": list(page), "pagination": pagination(page, request.path)}
    return render(request, "citizen/decisions.html", context)


@require_safe
def denunciation(request: HttpRequest) -> HttpResponse:
    """Denunciations are not taken here; who takes them."""
    return render(request, "citizen/denunciation.html")
