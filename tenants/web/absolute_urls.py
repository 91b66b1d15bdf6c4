"""Public addresses of a province: absolute URLs, proofs that its host is ours, and its accounts elsewhere.

URLs are built from the stored host, never from a request's Host header. Proofs are asked for by providers and are no
secrets. Those of the installation (SITE_VERIFICATIONS) stand on all hosts, those of a province (`site_verifications`
of its folder) on its own. `name=content` is a tag of the home page, `name.html` a file, which holds the tags as well.
"""

import re

from django.conf import settings

from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord

_TAG = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,79})=([A-Za-z0-9._/+=-]{1,120})\Z")
_FILE = re.compile(r"[A-Za-z0-9_-]{1,100}\.html\Z")


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


def is_proof(text: str) -> bool:
    """Whether this is written as a proof has to be."""
    return bool(_TAG.match(text) or _FILE.match(text))


def verification_tags(record: ProvinceRecord | None) -> list[tuple[str, str]]:
    """Names and contents of the tags for the home page of a province, or of the national host."""
    found = (_TAG.match(text) for text in _of(record))
    return [(tag[1], tag[2]) for tag in found if tag]


def verification_files(record: ProvinceRecord | None) -> list[str]:
    """Names of the files at the root of this host."""
    return [text for text in _of(record) if _FILE.match(text)]


def _of(record: ProvinceRecord | None) -> tuple[str, ...]:
    return (*settings.SITE_VERIFICATIONS, *(record.site_verifications if record else ()))
