"""What programs read of a dossier and of figures, field by field: the API shows nothing that is not named here."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from dossiers.workflow.rules.statuses import Status

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
