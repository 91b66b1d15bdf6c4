"""Figures of a province for programs: shapes, and the resource under /api/v1/."""

from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.statistics.transparency import open_data, report
from procedures.catalogue.models import TermUnit
from tenants.web import api as shared

DIMENSIONS = (
    ("agency", _("cơ quan giải quyết")),
    ("sector", _("lĩnh vực")),
    ("procedure", _("thủ tục")),
    ("channel", _("kênh nộp")),
)
UNITS = (("month", _("tháng")), ("quarter", _("quý")), ("year", _("năm")))


def _count(meaning: Any) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, help_text=meaning)


def _measure(meaning: Any) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=meaning)


class NumbersShape(serializers.Serializer[Any]):
    """The numbers of a whole or a group; null where a number is not disclosed."""

    too_few = serializers.BooleanField(
        help_text=_("Quá ít hồ sơ, hoặc nêu ra thì suy được nhóm khác: mọi số đều là null.")
    )
    total = _count(_("Hồ sơ của kỳ: chuyển sang + tiếp nhận + mở lại."))
    opening = _count(_("Kỳ trước chuyển sang."))
    received = _count(_("Tiếp nhận trong kỳ."))
    online = _count(_("Trong đó nộp trực tuyến."))
    reopened = _count(_("Mở lại trong kỳ."))
    with_term = _count(_("Có thời hạn, trong mọi hồ sơ của kỳ."))
    without_term = _count(_("Không quy định thời hạn, trong mọi hồ sơ của kỳ."))
    on_time = _count(_("Không trễ hạn, trong số có thời hạn."))
    late = _count(_("Trễ hạn, trong mọi hồ sơ của kỳ."))
    settled = _count(_("Đã có kết quả."))
    settled_before = _count(_("Có kết quả trước hạn."))
    settled_on_time = _count(_("Có kết quả đúng hạn."))
    settled_late = _count(_("Có kết quả trễ hạn."))
    settled_without_term = _count(_("Có kết quả, không quy định thời hạn."))
    open = _count(_("Đang xử lý lúc hết kỳ."))
    open_in_term = _count(_("Đang xử lý, trong hạn."))
    open_due_soon = _count(_("Trong số trong hạn, sắp đến hạn."))
    open_late = _count(_("Đang xử lý, quá hạn."))
    open_without_term = _count(_("Đang xử lý, không quy định thời hạn."))
    paused = _count(_("Tạm dừng lúc hết kỳ."))
    not_accepted = _count(_("Không được tiếp nhận."))
    withdrawn = _count(_("Người dân rút."))
    stopped = _count(_("Dừng xử lý."))
    on_time_rate = _measure(_("Tỷ lệ trước hạn, đúng hạn, %; null khi quá ít hồ sơ để tính."))
    online_share = _measure(_("Tỷ lệ trực tuyến trong số tiếp nhận, %; null như trên."))
    mean_days = _measure(_("Thời gian giải quyết trung bình, ngày làm việc; null như trên."))
    median_days = _measure(_("Thời gian giải quyết trung vị, ngày làm việc; null như trên."))
    ninetieth_days = _measure(_("Chín trên mười hồ sơ xong trong bấy nhiêu ngày làm việc; null như trên."))


@extend_schema_serializer(component_name="TermOfProcedure")
class TermShape(serializers.Serializer[Any]):
    value = serializers.IntegerField(allow_null=True, help_text=_("Bao nhiêu; null khi nguồn không nói số."))
    unit = serializers.ChoiceField(TermUnit.choices, help_text=_("Đơn vị."))


@extend_schema_serializer(component_name="StatisticsGroup")
class GroupShape(NumbersShape):
    key = serializers.CharField(
        allow_blank=True, help_text=_("Mã cơ quan, mã thủ tục, số của lĩnh vực, hay kênh.")
    )
    name = serializers.CharField(allow_blank=True, help_text=_("Tên, bằng tiếng Việt."))
    term = TermShape(
        allow_null=True, help_text=_("Thời hạn quy định; chỉ khi chia theo thủ tục, null khi không quy định.")
    )


@extend_schema_serializer(component_name="Statistics")
class StatisticsShape(NumbersShape):
    key = serializers.CharField(help_text=_("Tên kỳ: 2026-11, 2026-q4, 2026."))
    unit = serializers.ChoiceField(UNITS, help_text=_("Kỳ dài bao lâu."))
    first = serializers.DateField(help_text=_("Ngày đầu của kỳ."))
    last = serializers.DateField(help_text=_("Ngày cuối của kỳ."))
    until = serializers.DateTimeField(help_text=_("Số liệu tính đến lúc này."))
    counted_at = serializers.DateTimeField(help_text=_("Đếm lúc nào."))
    fewest = serializers.IntegerField(help_text=_("Nhóm có ít hồ sơ hơn số này thì không nêu số."))
    by = serializers.ChoiceField(
        DIMENSIONS, allow_null=True, help_text=_("Chia nhóm theo gì; null khi không chia.")
    )
    groups = GroupShape(many=True, help_text=_("Từng nhóm; trống khi không chia."))
    periods = serializers.ListField(
        child=serializers.CharField(), help_text=_("Các kỳ đã có số liệu, cũ trước.")
    )


class StatisticsInput(shared.Input):
    """Which period, and how it is divided."""

    by = shared.ChoiceField(
        choices=DIMENSIONS,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Chia nhóm theo gì. Trống: không chia."),
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python, so it cannot be declared as the others are.
        first = _("Ngày đầu của một tháng, quý hay năm. Trống cả hai: tháng trọn gần nhất.")
        last = _("Ngày cuối của tháng, quý hay năm ấy.")
        days = {
            "from": shared.DayField(required=False, help_text=first),
            "to": shared.DayField(required=False, help_text=last),
        }
        return {**days, **super().get_fields()}


class StatisticsDoor(shared.OpenDoor):
    """GET /api/v1/statistics/."""

    @extend_schema(
        operation_id="statistics",
        summary=_("Số liệu công khai của một kỳ"),
        description=_(
            "Số liệu của trang minh bạch cho một tháng, quý hay năm; khiếu nại và hòa giải không tính vào. Nhóm có "
            "quá ít hồ sơ thì không nêu số, để không ai bị nhận ra. Số đã đếm sẵn: `counted_at` nói đếm lúc nào."
        ),
        parameters=[StatisticsInput],
        responses=shared.answers(
            StatisticsShape, shared.INVALID, shared.UNREADABLE, shared.NOT_FOUND, shared.NOT_ACCEPTABLE
        ),
    )
    def get(self, request: Request) -> Response:
        asked = StatisticsInput.of(request.query_params)
        key = _key(asked.get("from"), asked.get("to"))
        try:
            found = report.read(key)
        except report.NotCounted:
            found = None
        if found is None:
            raise shared.Refusal(shared.NOT_FOUND, gettext("Chưa có số liệu của kỳ này."))
        return Response(StatisticsShape(open_data.one_period(found, asked["by"])).data)


def _key(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return ""
    if first is None or last is None:
        missing = "from" if first is None else "to"
        raise shared.Refusal(shared.INVALID, errors={missing: gettext("Cần cả ngày đầu và ngày cuối.")})
    try:
        return report.key_between(first, last)
    except report.NotCounted:
        wrong = gettext("Hai ngày phải là ngày đầu và ngày cuối của một tháng, quý hay năm.")
        raise shared.Refusal(shared.INVALID, errors={"to": wrong}) from None
