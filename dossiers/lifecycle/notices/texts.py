"""The default texts of notices about dossiers, complaints and link codes, and their placeholders.

A province may write its own notices. Messages about complaints and conciliations tell that something happened, never
what it is about. They say “đơn” for both kinds, and the status page says more to a holder of the key.
"""

from pathlib import Path

import yaml
from django.utils.translation import gettext_lazy as _

from messaging.outbox import wording as templates
from messaging.outbox.wording import Kind, Placeholder
from tenants.isolation.context import current_province

CORRECTIONS = frozenset({"correction", "adjusted", "complaint_correction", "complaint_adjusted"})
ADDITIONS = frozenset({"apology", "rescheduled", "reminder", "complaint_rescheduled"})
# The date a calendar moved and the end of a term some days away are no news of the minute.
CAN_WAIT = frozenset({"rescheduled", "reminder", "complaint_rescheduled"})
# Sent to people who stand at the desk and leave with a receipt, or with the result itself.
IN_PERSON = frozenset({"received", "returned", "complaint_received"})
# Free words of the staff: they give way first when a message is too long.
WORDS = frozenset({"giay_to", "ly_do"})

# Every sample is invented.
PLACEHOLDERS: dict[str, Placeholder] = {
    "ho_ten": Placeholder(_("Người nhận tin, hoặc tên tổ chức"), "Nguyễn Thị Minh Họa", may_be_cut=True),
    "ma_ho_so": Placeholder(_("Mã hồ sơ"), "H15.08-261125-0000"),
    "thu_tuc": Placeholder(_("Tên gọn của thủ tục"), "Đăng ký kết hôn", may_be_cut=True),
    "trang_thai": Placeholder(_("Trạng thái của hồ sơ"), "Đang xử lý", may_be_cut=True),
    "luc": Placeholder(_("Giờ và ngày của việc được báo"), "09:15, 25/11/2026"),
    "ngay": Placeholder(_("Ngày của việc được báo"), "25/11/2026"),
    "ngay_hen": Placeholder(_("Giờ và ngày hẹn trả kết quả"), "17:00, 02/12/2026"),
    "ngay_hen_cu": Placeholder(_("Ngày hẹn trước khi thay đổi"), "17:00, 30/11/2026"),
    "cau_ngay_hen": Placeholder(
        _("Cả câu về ngày hẹn, hoặc về điều còn chờ người dân; để trống khi không có"),
        "Hẹn trả kết quả: 17:00, 02/12/2026.",
    ),
    "don_vi": Placeholder(_("Cơ quan giải quyết"), "Phòng Minh họa", may_be_cut=True),
    "nguoi_xu_ly": Placeholder(_("Người đang giải quyết"), "Trần Văn Minh Họa", may_be_cut=True),
    "nguoi_nhan": Placeholder(_("Người đã tiếp nhận"), "Lê Thị Minh Họa", may_be_cut=True),
    "noi_tra": Placeholder(
        _("Nơi trả kết quả"), "Trung tâm Phục vụ hành chính công minh họa", may_be_cut=True
    ),
    "noi_nop": Placeholder(
        _("Nơi nộp giấy tờ và tiền"), "Trung tâm Phục vụ hành chính công minh họa", may_be_cut=True
    ),
    "cach_nop": Placeholder(
        _("Nộp bổ sung bằng cách nào, ở đâu"),
        "tại Trung tâm Phục vụ hành chính công minh họa",
        may_be_cut=True,
    ),
    "dien_thoai": Placeholder(_("Số điện thoại của tổng đài tỉnh"), "0200 000 000"),
    "giay_to": Placeholder(
        _("Giấy tờ cần bổ sung, như cán bộ ghi"), "Bản sao giấy khai sinh, tờ khai", may_be_cut=True
    ),
    "ly_do": Placeholder(_("Lý do, như cán bộ ghi, thành câu"), "Tờ khai chưa có chữ ký.", may_be_cut=True),
    "so_tien": Placeholder(_("Số tiền"), "150.000 đồng"),
    "ben_thu": Placeholder(_("Nơi thu tiền"), "Kho bạc minh họa", may_be_cut=True),
    "cau_thoi_han": Placeholder(
        _("Cả câu: thời hạn tính thế nào khi đủ giấy tờ"),
        "Thời hạn được tính lại từ đầu khi nhận đủ giấy tờ.",
        may_be_cut=True,
    ),
    "han_bo_sung": Placeholder(_("Hạn bổ sung giấy tờ"), "17:00, 10/12/2026"),
    "han_nop": Placeholder(_("Hạn nộp tiền"), "17:00, 10/12/2026"),
    "so_quyet_dinh": Placeholder(_("Số của quyết định"), "00/QĐ-MH"),
}

_FILE = yaml.safe_load((Path(__file__).parents[1] / "data" / "notices.yaml").read_text(encoding="utf-8"))
# By name: title, body and button.
COMPLAINT_TEXTS: dict[str, dict[str, str]] = _FILE["complaints"]
TEXTS: dict[str, dict[str, str]] = {**_FILE["dossiers"], **COMPLAINT_TEXTS}


def register() -> None:
    """Hand the default texts to the messaging room."""
    templates.describe(PLACEHOLDERS)
    for name, text in TEXTS.items():
        templates.register(
            name,
            text["title"],
            text["body"],
            text.get("button", ""),
            placeholders=PLACEHOLDERS,
            kind=_kind_of(name),
            can_wait=name in CAN_WAIT,
            in_person=name in IN_PERSON,
            words=WORDS,
            label=f"Đơn: {text['title']}" if name in COMPLAINT_TEXTS else "",
        )


def _kind_of(name: str) -> Kind:
    """The effect of this text on older ones of the same dossier."""
    if name in CORRECTIONS:
        return Kind.CORRECTION
    return Kind.ADDITION if name in ADDITIONS else Kind.STATUS


def chat(name: str, code: str = "") -> str:
    """An answer in the chat to one who typed a code, by its name in the file; `code` is that of the dossier."""
    hotline = current_province().hotline
    return _FILE["chat"][name].format(code=code, help=f" Cần giúp, xin gọi {hotline}." if hotline else "")
