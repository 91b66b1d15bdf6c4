"""Proofs that a host is ours, which providers ask for: tags of the home page, and files beside it.

They are no secrets. Those of the installation (SITE_VERIFICATIONS) stand on all hosts, those of a province
(`site_verifications` of its folder) on its own. `name=content` is a tag, `name.html` a file, which holds the
tags as well.
"""

import re

from django.conf import settings

from tenants.isolation.province_cache import ProvinceRecord

_TAG = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,79})=([A-Za-z0-9._/+=-]{1,120})\Z")
_FILE = re.compile(r"[A-Za-z0-9_-]{1,100}\.html\Z")


def is_proof(text: str) -> bool:
    """Whether this is written as a proof has to be."""
    return bool(_TAG.match(text) or _FILE.match(text))


def metas(record: ProvinceRecord | None) -> list[tuple[str, str]]:
    """Names and contents of the tags for the home page of a province, or of the national host."""
    found = (_TAG.match(text) for text in _of(record))
    return [(tag[1], tag[2]) for tag in found if tag]


def files(record: ProvinceRecord | None) -> list[str]:
    """Names of the files at the root of this host."""
    return [text for text in _of(record) if _FILE.match(text)]


def _of(record: ProvinceRecord | None) -> tuple[str, ...]:
    return (*settings.SITE_VERIFICATIONS, *(record.site_verifications if record else ()))
