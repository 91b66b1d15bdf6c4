"""The catalogue for programs: its serializers, its data, and the two resources under /api/v1/.

Facts stand as the sources give them, beside the words of the pages. The API shows no field that is not named here.
"""

import json
import re
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from procedures.catalogue.blank_forms.offers import of_texts
from procedures.catalogue.formats.base import base_code
from procedures.catalogue.models import (
    BlankForm,
    Channel,
    FeeKind,
    FilingMode,
    Level,
    Origin,
    Procedure,
    ProcedureKind,
    ProcedureVersion,
    TermUnit,
)
from procedures.catalogue.public.pages import gaps, pick, published
from procedures.catalogue.search import search
from procedures.catalogue.search.index import everyday_words
from procedures.catalogue.wording import fee_line, term_line
from tenants import clock
from tenants.text import fold
from tenants.web import api as shared
from tenants.web.absolute_urls import absolute

Serializer = serializers.Serializer[Any]


class TermSerializer(Serializer):
    value = serializers.IntegerField(
        allow_null=True, help_text=_("Số ngày, tháng hay giờ; null khi nguồn không nói hoặc nói nhiều mức.")
    )
    unit = serializers.ChoiceField(TermUnit.choices, allow_blank=True, help_text=_("Đơn vị; trống như trên."))
    note = serializers.CharField(allow_blank=True, help_text=_("Nguyên văn của nguồn khi có nhiều mức."))
    text = serializers.CharField(help_text=_("Thời hạn bằng lời, theo ngôn ngữ của câu trả lời."))


class TermInFullSerializer(TermSerializer):
    source = serializers.ChoiceField(  # type: ignore[assignment]
        Origin.choices, help_text=_("Trung ương hay tỉnh quy định.")
    )
    decision = serializers.CharField(allow_blank=True, help_text=_("Quyết định của tỉnh về thời hạn."))


class FeeSerializer(Serializer):
    kind = serializers.ChoiceField(
        FeeKind.choices, allow_blank=True, help_text=_("Trống khi nguồn không tách phí với lệ phí.")
    )
    amount = serializers.IntegerField(
        allow_null=True, help_text=_("Đồng; null khi mức thu nằm trong ghi chú, 0 khi miễn.")
    )


class FeeInFullSerializer(FeeSerializer):
    note = serializers.CharField(allow_blank=True, help_text=_("Ghi chú của nguồn hoặc của tỉnh."))
    online_note = serializers.CharField(allow_blank=True, help_text=_("Khi nộp trực tuyến."))


class ProcedureInListSerializer(Serializer):
    code = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    name = serializers.CharField(help_text=_("Tên chính thức."))
    short_name = serializers.CharField(help_text=_("Tên gọn."))
    everyday = serializers.ListField(child=serializers.CharField(), help_text=_("Các tên thường gọi."))
    sector = serializers.CharField(allow_blank=True, help_text=_("Lĩnh vực."))
    levels = serializers.ListField(
        child=serializers.ChoiceField(Level.choices), help_text=_("Cấp giải quyết.")
    )
    handled = serializers.BooleanField(help_text=_("Tỉnh giải quyết; nếu không thì chỉ để xem."))
    where = serializers.CharField(allow_blank=True, help_text=_("Nộp ở đâu, khi tỉnh hay nguồn có nói."))
    issuer = serializers.CharField(allow_blank=True, help_text=_("Cơ quan ban hành."))
    channels = serializers.ListField(child=serializers.ChoiceField(Channel.choices), help_text=_("Cách nộp."))
    term = TermSerializer(help_text=_("Thời hạn giải quyết."))
    fees = FeeSerializer(many=True, help_text=_("Phí, lệ phí."))
    fee_text = serializers.CharField(allow_blank=True, help_text=_("Phí bằng lời; trống khi không rõ."))
    url = serializers.CharField(help_text=_("Trang của thủ tục cho người đọc."))


class ProcedureCountSerializer(Serializer):
    handled = serializers.IntegerField(help_text=_("Số thủ tục tỉnh giải quyết."))
    information_only = serializers.IntegerField(help_text=_("Số thủ tục nơi khác giải quyết, chỉ để xem."))


