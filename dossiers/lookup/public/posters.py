"""Posters for a wall: where to look a dossier up, and the province's accounts elsewhere. For anybody to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.channels.accounts.channel_accounts import public_accounts
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency
from tenants.web.absolute_urls import absolute
from tenants.web.qr import Poster


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All posters that there are, and how those of procedures are found."""
    context = {"desks": _desks(), "accounts": public_accounts()}
    return _unindexed(render(request, "lookup/posters.html", context))


@require_safe
def lookup(request: HttpRequest, agency: str = "") -> HttpResponse:
    """“Look your dossier up here”, with the desk's own name and telephone when one is named."""
    province = current_province()
    desk = next((desk for desk in _desks() if desk.code == agency), None)
    if agency and desk is None:
        raise Http404
    poster = Poster(
        title=_("Tra cứu hồ sơ tại đây"),
        lead=_("Quét mã rồi gõ mã hồ sơ và mã tra cứu in trên giấy hẹn, để biết hồ sơ đang ở đâu"),
        url=absolute(reverse("lookup")),
        back=reverse("posters"),
        place=desk.local_name if desk else province.name,
        phone=desk.phone if desk and desk.phone else province.hotline,
        hours=desk.hours if desk and desk.hours else province.hours,
    )
    return _unindexed(render(request, "citizen/poster.html", {"poster": poster}))


@require_safe
def account(request: HttpRequest, service: str) -> HttpResponse:
    """The province's own page at a service, such as its Official Account; 404 where it has none."""
    province = current_province()
    found = next((one for one in public_accounts() if one.code == service), None)
    if found is None:
        raise Http404
    poster = Poster(
        title=_("Nhận tin hồ sơ qua %(service)s") % {"service": found.service},
        lead=_("Quét mã để mở trang %(service)s của %(name)s rồi bấm Quan tâm")
        % {"service": found.service, "name": province.name[:1].lower() + province.name[1:]},
        url=found.url,
        back=reverse("posters"),
        place=province.name,
        phone=province.hotline,
        hours=province.hours,
    )
    return _unindexed(render(request, "citizen/poster.html", {"poster": poster}))


def _desks() -> list[Agency]:
    return list(Agency.objects.filter(is_desk=True, dissolved_on=None))


def _unindexed(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response
