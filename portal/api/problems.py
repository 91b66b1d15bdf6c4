"""Problems as programs read them (RFC 9457), wherever in the portal they arise."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import APIException, ValidationError

from portal.middleware import API_PATHS, accepted_language
from tenants.api import problems
from tenants.api.problems import ProblemKind, Refusal

DOCUMENTATION = "/api/v1/docs/"
BY_STATUS = {
    400: problems.UNREADABLE,
    403: problems.FORBIDDEN,
    404: problems.NOT_FOUND,
    405: problems.METHOD_NOT_ALLOWED,
    406: problems.NOT_ACCEPTABLE,
    412: problems.PRECONDITION_FAILED,
    413: problems.TOO_LARGE,
    415: problems.UNSUPPORTED_MEDIA_TYPE,
    503: problems.UNAVAILABLE,
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to what a door of the API raised; None for a fault of ours, which is logged on its way."""
    match exception:
        case Refusal():
            return written(exception)
        case ValidationError():
            return written(Refusal(problems.INVALID, errors=_sentences(exception.detail)))
        case Http404():
            return written(Refusal(problems.NOT_FOUND))
        case PermissionDenied():
            return written(Refusal(problems.FORBIDDEN))
        case APIException():
            return written(Refusal(_kind(exception.status_code)))
    return None


class ProblemMiddleware:
    """Tells as a problem what anything below it answered with a page for people: a bad address, a full
    form, a paused province, a fault. It stands outside of all that may refuse."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(API_PATHS):
            return response
        if response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
            return response
        language = accepted_language(request)
        with translation.override(language):
            refusal = Refusal(_kind(response.status_code), getattr(response, "sentence", ""))
            refusal.status_code = response.status_code
            problem = written(refusal)
        response.content = problem.content
        for name in ("Content-Encoding", "Content-Length", "ETag"):
            response.headers.pop(name, None)
        response.headers["Content-Type"] = problems.MEDIA_TYPE
        response.headers["Content-Language"] = language
        response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Language"])
        return response


def written(refusal: Refusal) -> HttpResponse:
    """A problem in the present language, which nobody keeps."""
    kind = refusal.kind
    members = {
        "type": f"{DOCUMENTATION}#{kind.name}",
        "title": str(kind.title),
        "status": refusal.status_code,
        "detail": refusal.sentence or None,
        "errors": [{"name": name, "detail": text} for name, text in refusal.errors.items()] or None,
        "retry_after": refusal.retry_after,
    }
    body = {name: value for name, value in members.items() if value is not None} | refusal.members
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=refusal.status_code, content_type=problems.MEDIA_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _kind(status: int) -> ProblemKind:
    if status in BY_STATUS:
        return BY_STATUS[status]
    return problems.INTERNAL if status >= 500 else problems.UNREADABLE


def _sentences(detail: Any) -> dict[str, str]:
    """Each wrong place with its first sentence; the whole body has no name."""
    found = detail if isinstance(detail, dict) else {"": detail}
    return {
        "" if name == "non_field_errors" else str(name): str(texts[0] if isinstance(texts, list) else texts)
        for name, texts in found.items()
    }