class ProcedurePageSerializer(Serializer):
    count = ProcedureCountSerializer(help_text=_("Có bao nhiêu trong tất cả các trang."))
    next = serializers.CharField(allow_null=True, help_text=_("Địa chỉ trang sau; null ở trang cuối."))
    items = ProcedureInListSerializer(many=True, help_text=_("Các thủ tục của trang này."))


class BlankFormSerializer(Serializer):
    code = serializers.CharField(help_text=_("Ký hiệu mẫu."))
    annex = serializers.CharField(allow_blank=True, help_text=_("Phụ lục của văn bản ban hành."))
    issued_with = serializers.CharField(
        source="source", allow_blank=True, help_text=_("Văn bản ban hành mẫu; trống khi nguồn không nói.")
    )
    title = serializers.CharField(allow_blank=True, help_text=_("Tên tờ khai bằng lời của cổng."))
    official_url = serializers.CharField(
        source="address", allow_blank=True, help_text=_("Địa chỉ bản chính thức; trống khi không rõ.")
    )
    url = serializers.CharField(allow_blank=True, help_text=_("Địa chỉ tải tệp; trống khi tỉnh chưa có tệp."))
    content_type = serializers.CharField(allow_blank=True, help_text=_("Loại tệp; trống khi chưa có."))
    size = serializers.IntegerField(allow_null=True, help_text=_("Số byte; null khi không rõ."))


class DocumentSerializer(Serializer):
    name = serializers.CharField(help_text=_("Tên giấy tờ."))
    detail = serializers.CharField(allow_blank=True, help_text=_("Nói rõ thêm về giấy này."))
    case = serializers.CharField(allow_blank=True, help_text=_("Trường hợp cần giấy này."))
    originals = serializers.IntegerField(
        allow_null=True, help_text=_("Số bản chính; null khi nguồn không rõ.")
    )
    copies = serializers.IntegerField(allow_null=True, help_text=_("Số bản sao; null khi nguồn không rõ."))
    required = serializers.BooleanField(  # type: ignore[assignment]
        help_text=_("Bắt buộc, hay nếu có thì nộp.")
    )
    form = serializers.CharField(allow_blank=True, help_text=_("Mẫu phải điền, như nguồn gọi."))
    forms = BlankFormSerializer(many=True, help_text=_("Các mẫu ấy, và tệp để tải."))


class ProcedureStepSerializer(Serializer):
    name = serializers.CharField(allow_blank=True, help_text=_("Tên bước."))
    detail = serializers.CharField(allow_blank=True, help_text=_("Làm gì ở bước này."))


class LegalTextSerializer(Serializer):
    name = serializers.CharField(allow_blank=True, help_text=_("Tên văn bản."))
    number = serializers.CharField(allow_blank=True, help_text=_("Số, ký hiệu."))


class AgencySerializer(Serializer):
    code = serializers.CharField(help_text=_("Mã định danh cơ quan."))
    name = serializers.CharField(help_text=_("Tên cơ quan."))


class ProcedureVersionSerializer(Serializer):
    number = serializers.IntegerField(help_text=_("Phiên bản thứ mấy ở tỉnh này."))
    effective_from = serializers.DateField(help_text=_("Áp dụng từ ngày."))
    recorded_at = serializers.DateTimeField(default_timezone=clock.VIETNAM, help_text=_("Ghi nhận lúc."))
    decision = serializers.CharField(
        source="decision_number", allow_blank=True, help_text=_("Quyết định công bố.")
    )
    source_note = serializers.CharField(allow_blank=True, help_text=_("Nguồn của nội dung."))


