"""The catalogue's doors for programs."""

import base64
import binascii
import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from procedures.api import documents
from procedures.api.serializers import ProcedurePageShape, ProcedureShape
from procedures.formats.base import base_code
from procedures.models import Level
from procedures.search import search
from tenants.api.input import ChoiceField, Input, TextField
from tenants.api.problems import INVALID, NOT_ACCEPTABLE, NOT_FOUND, UNREADABLE, Refusal, refusals
from tenants.api.views import OpenDoor
from tenants.text import fold
from tenants.web import absolute_urls

Question = dict[str, str]


class ProceduresInput(Input):
    """What is searched for."""

    q = TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=search.MAX_QUERY,
        help_text=gettext_lazy("Từ cần tìm, có dấu hay không; mã thủ tục cũng được. Trống: cả danh mục."),
    )
    sector = TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=search.MAX_QUERY,
        help_text=gettext_lazy("Lĩnh vực, có dấu hay không, cách hay gạch: ho-tich."),
    )
    level = ChoiceField(
        choices=Level.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text=gettext_lazy("Cấp giải quyết."),
    )
    cursor = TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=100,
        help_text=gettext_lazy("Trang sau: lấy nguyên từ `next`, đừng tự ghép."),
    )

    def validate_sector(self, value: str) -> str:
        """A filter that says nothing would filter nothing, and nobody would notice."""
        if value and not fold(value):
            raise ValidationError(_("Không phải tên lĩnh vực."))
        return value


class ProceduresDoor(OpenDoor):
    """GET /api/v1/procedures/."""

    @extend_schema(
        operation_id="procedures_list",
        summary=gettext_lazy("Tìm thủ tục"),
        description=gettext_lazy(
            "Danh mục thủ tục của tỉnh, hợp nhất đứng trước; mỗi trang 20. Tìm không dấu, sai một chữ, tên thường gọi "
            "đều được. Muốn lấy cả danh mục thì bỏ trống `q` và đi theo `next` cho đến null."
        ),
        parameters=[ProceduresInput],
        responses={
            200: ProcedurePageShape,
            **refusals(INVALID, UNREADABLE, NOT_ACCEPTABLE),
        },
    )
    def get(self, request: Request) -> Response:
        asked = ProceduresInput.of(request.query_params)
        page = _page(asked.pop("cursor"), asked)
        results = search.search(
            asked["q"], sector=asked["sector"].replace("-", " "), level=asked["level"], page=page
        )
        answer = {
            "count": {"handled": results.handled, "information_only": results.information_only},
            "next": _next(results, asked),
            "items": [documents.found(hit) for hit in results.hits],
        }
        return Response(ProcedurePageShape(answer).data)


class ProcedureDoor(OpenDoor):
    """GET /api/v1/procedures/{code}/."""

    @extend_schema(
        operation_id="procedures_read",
        summary=gettext_lazy("Một thủ tục"),
        description=gettext_lazy(
            "Mọi điều tỉnh công bố về một thủ tục: thời hạn, phí, giấy tờ, các bước, căn cứ. Mã có đuôi cơ quan "
            "(1.000894.000.00.00.H15) cũng được nhận."
        ),
        parameters=[
            OpenApiParameter(
                "code",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                description=gettext_lazy("Mã thủ tục quốc gia."),
                examples=[OpenApiExample("code", value="1.000894")],
            )
        ],
        responses={200: ProcedureShape, **refusals(UNREADABLE, NOT_FOUND, NOT_ACCEPTABLE)},
    )
    def get(self, request: Request, code: str) -> Response:
        national = base_code(code[:60])
        found = documents.published(national) if national else None
        if found is None:
            raise Refusal(NOT_FOUND, _("Không có thủ tục này trong danh mục của tỉnh."))
        return Response(ProcedureShape(found).data)


def _next(results: search.SearchResults, asked: Question) -> str | None:
    """The address of the following page. What is asked stands in it, so that it can be followed as it is."""
    if results.page >= results.pages:
        return None
    given = {name: value for name, value in asked.items() if value}
    query = urlencode({**given, "cursor": _cursor(results.page + 1, asked)})
    return absolute_urls.absolute(f"{reverse('api-procedures')}?{query}")


def _cursor(page: int, asked: Question) -> str:
    """Where the list goes on, bound to the question: the pages of two questions do not fit together."""
    return base64.urlsafe_b64encode(f"{page}.{_fingerprint(asked)}".encode()).decode().rstrip("=")


def _page(cursor: str, asked: Question) -> int:
    if not cursor:
        return 1
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    page, _dot, fingerprint = text.partition(".")
    if fingerprint != _fingerprint(asked) or not (page.isdigit() and len(page) <= 4 and int(page) > 1):
        wrong = _("Con trỏ này không đọc được hoặc thuộc về câu hỏi khác. Xin bắt đầu lại từ trang đầu.")
        raise Refusal(INVALID, errors={"cursor": wrong})
    return int(page)


def _fingerprint(asked: Any) -> str:
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
