"""The schema as a page for people: made on the server, without a script and without a style of its own.

Ready-made viewers of schemas bring scripts that write styles into the page, which our policy refuses.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from portal.api.schema import schema
from tenants.api.problems import KINDS, MEDIA_TYPE
from tenants.api.views import FRESH_SECONDS
from tenants.web import absolute_urls

Data = Mapping[str, Any]

EXAMPLES = {
    "procedures_list": "/api/v1/procedures/?q=khai+sinh",
    "procedures_read": "/api/v1/procedures/1.001193/",
    "statistics": "/api/v1/statistics/?from=2026-10-01&to=2026-10-31&by=agency",
    "lookup": "/api/v1/lookup/",
}


@require_safe
@conditional_page
def documentation(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/docs/."""
    whole = schema(translation.get_language() or "vi")
    context = {
        "info": whole["info"],
        "base": absolute_urls.absolute("/api/v1/"),
        "operations": [_operation(whole, *found) for found in _operations(whole)],
        "kinds": [
            {"name": kind.name, "status": kind.status, "title": kind.title, "meaning": _marked(kind.meaning)}
            for kind in KINDS
        ],
    }
    response = render(request, "api/documentation.html", context)
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


def _operations(whole: Data) -> Iterator[tuple[str, str, Data]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _operation(whole: Data, path: str, method: str, operation: Data) -> Data:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return {
        "id": operation["operationId"].replace("_", "-"),
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "description": _marked(operation["description"]),
        "parameters": [_parameter(one) for one in operation.get("parameters", ())],
        "body": list(_fields(whole, body["schema"])) if body else [],
        "example": _example(operation["operationId"], body),
        "answer": list(_fields(whole, answer)),
        "problems": [
            {"status": status, "meaning": _marked(response["description"])}
            for status, response in operation["responses"].items()
            if MEDIA_TYPE in response["content"]
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


def _example(name: str, body: Data) -> str:
    address = absolute_urls.absolute(EXAMPLES[name])
    if not body:
        return f"curl '{address}'"
    (example,) = body["examples"].values()
    return (
        f"curl '{address}' \\\n  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(example['value'], ensure_ascii=False)}'"
    )


def _marked(text: Any) -> SafeString:
    """A description as HTML: what stands between back-ticks as code, each of its lines on a line."""
    pieces = escape(str(text)).split("`")
    marked = "".join(
        f"<code>{piece}</code>" if place % 2 and place < len(pieces) - 1 else piece
        for place, piece in enumerate(pieces)
    )
    lines = [line.removeprefix("* ") for line in marked.splitlines() if line.strip()]
    return mark_safe("<br>".join(lines))  # noqa: S308 – escaped above
