"""The frame of the API: problems as programs read them (RFC 9457), the schema (OpenAPI 3), and the schema as a page.

What is answered belongs to the apps (`api` in each), the shared parts of their views to `tenants.web.api`. The page is made on the server, without a script and without a style of its own: ready-made viewers of
schemas bring scripts that write styles into the page, which our policy refuses.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.middleware import API_PATHS, accepted_language
from tenants.web import absolute_urls
from tenants.web import api as shared

DOCUMENTATION = "/api/v1/docs/"
BY_STATUS = {kind.status: kind for kind in reversed(shared.KINDS)} | {400: shared.UNREADABLE}
"""The kind of an error page that names none."""


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The answer to what a door of the API raised; None for a fault of ours, which is logged on its way."""
    match exception:
        case shared.Refusal():
            return problem_response(exception)
        case ValidationError():
            return problem_response(shared.Refusal(shared.INVALID, errors=_sentences(exception.detail)))
        case Http404():
            return problem_response(shared.Refusal(shared.NOT_FOUND))
        case PermissionDenied():
            return problem_response(shared.Refusal(shared.FORBIDDEN))
        case APIException():
            return problem_response(shared.Refusal(_kind(exception.status_code)))
    return None


class ProblemMiddleware:
    """Turns every error page below it into a problem: a bad address, a full form, a paused province, a fault.

    It stands outside of all that may refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(API_PATHS):
            return response
        if response.headers.get("Content-Type", "").startswith(shared.MEDIA_TYPE):
            return response
        language = accepted_language(request)
        with translation.override(language):
            refusal = shared.Refusal(_kind(response.status_code), getattr(response, "sentence", ""))
            refusal.status_code = response.status_code
            problem = problem_response(refusal)
        response.content = problem.content
        for name in ("Content-Encoding", "Content-Length", "ETag"):
            response.headers.pop(name, None)
        response.headers["Content-Type"] = shared.MEDIA_TYPE
        response.headers["Content-Language"] = language
        response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Language"])
        return response


def problem_response(refusal: shared.Refusal) -> HttpResponse:
    """A problem in the present language; no cache keeps it."""
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
        json.dumps(body, ensure_ascii=False), status=refusal.status_code, content_type=shared.MEDIA_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    if refusal.status_code == shared.UNAUTHORIZED.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _kind(status: int) -> shared.ProblemKind:
    if status in BY_STATUS:
        return BY_STATUS[status]
    return shared.INTERNAL if status >= 500 else shared.UNREADABLE


def _sentences(detail: Any) -> dict[str, str]:
    """Each wrong place with its first sentence; the whole body has no name."""
    found = detail if isinstance(detail, dict) else {"": detail}
    return {
        "" if name == "non_field_errors" else str(name): str(texts[0] if isinstance(texts, list) else texts)
        for name, texts in found.items()
    }


@lru_cache(maxsize=4)
def schema(language: str) -> dict[str, Any]:
    """The whole schema with its descriptions in this language. The same for all provinces; not to be changed."""
    with translation.override(language):
        found: dict[str, Any] = SchemaGenerator(urlconf="portal.urls").get_schema(request=None, public=True)
    return found


class SchemaView(shared.OpenDoor):
    """GET /api/v1/schema/."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema(translation.get_language() or "vi"))


Data = Mapping[str, Any]

EXAMPLES = {
    "procedures_list": "/api/v1/procedures/?q=khai+sinh",
    "procedures_read": "/api/v1/procedures/1.001193/",
    "statistics": "/api/v1/statistics/?from=2026-10-01&to=2026-10-31&by=agency",
    "lookup": "/api/v1/lookup/",
    "feed": "/api/v1/feeds/bo-tu-phap/",
    "dossiers": "/api/v1/dossiers/?limit=100",
    "receive": "/api/v1/dossiers/",
    "dossier": "/api/v1/dossiers/H00.08-261125-0042/",
    "move": "/api/v1/dossiers/H00.08-261125-0042/transitions/",
    "act": "/api/v1/dossiers/H00.08-261125-0042/acts/",
    "files": "/api/v1/dossiers/H00.08-261125-0042/files/",
    "attach": "/api/v1/dossiers/H00.08-261125-0042/files/",
    "file": "/api/v1/dossiers/H00.08-261125-0042/files/7/",
    "events": "/api/v1/events/?after=0",
}
_HEADERS = {
    "receive": ("Idempotency-Key: phieu-2026-000123",),
    "move": ('If-Match: "1"',),
    "act": ('If-Match: "1"',),
}