class ProcedureSerializer(ProcedureInListSerializer):
    summary = serializers.CharField(allow_blank=True, help_text=_("Tóm tắt bằng lời dễ hiểu."))
    kind = serializers.ChoiceField(ProcedureKind.choices, help_text=_("Loại thủ tục."))
    agency = AgencySerializer(
        allow_null=True, help_text=_("Cơ quan có thẩm quyền của tỉnh, khi đã chỉ định.")
    )
    filing_mode = serializers.ChoiceField(
        FilingMode.choices,
        allow_blank=True,
        help_text=_("Nộp trực tuyến ở đâu; trống khi tỉnh không giải quyết."),
    )
    term = TermInFullSerializer(help_text=_("Thời hạn giải quyết."))
    fees = FeeInFullSerializer(many=True, help_text=_("Phí, lệ phí."))
    documents = DocumentSerializer(many=True, help_text=_("Thành phần hồ sơ."))
    steps = ProcedureStepSerializer(many=True, help_text=_("Trình tự thực hiện."))
    subjects = serializers.CharField(allow_blank=True, help_text=_("Đối tượng thực hiện."))
    result = serializers.CharField(allow_blank=True, help_text=_("Kết quả, mỗi dòng một thứ."))
    conditions = serializers.CharField(allow_blank=True, help_text=_("Yêu cầu, điều kiện."))
    legal_basis = LegalTextSerializer(many=True, help_text=_("Căn cứ pháp lý."))
    version = ProcedureVersionSerializer(help_text=_("Bản đang áp dụng."))
    missing = serializers.ListField(
        child=serializers.CharField(), help_text=_("Phần luật đòi công bố mà nguồn chưa có, bằng lời.")
    )


Data = dict[str, Any]


def _hit_data(hit: search.SearchHit) -> Data:
    return {
        **pick(
            hit, "code", "name", "short_name", "sector", "levels", "handled", "where", "issuer", "channels"
        ),
        "everyday": everyday_words(hit.everyday),
        "term": _term_data(hit),
        "fees": [{"kind": kind, "amount": amount} for kind, amount in hit.fees],
        "fee_text": fee_line(hit.fees),
        "url": _page_url(hit.code),
    }


def _procedure_data(procedure: Procedure, version: ProcedureVersion) -> Data:
    documents, fees = list(version.documents.all()), list(version.fees.all())
    forms = of_texts(document.form for document in documents)
    return {
        **pick(
            procedure,
            "code",
            "name",
            "short_name",
            "summary",
            "levels",
            "kind",
            "handled",
            "agency",
            "issuer",
        ),
        **pick(version, "channels", "steps", "subjects", "result", "conditions", "legal_basis"),
        "everyday": everyday_words(procedure.everyday),
        "sector": procedure.sector_name,
        "where": procedure.where_text,
        "filing_mode": procedure.filing_mode if procedure.handled else "",
        "term": {**_term_data(version), "source": version.term_source, "decision": version.term_decision},
        "fees": fees,
        "fee_text": fee_line((fee.kind, fee.amount) for fee in fees),
        "documents": [
            {
                **pick(document, "name", "detail", "case", "originals", "copies", "required", "form"),
                "forms": [_form_data(form) for form in forms.get(document.form, [])],
            }
            for document in documents
        ],
        "version": version,
        "missing": gaps(version, documents),
        "url": _page_url(procedure.code),
    }


def _form_data(form: BlankForm) -> Data:
    shown = pick(form, "code", "annex", "source", "title", "address", "content_type", "size")
    return {**shown, "url": absolute(form.url) if form.url else ""}


def _term_data(row: search.SearchHit | ProcedureVersion) -> Data:
    value, unit, note = row.term_value, row.term_unit, row.term_note
    return {"value": value, "unit": unit, "note": note, "text": term_line(value, unit, note)}


def _page_url(code: str) -> str:
    return absolute(reverse("procedure", args=[code]))


Question = dict[str, str]
_OPTIONAL: dict[str, Any] = {"required": False, "allow_blank": True, "default": ""}


