"""The network address of a request."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client as our own proxies saw it; what a client writes itself is not believed.

    PROXY_COUNT proxies of ours each append to X-Forwarded-For, so the client is that many places from its
    end. Falls back on the peer's address when the header is shorter or is no address.
    """
    return address_of(request.META)


def address_of(meta: Mapping[str, Any]) -> str:
    """The same by the environment of a request."""
    peer = str(meta.get("REMOTE_ADDR", ""))
    if not settings.PROXY_COUNT:
        return peer
    hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(hops) < settings.PROXY_COUNT:
        return peer
    try:
        return str(ipaddress.ip_address(hops[-settings.PROXY_COUNT]))
    except ValueError:
        return peer
