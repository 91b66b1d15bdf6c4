"""What programs read of a dossier and of figures, field by field: the API shows nothing that is not named here."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from dossiers.rules.statuses import Status
from procedures.models import TermUnit

DIMENSIONS = (
    ("agency", _("cơ quan giải quyết")),
    ("sector", _("lĩnh vực")),
    ("procedure", _("thủ tục")),
    ("channel", _("kênh nộp")),
)
UNITS = (("month", _("tháng")), ("quarter", _("quý")), ("year", _("năm")))

Shape = serializers.Serializer[Any]

STAGE_STATES = (
    ("done", _("đã xong")),
    ("now", _("đang ở chặng này")),
    ("waiting", _("đang chờ người dân")),
    ("late", _("đang ở chặng này, đã quá hẹn")),
    ("todo", _("chưa đến")),
    ("stopped", _("dừng ở đây")),
)
KEY_STATES = (("missing", _("không gửi")), ("wrong", _("gửi sai")), ("right", _("đúng")))


@extend_schema_serializer(component_name="DossierStatus")
class StatusShape(Shape):
    number = serializers.IntegerField(
        min_value=min(Status), max_value=max(Status), help_text=_("Trạng thái quốc gia, 1 đến 10.")
    )
    name = serializers.CharField(help_text=_("Tên để hiện cho người dân."))


@extend_schema_serializer(component_name="DossierStage")
class StageShape(Shape):
    name = serializers.CharField(help_text=_("Tên chặng."))
    state = serializers.ChoiceField(STAGE_STATES, help_text=_("Đã qua chặng này chưa."))


@extend_schema_serializer(component_name="DossierAgency")
class AgencyShape(Shape):
    code = serializers.CharField(help_text=_("Mã định danh cơ quan."))
    name = serializers.CharField(help_text=_("Tên cơ quan; đã sáp nhập thì kèm cơ quan tiếp nhận."))


@extend_schema_serializer(component_name="DossierProcedure")
class ProcedureShape(Shape):
    code = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    name = serializers.CharField(help_text=_("Tên gọn."))


@extend_schema_serializer(component_name="DossierAction")
class ActionShape(Shape):
    title = serializers.CharField(
        allow_blank=True, help_text=_("Một câu ngắn; cũng có thể là không cần làm gì.")
    )
    text = serializers.CharField(allow_blank=True, help_text=_("Nói rõ thêm: ở đâu, trước lúc nào, vì sao."))
    items = serializers.ListField(child=serializers.CharField(), help_text=_("Giấy tờ, khoản tiền cần có."))


@extend_schema_serializer(component_name="DossierEvent")
class EventShape(Shape):
    at = serializers.DateTimeField(help_text=_("Lúc nào."))
    title = serializers.CharField(help_text=_("Việc gì."))
    agency = serializers.CharField(allow_blank=True, help_text=_("Cơ quan đã làm; không nêu tên cán bộ."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Lý do, khi việc ấy phải báo lý do."))


def _moment(meaning: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, help_text=meaning)


@extend_schema_serializer(component_name="DossierDetails")
class DetailsShape(Shape):
    procedure = ProcedureShape(help_text=_("Thủ tục."))
    headline = serializers.CharField(help_text=_("Câu trả lời ngắn nhất: hẹn ngày nào, hoặc đến đâu nhận."))
    action = ActionShape(help_text=_("Người dân cần làm gì lúc này."))
    received_at = _moment(_("Nhận lúc."))
    due_at = _moment(_("Hẹn trả; với đơn chưa thụ lý là hạn trả lời có thụ lý không. null: không quy định."))
    due_explained = serializers.CharField(allow_blank=True, help_text=_("Ngày hẹn được tính thế nào."))
    days_late = serializers.IntegerField(help_text=_("Số ngày làm việc đã quá hẹn, 0 khi chưa."))
    paused_since = _moment(_("Thời hạn tạm dừng từ lúc này; null khi đang chạy."))
    answer_by = _moment(_("Hạn để người dân bổ sung hay nộp tiền."))
    finished_at = _moment(_("Có kết quả lúc."))
    closed_at = _moment(_("Trả kết quả hoặc kết thúc lúc."))
    receiving_agency = AgencyShape(help_text=_("Nơi tiếp nhận."))
    competent_agency = AgencyShape(help_text=_("Cơ quan giải quyết."))
    history = EventShape(many=True, help_text=_("Những việc đã làm, mới nhất trước."))


@extend_schema_serializer(component_name="Dossier")
class DossierShape(Shape):
    code = serializers.CharField(help_text=_("Mã hồ sơ, viết như trên giấy hẹn."))
    status = StatusShape(help_text=_("Tình trạng hiện nay."))
    stages = StageShape(many=True, help_text=_("Bốn chặng của hồ sơ."))
    key = serializers.ChoiceField(
        KEY_STATES, help_text=_("Mã tra cứu có đúng không. Chỉ khi đúng mới có `details`.")
    )
    details = DetailsShape(allow_null=True, help_text=_("Chi tiết; null khi mã tra cứu thiếu hoặc sai."))


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
