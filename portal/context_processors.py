"""What every page knows: its province, whether it is a demonstration, its language."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers.lifecycle.desk.frame import frame
from dossiers.lifecycle.rules.codes import example_code
from messaging.broadcasts import words as announcing
from portal import handbook, pages
from tenants.isolation.backend import connection, server
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import absolute_urls


@dataclass(frozen=True)
class PageProvince:
    """A province as templates see it."""

    slug: str
    name: str
    short_name: str
    hotline: str
    hotline_href: str
    opening_text: str
    theme_url: str
    example_code: str


@lru_cache(maxsize=256)
def page_province(record: ProvinceRecord) -> PageProvince:
    """The template's view of a province record."""
    css = pages.theme_css(record.brand, record.brand_dark, record.tint)
    digits = "".join(character for character in record.hotline if character.isdigit())
    return PageProvince(
        slug=record.slug,
        name=record.name,
        short_name=record.short_name,
        hotline=record.hotline,
        hotline_href=f"tel:{digits}" if digits else "",
        opening_text=record.hours,
        theme_url=f"/theme-{pages.theme_hash(css)}.css",
        example_code=example_code(record.agency_code),
    )


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor of all pages."""
    record = getattr(request, "province", None)
    language = get_language() or settings.LANGUAGE_CODE
    other = "en" if language == "vi" else "vi"
    query = request.GET.copy()
    query["lang"] = other
    return {
        "province": page_province(record) if record else None,
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


class NavigationLink(NamedTuple):
    """A main page, as the navigation names it."""

    key: str
    label: str
    url: str


@lru_cache(maxsize=16)
def _navigation(language: str) -> tuple[NavigationLink, ...]:
    links = (
        NavigationLink("lookup", _("Tra cứu"), handbook.reverse_or_empty("lookup")),
        NavigationLink("procedures", _("Thủ tục"), handbook.reverse_or_empty("procedures")),
        NavigationLink("announcements", _("Thông báo"), handbook.reverse_or_empty("announcements")),
        NavigationLink("transparency", _("Minh bạch"), handbook.reverse_or_empty("transparency")),
    )
    return tuple(link for link in links if link.url)


def site_header(request: HttpRequest) -> str:
    """Name of the province in the head of the staff pages."""
    tenant = connection.tenant
    return tenant.short_name if isinstance(tenant, ProvinceRecord) else _("Một Cửa")


def theme_address(request: HttpRequest) -> str:
    """Stylesheet with the colours of the province, or of the installation."""
    record = getattr(request, "province", None)
    if record is not None:
        return page_province(record).theme_url
    return f"/theme-{pages.theme_hash(pages.default_css())}.css"


def staff_frame(request: HttpRequest) -> dict[str, Any]:
    """What every staff page says around its content."""
    return {**frame(request), "handbook_url": handbook.address_for(request)}
