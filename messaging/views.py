"""Where channels call: one address for each account. Answers are for machines and say nothing."""

import re

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging import inbound
from tenants.crypto import CannotDecrypt

BODY_MAX = 64 * 1024
RETRY_SECONDS = "30"


@csrf_exempt  # the provider's signature stands in its place
@require_POST
@never_cache
def webhook(request: HttpRequest, channel: str, account: str) -> HttpResponse:
    """200 once what was said is committed; 503 when it could not be, so that the provider repeats it."""
    raw = _body(request)
    if raw is None:
        return HttpResponse(status=413)
    try:
        answer = inbound.receive(channel, account, dict(request.headers), raw)
    except (Error, CannotDecrypt):
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    match answer:
        case inbound.Received():
            return HttpResponse()
        case inbound.Refused(quietly=quietly):
            return HttpResponse(status=200 if quietly else 403)
        case inbound.Unknown():
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
