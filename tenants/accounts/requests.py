"""A request's account and network address."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tenants.accounts.models import User

type Visitor = User | AnonymousUser
"""`request.user`, before a page has checked that it is a member of staff."""


def acting_user(request: HttpRequest) -> User:
    """The account this request is signed in with. Raises PermissionDenied for an anonymous request."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied("acting_user: the request is not signed in")
    return request.user


def seen_number(request: HttpRequest) -> int:
    """The number of the state that the sent page showed, in its box `seen`; 0 for none."""
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


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
