"""Where channels call: one address for each account, and one of all provinces at the national host. Answers are
for machines and say nothing."""

import re
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from messaging import metrics
from messaging.channels import registry
from messaging.inbound import receive as receiver
from messaging.inbound import shared_endpoint
from tenants.crypto import CannotDecrypt

# The longest that a provider is known to send.
BODY_MAX = 1024 * 1024
RETRY_SECONDS = "30"

_Answer = receiver.Received | receiver.Refused | receiver.Unknown


@csrf_exempt  # the provider's signature stands in its place
@never_cache
def webhook(request: HttpRequest, channel: str, account: str) -> HttpResponse:
    """200 once what was said is committed; 503 when it could not be, so that the provider repeats it."""
    return _answer(
        request, channel, lambda raw: receiver.receive(channel, account, dict(request.headers), raw)
    )


@csrf_exempt  # the provider's signature stands in its place
@never_cache
def national_webhook(request: HttpRequest, channel: str, named: str = "") -> HttpResponse:
    """The same for all provinces. What the address names beside the channel helps people, and proves nothing."""
    if not shared_endpoint.is_door_of(channel):
        return HttpResponse(status=404)
    return _answer(request, channel, lambda raw: shared_endpoint.receive(channel, dict(request.headers), raw))


def _answer(request: HttpRequest, channel: str, receive: Callable[[bytes], _Answer]) -> HttpResponse:
    quietly = channel in registry.codes() and registry.get(channel).refuses_quietly
    if request.method in ("GET", "HEAD") and quietly:
        # Somebody looks whether there is a door before it is believed in.
        return HttpResponse()
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    raw = _body(request)
    if raw is None:
        if quietly:
            metrics.inbound(channel, "unreadable")
        return HttpResponse(status=200 if quietly else 413)
    try:
        answer = receive(raw)
    except (Error, CannotDecrypt):
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    match answer:
        case receiver.Received():
            return HttpResponse()
        case receiver.Refused(quietly=said_quietly):
            return HttpResponse(status=200 if said_quietly else 403)
        case receiver.Unknown():
            return HttpResponse(status=404)


def _body(request: HttpRequest) -> bytes | None:
    """What was sent, byte for byte; None when it is too long, or was taken apart as a form with files before."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_MAX:
        return None
    try:
        return request.body
    except RawPostDataException:
        return None
