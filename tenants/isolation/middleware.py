"""Host → province. Also the exact list of hosts: an unknown one gets 404 and nothing else, a paused province 503."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import set_urlconf
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tenants.isolation import province_cache, signing
from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince

STAFF_PATH = "/quan-tri/"
# Callbacks are accepted while no page is served: a provider stops calling after long refusal.
CALLBACK_PATH = "/webhooks/"
HOST = re.compile(r"\A([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)\.?(?::([0-9]{1,5}))?\Z")


def split_host(raw: str) -> tuple[str, int | None]:
    """Host in lower case without trailing dot, and port, from a Host header; ("", None) if it is no host."""
    found = HOST.match(raw.strip().lower()) if len(raw) <= 300 else None
    if found is None:
        return "", None
    return found[1], int(found[2]) if found[2] else None


class ProvinceMiddleware:
    """Puts the connection into the province of the host and chooses its pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = connection.tenant
        connection.set_schema_to_public()
        try:
            return self.answer(request)
        finally:
            connection.set_tenant(before)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response of the host's province, or why there is none."""
        host, _port = split_host(request.META.get("HTTP_HOST", ""))
        try:
            # In a demonstration on a LAN a port stands for a province, since phones know no `*.localhost`.
            if slug := settings.PROVINCE_PORTS.get(request.META.get("SERVER_PORT", "")):
                province: ProvinceRecord | None = province_cache.by_slug(slug)
            else:
                province = None if host == settings.NATIONAL_HOST else province_cache.by_host(host)
        except UnknownProvince:
            return HttpResponseNotFound(
                _("Không có cổng một cửa nào ở địa chỉ này.") + "\n", content_type="text/plain; charset=utf-8"
            )
        if province is not None:
            if request.path == signing.HOST_PROOF_PATH:
                proof = signing.host_proof(province) + "\n"
                return HttpResponse(proof, content_type="text/plain; charset=utf-8")
            if not (province.is_open or self.is_heard(province, request.path)):
                paused: Callable[[ProvinceRecord], HttpResponse] = import_string(settings.PAUSED_VIEW)
                return paused(province)
            connection.set_tenant(province)
        request.province = province  # type: ignore[attr-defined]
        request.urlconf = settings.ROOT_URLCONF if province else settings.PUBLIC_SCHEMA_URLCONF
        set_urlconf(request.urlconf)
        return self.get_response(request)

    @staticmethod
    def is_heard(province: ProvinceRecord, path: str) -> bool:
        """Whether this address of a province answers although the province is closed."""
        if province.is_being_prepared and path.startswith(STAFF_PATH):
            return True
        return path.startswith(CALLBACK_PATH) and not province.is_at_rest
