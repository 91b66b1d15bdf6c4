"""Figures of a province in the API."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.statistics.api.serializers import DIMENSIONS, StatisticsShape
from dossiers.statistics.transparency import open_data, report
from tenants.web.api import problems
from tenants.web.api.input import ChoiceField, DayField, Input
from tenants.web.api.problems import Refusal, refusals
from tenants.web.api.views import OpenDoor


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
