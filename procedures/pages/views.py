"""The two catalogue pages: the search, and one procedure. No cookie, no session, no user."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from procedures.formats.base import base_code
from procedures.pages import poster as posters
from procedures.pages import presentation


@require_safe
def search_view(request: HttpRequest) -> HttpResponse:
    """Answer GET /thu-tuc/?q=&linh-vuc=&cap=&cach-nop=&trang=."""
    return render(request, "citizen/procedure_search.html", presentation.search_page(request.GET))


@require_safe
def procedure_view(request: HttpRequest, code: str) -> HttpResponse:
    """Answer GET /thu-tuc/<code>/, as a poster with `?in=poster`.

    A code with an agency suffix leads to the procedure itself.
    """
    national = base_code(code[:60])
    if national and national != code:
        query = "?in=poster" if request.GET.get("in") == "poster" else ""
        return redirect(reverse("procedure", args=[national]) + query, permanent=True)
    if request.GET.get("in") == "poster":
        return _poster(request, national)
    page = presentation.procedure_page(national) if national else None
    if page is None:
        raise Http404(_("Không có thủ tục này trong danh mục của tỉnh."))
    return render(request, "citizen/procedure.html", {"procedure": page})


def _poster(request: HttpRequest, code: str) -> HttpResponse:
    poster = posters.of_procedure(code) if code else None
    if poster is None:
        raise Http404(_("Không có thủ tục này trong danh mục của tỉnh."))
    return render(request, "citizen/poster.html", {"poster": poster})
