"""What every page knows: its province, whether it is a demonstration, its language."""

from collections.abc import Hashable
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers.lifecycle.desk.frame import frame
from messaging.broadcasts import words as announcing
from portal import handbook, pages
from tenants.isolation.backend import connection, server
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import absolute_urls


def page(request: HttpRequest) -> dict[str, Any]:
    record = getattr(request, "province", None)
    language = get_language() or settings.LANGUAGE_CODE
    other = "en" if language == "vi" else "vi"
    query = request.GET.copy()
    query["lang"] = other
    return {
        "province": record,
        "theme_url": theme_address(request) if record else "",
        "demo": settings.DEMO or bool(record and record.demo),
        "site_proofs": absolute_urls.verification_tags(record),
        "language": language,
        # A path that begins with two slashes would name another site.
        "other_language_url": f"/{request.path.lstrip('/')}?{query.urlencode()}",
        "nav_links": _navigation(language) if record else (),
        "alerts": partial(_alerts, request.path) if record else {},
    }


def _alerts(path: str) -> dict[str, Any]:
    """What stands on top of every page of the province; asked by templates that show it, and by no other."""
    try:
        return announcing.alerts(path)
    except DatabaseError as error:
        # The page says itself what is wrong; a banner must not be why it cannot.
        server.note_failure(error, "announcements for the top of a page")
        return {}


def frame_of(request: HttpRequest) -> Hashable:
    """What stands around the content of a page and is no part of its address: for those who keep pages."""
    return repr(_alerts(request.path))


@lru_cache(maxsize=16)
def _navigation(language: str) -> tuple[tuple[str, str, str], ...]:
    labels = {
        "lookup": _("Tra cứu"),
        "procedures": _("Thủ tục"),
        "announcements": _("Thông báo"),
        "transparency": _("Minh bạch"),
    }
    return tuple((name, label, reverse(name)) for name, label in labels.items())


def site_header(request: HttpRequest) -> str:
    """Name of the province in the head of the staff pages."""
    tenant = connection.tenant
    return tenant.short_name if isinstance(tenant, ProvinceRecord) else _("Một Cửa")


def theme_address(request: HttpRequest) -> str:
    """Stylesheet with the colours of the province, or of the installation."""
    return f"/theme-{pages.theme_hash(pages.theme_of(request))}.css"


def staff_frame(request: HttpRequest) -> dict[str, Any]:
    """What every staff page says around its content."""
    return {**frame(request), "handbook_url": handbook.address_for(request)}