@require_safe
@conditional_page
def documentation(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/docs/."""
    whole = schema(translation.get_language() or "vi")
    context = {
        "info": whole["info"],
        "base": absolute_urls.absolute("/api/v1/"),
        "operations": [
            _operation(whole, path, method.upper(), operation)
            for path, methods in whole["paths"].items()
            for method, operation in methods.items()
        ],
        "kinds": [
            {"name": kind.name, "status": kind.status, "title": kind.title, "meaning": _marked(kind.meaning)}
            for kind in shared.KINDS
        ],
    }
    response = render(request, "api/documentation.html", context)
    patch_cache_control(response, public=True, max_age=shared.FRESH_SECONDS)
    return response


def _operation(whole: Data, path: str, method: str, operation: Data) -> Data:
    body: Data = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    answer = next(iter(operation["responses"]["200"]["content"].values()))["schema"]
    return {
        "id": operation["operationId"].replace("_", "-"),
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "description": _marked(operation["description"]),
        "parameters": [_parameter(one) for one in operation.get("parameters", ())],
        "body": list(_fields(whole, body["schema"])) if body else [],
        "example": _example(operation, body),
        "answer": list(_fields(whole, answer)),
        "problems": [
            {"status": status, "meaning": _marked(response["description"])}
            for status, response in operation["responses"].items()
            if shared.MEDIA_TYPE in response["content"]
        ],
    }


def _parameter(one: Data) -> Data:
    return {
        "name": one["name"],
        "type": _("trong địa chỉ") if one["in"] == "path" else _type(one["schema"]),
        "required": one.get("required", False) and one["in"] != "path",
        "meaning": _marked(one.get("description", "")),
    }


def _fields(whole: Data, shape: Data, before: str = "") -> Iterator[Data]:
    """Every field, those inside others under a name with dots: `items[].term.value`."""
    shape = _resolved(whole, shape)
    required = shape.get("required", ())
    for name, declared in shape.get("properties", {}).items():
        field = _resolved(whole, declared)
        inner = _resolved(whole, field["items"]) if field.get("type") == "array" else field
        # Of a list of words each word is explained; the names of shapes say nothing to a reader.
        words = inner.get("description", "") if inner is not field and "enum" in inner else ""
        yield {
            "name": f"{before}{name}",
            "type": _type(field),
            "required": name in required,
            "meaning": _marked(f"{declared.get('description', '')}\n{words}"),
        }
        if "properties" in inner:
            yield from _fields(whole, inner, f"{before}{name}{'[]' if inner is not field else ''}.")


def _resolved(whole: Data, shape: Data) -> dict[str, Any]:
    """The shape itself, where another is only pointed at; `null` as one more type."""
    (pointed,) = [one for one in shape.get("allOf", shape.get("oneOf", [shape])) if one.get("type") != "null"]
    nullable = any(one.get("type") == "null" for one in shape.get("oneOf", ()))
    if "$ref" in pointed:
        pointed = whole["components"]["schemas"][pointed["$ref"].rpartition("/")[2]]
    return {**pointed, "nullable": nullable}


def _type(shape: Data) -> str:
    kinds = shape.get("type", "string")
    kinds = list(kinds) if isinstance(kinds, list) else [kinds]
    if shape.get("nullable"):
        kinds.append("null")
    names = {
        "string": {"date": _("ngày"), "date-time": _("thời điểm")}.get(shape.get("format", ""), _("chuỗi")),
        "integer": _("số nguyên"),
        "number": _("số"),
        "boolean": _("đúng/sai"),
        "object": _("đối tượng"),
        "array": _("danh sách"),
        "null": "null",
    }
    return _(" hoặc ").join(names[kind] for kind in kinds)


def _example(operation: Data, body: Data) -> str:
    name = operation["operationId"]
    given = [f"-H '{header}'" for header in _HEADERS.get(name, ())]
    if operation.get("security"):
        given.insert(0, '-H "Authorization: Bearer $KEY"')
    if name == "attach":
        given += ["-F kind=result", "-F file=@ket-qua.pdf"]
    elif body:
        (example,) = body["examples"].values()
        given += [
            "-H 'Content-Type: application/json'",
            f"-d '{json.dumps(example['value'], ensure_ascii=False)}'",
        ]
    return " \\\n  ".join([f"curl '{absolute_urls.absolute(EXAMPLES[name])}'", *given])


def _marked(text: Any) -> SafeString:
    """A description as HTML: what stands between back-ticks as code, each of its lines on a line."""
    pieces = escape(str(text)).split("`")
    marked = "".join(
        f"<code>{piece}</code>" if place % 2 and place < len(pieces) - 1 else piece
        for place, piece in enumerate(pieces)
    )
    lines = [line.removeprefix("* ") for line in marked.splitlines() if line.strip()]
    return mark_safe("<br>".join(lines))  # noqa: S308 – escaped above
