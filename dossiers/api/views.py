"""Machine interface of dossiers and statistics: look-up in two depths, and the figures of one period."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.api import lookup_response
from dossiers.api.serializers import DIMENSIONS, DossierShape, StatisticsShape
from dossiers.lookup import limited_lookup, lookup
from dossiers.presentation.dossier import not_found_sentence
from dossiers.rules.codes import CodeError
from dossiers.transparency import open_data, report
from tenants.accounts.requests import client_address
from tenants.api import problems
from tenants.api.input import ChoiceField, DayField, Input, TextField
from tenants.api.problems import Refusal, refusals
from tenants.api.views import OpenDoor, PersonalDoor


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


class StatisticsInput(Input):
    """Which period, and how it is divided."""

    by = ChoiceField(
        choices=DIMENSIONS,
        required=False,
        allow_blank=True,
        default="",
        help_text=gettext_lazy("Chia nhóm theo gì. Trống: không chia."),
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python, so it cannot be declared as the others are.
        first = gettext_lazy("Ngày đầu của một tháng, quý hay năm. Trống cả hai: tháng trọn gần nhất.")
        last = gettext_lazy("Ngày cuối của tháng, quý hay năm ấy.")
        days = {
            "from": DayField(required=False, help_text=first),
            "to": DayField(required=False, help_text=last),
        }
        return {**days, **super().get_fields()}


class StatisticsDoor(OpenDoor):
    """GET /api/v1/statistics/."""

    @extend_schema(
        operation_id="statistics",
        summary=gettext_lazy("Số liệu công khai của một kỳ"),
        description=gettext_lazy(
            "Số liệu của trang minh bạch cho một tháng, quý hay năm; khiếu nại và hòa giải không tính vào. Nhóm có "
            "quá ít hồ sơ thì không nêu số, để không ai bị nhận ra. Số đã đếm sẵn: `counted_at` nói đếm lúc nào."
        ),
        parameters=[StatisticsInput],
        responses={
            200: StatisticsShape,
            **refusals(problems.INVALID, problems.UNREADABLE, problems.NOT_FOUND, problems.NOT_ACCEPTABLE),
        },
    )
    def get(self, request: Request) -> Response:
        asked = StatisticsInput.of(request.query_params)
        key = _key(asked.get("from"), asked.get("to"))
        try:
            found = report.read(key)
        except report.NotCounted:
            found = None
        if found is None:
            raise Refusal(problems.NOT_FOUND, _("Chưa có số liệu của kỳ này."))
        return Response(StatisticsShape(open_data.one_period(found, asked["by"])).data)


def _key(first: date | None, last: date | None) -> str:
    """The period that two days mean; empty without any."""
    if first is None and last is None:
        return ""
    if first is None or last is None:
        missing = "from" if first is None else "to"
        raise Refusal(problems.INVALID, errors={missing: _("Cần cả ngày đầu và ngày cuối.")})
    try:
        return report.key_between(first, last)
    except report.NotCounted:
        wrong = _("Hai ngày phải là ngày đầu và ngày cuối của một tháng, quý hay năm.")
        raise Refusal(problems.INVALID, errors={"to": wrong}) from None
