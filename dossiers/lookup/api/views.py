"""Machine interface of dossiers and statistics: look-up in two depths, and the figures of one period."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import limited_lookup, lookup
from dossiers.lookup.api import response as lookup_response
from dossiers.lookup.api.serializers import DossierShape
from dossiers.lookup.words.dossier import not_found_sentence
from tenants.web.api import problems
from tenants.web.api.input import Input, TextField
from tenants.web.api.problems import Refusal, refusals
from tenants.web.api.views import PersonalDoor
from tenants.web.client_address import client_address


class LookupInput(Input):
    """What is printed on the receipt."""

    code = TextField(
        max_length=lookup.MAX_TYPED,
        help_text=gettext_lazy("Mã hồ sơ in trên giấy hẹn, có hay không có dấu gạch đều được."),
        error_messages={
            "required": gettext_lazy("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "blank": gettext_lazy("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "max_length": gettext_lazy("Mã hồ sơ quá dài. Xin gõ lại mã in trên giấy hẹn."),
        },
    )
    key = TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=40,
        help_text=gettext_lazy(
            "Mã tra cứu, 6 ký tự in dưới mã QR. Không có thì chỉ xem được tình trạng chung."
        ),
        error_messages={"max_length": gettext_lazy("Mã tra cứu chỉ có 6 ký tự.")},
    )


class LookupDoor(PersonalDoor):
    """POST /api/v1/lookup/."""

    @extend_schema(
        operation_id="lookup",
        summary=gettext_lazy("Tra cứu một hồ sơ"),
        description=gettext_lazy(
            "Chỉ có mã hồ sơ: tình trạng và đang ở chặng nào. Thêm mã tra cứu đúng: ngày hẹn, việc cần làm, quá trình. "
            "Đơn khiếu nại không có mã tra cứu đúng thì như mã không tồn tại. Không bao giờ có tên người, số giấy tờ, "
            "số điện thoại, địa chỉ. Lần hỏi sai, và hồ sơ xem chỉ bằng mã, bị tính vào ngân sách chung với trang tra cứu; có mã tra cứu đúng thì không."
        ),
        request=LookupInput,
        responses={
            200: DossierShape,
            **refusals(
                problems.INVALID,
                problems.UNREADABLE,
                problems.UNKNOWN_DOSSIER,
                problems.OTHER_PROVINCE,
                problems.NOT_ACCEPTABLE,
                problems.TOO_LARGE,
                problems.UNSUPPORTED_MEDIA_TYPE,
                problems.TOO_MANY_TRIES,
            ),
        },
        examples=[
            OpenApiExample(
                "code-and-key", value={"code": "H00.08-261125-0042", "key": "K7PQ2M"}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = LookupInput.of(request.data)
        try:
            answer = limited_lookup.ask(client_address(request), asked["code"], asked["key"])
        except CodeError as error:
            raise Refusal(problems.INVALID, errors={"code": _(error.message) % error.params}) from None
        match answer:
            case limited_lookup.TooManyTries():
                raise Refusal(problems.TOO_MANY_TRIES, retry_after=answer.retry_after)
            case lookup.OtherProvince():
                raise Refusal(
                    problems.OTHER_PROVINCE,
                    _("Mã này của nơi khác: %(province)s.") % {"province": answer.province_name},
                    province=answer.province_name,
                    lookup_url=answer.url,
                )
            case lookup.Details():
                found = lookup_response.details(answer.dossier)
            case lookup.Progress():
                found = lookup_response.progress(answer.dossier, wrong_key=answer.wrong_key)
            case lookup.NotFound():
                raise Refusal(problems.UNKNOWN_DOSSIER, not_found_sentence())
        return Response(DossierShape(found).data)
