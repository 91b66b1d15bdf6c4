"""The figures' door for programs."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.statistics import publishing
from tenants.api import problems
from tenants.api.doors import OpenDoor
from tenants.api.fields import ChoiceField, DayField, Input
from tenants.api.problem_shapes import refusals
from tenants.api.problems import Refusal
from tenants.network import client_address

NAMES = {"first": "from", "last": "to"}
GROUPINGS = (
    ("agency", _("cơ quan giải quyết")),
    ("sector", _("lĩnh vực")),
    ("procedure", _("thủ tục")),
    ("channel", _("kênh nộp")),
    ("month", _("tháng")),
)


class StatisticsInput(Input):
    """Which period, and how it is divided."""

    by = ChoiceField(
        choices=GROUPINGS,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Chia nhóm theo gì. Trống: không chia."),
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python, so it cannot be declared as the others are.
        days = {
            "from": DayField(required=False, help_text=_("Ngày đầu. Trống cả hai: tháng đang chạy.")),
            "to": DayField(
                required=False, help_text=_("Ngày cuối, tính cả ngày ấy; cách ngày đầu nhiều nhất 366 ngày.")
            ),
        }
        return {**days, **super().get_fields()}


def _count(meaning: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=meaning)


def _decimal(meaning: Any) -> serializers.CharField:
    return serializers.CharField(help_text=meaning)


@extend_schema_serializer(component_name="Counts")
class CountsShape(serializers.Serializer[Any]):
    total = _count(_("Hồ sơ của kỳ: chuyển sang + tiếp nhận + mở lại."))
    opening = _count(_("Kỳ trước chuyển sang."))
    received = _count(_("Tiếp nhận trong kỳ."))
    online = _count(_("Trong đó nộp trực tuyến."))
    reopened = _count(_("Mở lại trong kỳ."))
    settled = _count(_("Đã có kết quả."))
    settled_before = _count(_("Có kết quả trước hạn."))
    settled_on_time = _count(_("Có kết quả đúng hạn."))
    settled_late = _count(_("Có kết quả trễ hạn."))
    settled_without_term = _count(_("Có kết quả, không quy định thời hạn."))
    open = _count(_("Đang xử lý lúc hết kỳ."))
    open_in_term = _count(_("Đang xử lý, trong hạn."))
    open_due_soon = _count(_("Trong đó sắp đến hạn, còn không quá 2 ngày làm việc."))
    open_late = _count(_("Đang xử lý, quá hạn."))
    open_without_term = _count(_("Đang xử lý, không quy định thời hạn."))
    unchecked = _count(_("Nộp trực tuyến, chưa ai kiểm tra; nằm trong số đang xử lý."))
    paused = _count(_("Tạm dừng lúc hết kỳ."))
    not_accepted = _count(_("Không được tiếp nhận."))
    withdrawn = _count(_("Người dân rút."))
    stopped = _count(_("Dừng xử lý."))
    processed = _count(_("Có kết quả và rút, như các hệ thống cấp tỉnh gộp."))
    late = _count(_("Trễ hạn, trong mọi hồ sơ của kỳ."))
    without_term = _count(_("Không quy định thời hạn, trong mọi hồ sơ của kỳ."))
    on_time = _count(_("Không trễ hạn, trong số có thời hạn."))
    on_time_rate = _decimal(_("Tỷ lệ trước hạn, đúng hạn, %; N/A khi không có gì để chia."))
    online_share = _decimal(_("Tỷ lệ trực tuyến trong số tiếp nhận, %; N/A như trên."))
    mean_days = _decimal(_("Thời gian giải quyết trung bình, ngày làm việc; N/A như trên."))
    median_days = _decimal(_("Thời gian giải quyết trung vị, ngày làm việc; N/A như trên."))
    ninetieth_days = _decimal(_("Chín phần mười số hồ sơ xong trong bấy nhiêu ngày làm việc; N/A như trên."))


@extend_schema_serializer(component_name="CountsOfGroup")
class GroupShape(CountsShape):
    key = serializers.CharField(
        allow_blank=True, help_text=_("Mã cơ quan, mã thủ tục, số của lĩnh vực, kênh, hay tháng (2026-11).")
    )
    name = serializers.CharField(allow_blank=True, help_text=_("Tên, bằng tiếng Việt."))


@extend_schema_serializer(component_name="Statistics")
class FiguresShape(serializers.Serializer[Any]):
    first = serializers.DateField(help_text=_("Ngày đầu của kỳ."))
    last = serializers.DateField(help_text=_("Ngày cuối của kỳ."))
    until = serializers.DateTimeField(help_text=_("Số liệu tính đến lúc này."))
    by = serializers.ChoiceField(
        GROUPINGS, allow_null=True, help_text=_("Chia nhóm theo gì; null khi không chia.")
    )
    total = CountsShape(help_text=_("Cả tỉnh."))
    groups = GroupShape(many=True, help_text=_("Từng nhóm; trống khi không chia."))


class StatisticsDoor(OpenDoor):
    """GET /api/v1/statistics/."""

    @extend_schema(
        operation_id="statistics",
        summary=_("Số liệu công khai của một kỳ"),
        description=_(
            "Tình hình giải quyết thủ tục trong một kỳ, theo công thức của trang minh bạch; khiếu nại và hòa giải không "
            "tính vào. Trọn một ngày hay một tháng là số đã đếm sẵn; kỳ khác được đếm khi hỏi, và mỗi địa chỉ mạng chỉ "
            "được hỏi 20 kỳ mới trong 15 phút."
        ),
        parameters=[StatisticsInput],
        responses={
            200: FiguresShape,
            **refusals(
                problems.INVALID, problems.UNREADABLE, problems.NOT_ACCEPTABLE, problems.TOO_MANY_TRIES
            ),
        },
    )
    def get(self, request: Request) -> Response:
        asked = StatisticsInput.of(request.query_params)
        days: list[date | None] = [asked.get("from"), asked.get("to")]
        try:
            first, last = publishing.period(*days)
            found = publishing.published(
                first, last, by=asked["by"] or None, asked_from=client_address(request)
            )
        except publishing.NoSuchPeriod as wrong:
            raise Refusal(problems.INVALID, errors={NAMES[wrong.end]: str(wrong)}) from None
        except publishing.TooManyCounts as spent:
            raise Refusal(problems.TOO_MANY_TRIES, retry_after=spent.retry_after) from None
        return Response(FiguresShape(found.as_dict()).data)
