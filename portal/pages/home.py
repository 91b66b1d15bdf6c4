"""Pages of the frame itself: the national home, the colours, the errors."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import theme
from portal.middleware import refuse
from tenants.isolation import province_cache
from tenants.web import absolute_urls


@require_safe
def national_home(request: HttpRequest) -> HttpResponse:
    """All provinces of this installation."""
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
    record = getattr(request, "province", None)
    css = theme.theme_css(record.brand, record.brand_dark, record.tint) if record else theme.default_css()
    if digest != theme.theme_hash(css):
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


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent)):
        return refuse(request, _("Nội dung gửi lên quá lớn."), status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from this site, or was open too long."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without database or context: it must work when nothing else does."""
    return HttpResponse(render_to_string("500.html", {"demo": settings.DEMO}), status=500)