class ProceduresInput(shared.Input):
    """What is searched for."""

    q = shared.TextField(
        **_OPTIONAL,
        max_length=search.MAX_QUERY,
        help_text=_("Từ cần tìm, có dấu hay không; mã thủ tục cũng được. Trống: cả danh mục."),
    )
    sector = shared.TextField(
        **_OPTIONAL,
        max_length=search.MAX_QUERY,
        help_text=_("Lĩnh vực, có dấu hay không, cách hay gạch: ho-tich."),
    )
    level = shared.ChoiceField(choices=Level.choices, **_OPTIONAL, help_text=_("Cấp giải quyết."))
    cursor = shared.TextField(
        **_OPTIONAL, max_length=100, help_text=_("Trang sau: lấy nguyên từ `next`, đừng tự ghép.")
    )

    def validate_sector(self, value: str) -> str:
        """Refuse a filter without letters: it would filter nothing, unnoticed."""
        if value and not fold(value):
            raise ValidationError(gettext("Không phải tên lĩnh vực."))
        return value


class ProcedureListView(shared.OpenDoor):
    """GET /api/v1/procedures/."""

    @extend_schema(
        operation_id="procedures_list",
        summary=_("Tìm thủ tục"),
        description=_(
            "Danh mục thủ tục của tỉnh, hợp nhất đứng trước; mỗi trang 20. Tìm không dấu, sai một chữ, tên thường gọi "
            "đều được. Muốn lấy cả danh mục thì bỏ trống `q` và đi theo `next` cho đến null."
        ),
        parameters=[ProceduresInput],
        responses=shared.answers(
            ProcedurePageSerializer, shared.INVALID, shared.UNREADABLE, shared.NOT_ACCEPTABLE
        ),
    )
    def get(self, request: Request) -> Response:
        asked = ProceduresInput.of(request.query_params)
        page = _page_number(asked.pop("cursor"), asked)
        results = search.search(
            asked["q"], sector=asked["sector"].replace("-", " "), level=asked["level"], page=page
        )
        answer = {
            "count": {"handled": results.handled, "information_only": results.information_only},
            "next": _next(results, asked),
            "items": [_hit_data(hit) for hit in results.hits],
        }
        return Response(ProcedurePageSerializer(answer).data)


class ProcedureView(shared.OpenDoor):
    """GET /api/v1/procedures/{code}/."""

    @extend_schema(
        operation_id="procedures_read",
        summary=_("Một thủ tục"),
        description=_(
            "Mọi điều tỉnh công bố về một thủ tục: thời hạn, phí, giấy tờ, các bước, căn cứ. Mã có đuôi cơ quan "
            "(1.000894.000.00.00.H15) cũng được nhận."
        ),
        parameters=[
            OpenApiParameter(
                "code",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                description=_("Mã thủ tục quốc gia."),
                examples=[OpenApiExample("code", value="1.000894")],
            )
        ],
        responses=shared.answers(
            ProcedureSerializer, shared.UNREADABLE, shared.NOT_FOUND, shared.NOT_ACCEPTABLE
        ),
    )
    def get(self, request: Request, code: str) -> Response:
        found = published(base_code(code[:60]))
        if found is None:
            raise shared.Refusal(shared.NOT_FOUND, gettext("Không có thủ tục này trong danh mục của tỉnh."))
        return Response(ProcedureSerializer(_procedure_data(*found)).data)


def _next(results: search.SearchResults, asked: Question) -> str | None:
    """The address of the following page. What is asked stands in it, so that it can be followed as it is."""
    if results.page >= results.pages:
        return None
    given = {name: value for name, value in asked.items() if value}
    query = urlencode({**given, "cursor": _cursor(results.page + 1, asked)})
    return absolute(f"{reverse('api-procedures')}?{query}")


def _cursor(page: int, asked: Question) -> str:
    """Where the list goes on, bound to the question: the pages of two questions do not fit together."""
    return f"{page}.{sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]}"


def _page_number(cursor: str, asked: Question) -> int:
    if not cursor:
        return 1
    page = cursor.partition(".")[0]
    if not re.fullmatch(r"[1-9][0-9]{0,3}", page) or cursor != _cursor(int(page), asked):
        wrong = gettext(
            "Con trỏ này không đọc được hoặc thuộc về câu hỏi khác. Xin bắt đầu lại từ trang đầu."
        )
        raise shared.Refusal(shared.INVALID, errors={"cursor": wrong})
    return int(page)
