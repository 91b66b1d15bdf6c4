"""What programs read of the catalogue, field by field: the API shows nothing that is not named here."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from procedures.models import Channel, FeeKind, FilingMode, Level, Origin, ProcedureKind, TermUnit

Shape = serializers.Serializer[Any]


def _levels() -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(Level.choices), help_text=_("Cấp giải quyết."))


def _channels() -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(Channel.choices), help_text=_("Cách nộp."))


def _everyday() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), help_text=_("Các tên thường gọi."))


@extend_schema_serializer(component_name="Term")
class TermShape(Shape):
    value = serializers.IntegerField(
        allow_null=True, help_text=_("Số ngày, tháng hay giờ; null khi nguồn không nói hoặc nói nhiều mức.")
    )
    unit = serializers.ChoiceField(TermUnit.choices, allow_blank=True, help_text=_("Đơn vị; trống như trên."))
    note = serializers.CharField(allow_blank=True, help_text=_("Nguyên văn của nguồn khi có nhiều mức."))
    text = serializers.CharField(help_text=_("Thời hạn bằng lời, theo ngôn ngữ của câu trả lời."))


@extend_schema_serializer(component_name="TermInFull")
class TermInFullShape(TermShape):
    source = serializers.ChoiceField(  # type: ignore[assignment]
        Origin.choices, help_text=_("Trung ương hay tỉnh quy định.")
    )
    decision = serializers.CharField(allow_blank=True, help_text=_("Quyết định của tỉnh về thời hạn."))


@extend_schema_serializer(component_name="Fee")
class FeeShape(Shape):
    kind = serializers.ChoiceField(
        FeeKind.choices, allow_blank=True, help_text=_("Trống khi nguồn không tách phí với lệ phí.")
    )
    amount = serializers.IntegerField(
        allow_null=True, help_text=_("Đồng; null khi thu theo quy định riêng, 0 khi miễn.")
    )


@extend_schema_serializer(component_name="FeeInFull")
class FeeInFullShape(FeeShape):
    note = serializers.CharField(allow_blank=True, help_text=_("Ghi chú của nguồn hoặc của tỉnh."))
    online_note = serializers.CharField(allow_blank=True, help_text=_("Khi nộp trực tuyến."))


@extend_schema_serializer(component_name="ProcedureInList")
class ProcedureInListShape(Shape):
    code = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    name = serializers.CharField(help_text=_("Tên chính thức."))
    short_name = serializers.CharField(help_text=_("Tên gọn."))
    everyday = _everyday()
    sector = serializers.CharField(allow_blank=True, help_text=_("Lĩnh vực."))
    levels = _levels()
    handled = serializers.BooleanField(help_text=_("Tỉnh giải quyết; nếu không thì chỉ để xem."))
    where = serializers.CharField(allow_blank=True, help_text=_("Nộp ở đâu, khi tỉnh hay nguồn có nói."))
    issuer = serializers.CharField(allow_blank=True, help_text=_("Cơ quan ban hành."))
    channels = _channels()
    term = TermShape(help_text=_("Thời hạn giải quyết."))
    fees = FeeShape(many=True, help_text=_("Phí, lệ phí."))
    fee_text = serializers.CharField(allow_blank=True, help_text=_("Phí bằng lời; trống khi không rõ."))
    url = serializers.CharField(help_text=_("Trang của thủ tục cho người đọc."))


@extend_schema_serializer(component_name="ProcedureCount")
class CountShape(Shape):
    handled = serializers.IntegerField(help_text=_("Số thủ tục tỉnh giải quyết."))
    information_only = serializers.IntegerField(help_text=_("Số thủ tục nơi khác giải quyết, chỉ để xem."))


@extend_schema_serializer(component_name="ProcedurePage")
class ProcedurePageShape(Shape):
    count = CountShape(help_text=_("Có bao nhiêu trong tất cả các trang."))
    next = serializers.CharField(allow_null=True, help_text=_("Địa chỉ trang sau; null ở trang cuối."))
    items = ProcedureInListShape(many=True, help_text=_("Các thủ tục của trang này."))


@extend_schema_serializer(component_name="Document")
class DocumentShape(Shape):
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


@extend_schema_serializer(component_name="ProcedureStep")
class StepShape(Shape):
    name = serializers.CharField(allow_blank=True, help_text=_("Tên bước."))
    detail = serializers.CharField(allow_blank=True, help_text=_("Làm gì ở bước này."))


@extend_schema_serializer(component_name="LegalText")
class LegalTextShape(Shape):
    name = serializers.CharField(allow_blank=True, help_text=_("Tên văn bản."))
    number = serializers.CharField(allow_blank=True, help_text=_("Số, ký hiệu."))


@extend_schema_serializer(component_name="Agency")
class AgencyShape(Shape):
    code = serializers.CharField(help_text=_("Mã định danh cơ quan."))
    name = serializers.CharField(help_text=_("Tên cơ quan."))


@extend_schema_serializer(component_name="ProcedureVersion")
class VersionShape(Shape):
    number = serializers.IntegerField(help_text=_("Phiên bản thứ mấy ở tỉnh này."))
    effective_from = serializers.DateField(help_text=_("Áp dụng từ ngày."))
    recorded_at = serializers.DateTimeField(help_text=_("Ghi nhận lúc."))
    decision = serializers.CharField(allow_blank=True, help_text=_("Quyết định công bố."))
    source_note = serializers.CharField(allow_blank=True, help_text=_("Nguồn của nội dung."))


@extend_schema_serializer(component_name="Procedure")
class ProcedureShape(Shape):
    code = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    name = serializers.CharField(help_text=_("Tên chính thức."))
    short_name = serializers.CharField(help_text=_("Tên gọn."))
    everyday = _everyday()
    summary = serializers.CharField(allow_blank=True, help_text=_("Tóm tắt bằng lời dễ hiểu."))
    sector = serializers.CharField(allow_blank=True, help_text=_("Lĩnh vực."))
    levels = _levels()
    kind = serializers.ChoiceField(ProcedureKind.choices, help_text=_("Loại thủ tục."))
    handled = serializers.BooleanField(help_text=_("Tỉnh giải quyết; nếu không thì chỉ để xem."))
    where = serializers.CharField(allow_blank=True, help_text=_("Nộp ở đâu, khi tỉnh hay nguồn có nói."))
    agency = AgencyShape(allow_null=True, help_text=_("Cơ quan có thẩm quyền của tỉnh, khi đã chỉ định."))
    filing_mode = serializers.ChoiceField(
        FilingMode.choices,
        allow_blank=True,
        help_text=_("Nộp trực tuyến ở đâu; trống khi tỉnh không giải quyết."),
    )
    issuer = serializers.CharField(allow_blank=True, help_text=_("Cơ quan ban hành."))
    channels = _channels()
    term = TermInFullShape(help_text=_("Thời hạn giải quyết."))
    fees = FeeInFullShape(many=True, help_text=_("Phí, lệ phí."))
    fee_text = serializers.CharField(allow_blank=True, help_text=_("Phí bằng lời; trống khi không rõ."))
    documents = DocumentShape(many=True, help_text=_("Thành phần hồ sơ."))
    steps = StepShape(many=True, help_text=_("Trình tự thực hiện."))
    subjects = serializers.CharField(allow_blank=True, help_text=_("Đối tượng thực hiện."))
    result = serializers.CharField(allow_blank=True, help_text=_("Kết quả, mỗi dòng một thứ."))
    conditions = serializers.CharField(allow_blank=True, help_text=_("Yêu cầu, điều kiện."))
    legal_basis = LegalTextShape(many=True, help_text=_("Căn cứ pháp lý."))
    version = VersionShape(help_text=_("Bản đang áp dụng."))
    missing = serializers.ListField(
        child=serializers.CharField(), help_text=_("Phần luật đòi công bố mà nguồn chưa có, bằng lời.")
    )
    url = serializers.CharField(help_text=_("Trang của thủ tục cho người đọc."))
