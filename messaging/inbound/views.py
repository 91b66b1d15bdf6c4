"""Webhook addresses: one for each account, and a shared one of all provinces at the national host.

Answers are for machines and carry no text.
"""

import logging
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from messaging.channels.accounts import routes as channel_routes
from messaging.channels.accounts.routes import Route
from messaging.channels.base import Account, Channel, registry
from messaging.inbound import receive as receiver
from messaging.inbound.receive import Received
from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.crypto import CannotDecrypt
from tenants.web import rate_limits, telemetry

# The longest that a provider is known to send.
BODY_MAX = 1024 * 1024
RETRY_SECONDS = "30"


@csrf_exempt  # the provider's signature stands in its place
@never_cache
def webhook(request: HttpRequest, channel: str, account: str) -> HttpResponse:
    """200 once the callback is committed; 503 when it could not be, so that the provider repeats it."""
    return _answer(
        request, channel, lambda raw: receiver.receive(channel, account, dict(request.headers), raw)
    )


@csrf_exempt  # the provider's signature stands in its place
@never_cache
def national_webhook(request: HttpRequest, channel: str, named: str = "") -> HttpResponse:
    """The same for all provinces. Names in the address beside the channel help people, and prove nothing."""
    if not has_shared_endpoint(channel):
        return HttpResponse(status=404)
    return _answer(
        request, channel, lambda raw: receive_for_any_province(channel, dict(request.headers), raw)
    )


def _answer(request: HttpRequest, channel: str, receive: Callable[[bytes], Received]) -> HttpResponse:
    quietly = channel in registry.codes() and registry.get(channel).refuses_quietly
    if request.method in ("GET", "HEAD") and quietly:
        # The provider checks the address before it is saved.
        return HttpResponse()
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    raw = _body(request)
    if raw is None:
        if quietly:
            telemetry.inbound(channel, "unreadable")
        return HttpResponse(status=200 if quietly else 413)
    try:
        answer = receive(raw)
    except (Error, CannotDecrypt):
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    refused = 200 if quietly else 403
    return HttpResponse(status={Received.REFUSED: refused, Received.UNKNOWN: 404}.get(answer, 200))


def _body(request: HttpRequest) -> bytes | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_MAX:
        return None
    try:
        return request.body
    except RawPostDataException:
        return None


log = logging.getLogger(__name__)

# An event names its sender and its reader, and does not always tell which of them is the account.
MOST_ACCOUNTS = 4


def has_shared_endpoint(channel_code: str) -> bool:
    """Whether this channel has an address of all provinces."""
    if channel_code not in registry.codes():
        return False
    return type(registry.get(channel_code)).destination is not Channel.destination


def receive_for_any_province(channel_code: str, headers: Mapping[str, str], raw: bytes) -> Received:
    """Store a callback for an account of any province, if the provider of that account signed it.

    Storing is done by `receive.receive`. UNKNOWN: the channel has no such address. A callback that names no
    account of ours, or that its provider did not sign, is REFUSED, and touches no province. A paused province
    receives callbacks all the same. Raises django.db.Error, and CannotDecrypt where no key opens the route.
    """
    if not has_shared_endpoint(channel_code):
        return Received.UNKNOWN
    channel = registry.get(channel_code)
    try:
        named = channel.destination(raw)
        if named is None:
            raise ValueError("it names no account")
    except Exception as error:
        # Any sender may post anything here.
        return _refuse(channel, "unreadable", type(error).__name__)
    accounts = named.accounts[:MOST_ACCOUNTS]
    names = {name.lower(): text for name, text in headers.items()}
    for route in channel_routes.cached(channel_code, named.app, accounts):
        if _is_signed(channel, route, names, raw):
            answer = _receive_in_province(route, channel, headers, raw)
            # Else the account may be another province's by now.
            if answer in (Received.TAKEN, Received.REPEATED):
                return answer
    routes = channel_routes.find(channel_code, named.app, accounts)
    for route in routes:
        if _is_signed(channel, route, names, raw):
            return _receive_in_province(route, channel, headers, raw)
    return _refuse(channel, "refused", "signature") if routes else _refuse(channel, "unknown", "no_route")


def _is_signed(channel: Channel, route: Route, headers: Mapping[str, str], raw: bytes) -> bool:
    try:
        province = province_cache.by_slug(route.province)
    except province_cache.UnknownProvince:
        return False
    account = Account(
        province.uuid,
        route.account,
        route.external_id,
        MappingProxyType(dict(route.config)),
        MappingProxyType(dict(route.secrets)),
    )
    try:
        return channel.verify_webhook(account, headers, raw) is None
    except Exception:
        log.exception("channel %s could not verify a callback", channel.code)
        return False


def _receive_in_province(route: Route, channel: Channel, headers: Mapping[str, str], raw: bytes) -> Received:
    with province_context(route.province):
        answer = receiver.receive(channel.code, route.account, headers, raw)
    return _refuse(channel, "unknown", "no_lane") if answer is Received.UNKNOWN else answer


def _refuse(channel: Channel, result: str, reason: str) -> Received:
    telemetry.inbound(channel.code, result)
    # Anybody may send what is dropped: the metric counts all of it, the log names some.
    if rate_limits.take({f"told:dropped:{channel.code}"[:200]: 10}, seconds=60):
        telemetry.log("inbound.dropped", channel=channel.code, reason=reason)
    return Received.REFUSED
