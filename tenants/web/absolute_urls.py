"""Full addresses of provinces, for messages, QR codes and lists. Built from the stored host, never from a
request's Host header."""

from django.conf import settings

from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord


def province_url(record: ProvinceRecord, path: str = "/") -> str:
    """Address of a path on the province's primary host.

    In a demonstration on a LAN, on the port that stands for the province: phones know no `*.localhost`.
    """
    for port, slug in settings.PROVINCE_PORTS.items():
        if settings.LAN_HOST and slug == record.slug:
            return f"http://{settings.LAN_HOST}:{port}{path}"
    return f"{settings.PUBLIC_SCHEME}://{record.host}{_port()}{path}"


def absolute(path: str) -> str:
    """Address of a path in the current province."""
    return province_url(current_province(), path)


def national_url(path: str = "/") -> str:
    """Address of a path on the national host."""
    return f"{settings.PUBLIC_SCHEME}://{settings.NATIONAL_HOST}{_port()}{path}"


def _port() -> str:
    default = {"https": "443", "http": "80"}[settings.PUBLIC_SCHEME]
    port = settings.PUBLIC_PORT
    return f":{port}" if port and port != default else ""
