"""Messages about complaints and conciliations: that something happened, never what it is about.

They say “đơn” for both kinds, and the status page says more to whoever holds the key.
"""

from dossiers.notices.texts import PLACEHOLDERS, WORDS
from messaging.texts import templates

KINDS = {
    "complaint_correction": templates.Kind.CORRECTION,
    "complaint_adjusted": templates.Kind.CORRECTION,
    "complaint_rescheduled": templates.Kind.ADDITION,
}

# name: (title, body, button)
TEXTS: dict[str, tuple[str, str, str]] = {
    "complaint_received": (
        "Đã nhận đơn của ông/bà",
        "Kính gửi ông/bà {ho_ten}, {don_vi} đã nhận đơn {ma_ho_so} ngày {ngay}. Hạn trả lời: {ngay_hen}. Xin "
        "ông/bà giữ mã hồ sơ và mã tra cứu; thiếu mã tra cứu thì không xem được đơn.⟦ Cần giúp, gọi "
        "{dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_accepted": (
        "Đơn của ông/bà đã được thụ lý",
        "Kính gửi ông/bà {ho_ten}, {don_vi} đã thụ lý đơn {ma_ho_so} ngày {ngay}. Thời hạn giải quyết: đến "
        "{ngay_hen}. Chúng tôi sẽ báo khi có kết quả giải quyết.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_refused": (
        "Đơn của ông/bà không được thụ lý",
        "Kính gửi ông/bà {ho_ten}, {don_vi} không thụ lý đơn {ma_ho_so}. Lý do: {ly_do} Mời ông/bà nhận văn bản "
        "thông báo tại {noi_tra}.⟦ Hướng dẫn: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_suspended": (
        "Việc giải quyết đơn tạm đình chỉ",
        "Kính gửi ông/bà {ho_ten}, việc giải quyết đơn {ma_ho_so} tạm đình chỉ từ {ngay}. Lý do: {ly_do} Thời "
        "hạn được tính tiếp khi giải quyết lại.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_resumed": (
        "Đơn của ông/bà được giải quyết tiếp",
        "Kính gửi ông/bà {ho_ten}, đơn {ma_ho_so} được giải quyết tiếp từ {ngay}. Thời hạn giải quyết: đến "
        "{ngay_hen}. Hiện ông/bà chưa cần làm gì.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_decided": (
        "Đã có quyết định giải quyết đơn",
        "Kính gửi ông/bà {ho_ten}, đã có quyết định giải quyết đơn {ma_ho_so} ngày {ngay}. Mời ông/bà nhận quyết "
        "định tại {noi_tra}. Số quyết định có trên trang tra cứu, bằng mã hồ sơ và mã tra cứu."
        "⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_delivered": (
        "Đã giao quyết định giải quyết đơn",
        "Kính gửi ông/bà {ho_ten}, quyết định giải quyết đơn {ma_ho_so} đã được giao. Nếu ông/bà chưa nhận được, "
        "xin báo ngay cho chúng tôi.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_withdrawn": (
        "Đã nhận yêu cầu rút đơn",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã nhận yêu cầu rút đơn {ma_ho_so} và thôi giải quyết. Nếu ông/bà "
        "không gửi yêu cầu này, xin báo ngay cho chúng tôi.⟦ Gọi {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_stopped": (
        "Việc giải quyết đơn đã đình chỉ",
        "Kính gửi ông/bà {ho_ten}, việc giải quyết đơn {ma_ho_so} đã đình chỉ ngày {ngay}. Lý do: {ly_do} Mời "
        "ông/bà nhận quyết định đình chỉ tại {noi_tra}.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "conciliation_done": (
        "Đã có biên bản theo đơn của ông/bà",
        "Kính gửi ông/bà {ho_ten}, đã có biên bản theo đơn {ma_ho_so} ngày {ngay}. Mời ông/bà nhận biên bản tại "
        "{noi_tra}, mang theo giấy tờ tùy thân.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "conciliation_delivered": (
        "Đã giao biên bản theo đơn của ông/bà",
        "Kính gửi ông/bà {ho_ten}, biên bản theo đơn {ma_ho_so} đã được giao. Nếu ông/bà chưa nhận được, xin báo "
        "ngay cho chúng tôi.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_correction": (
        "Đính chính thông báo vừa gửi",
        "Kính gửi ông/bà {ho_ten}, thông báo vừa gửi về đơn {ma_ho_so} chưa chính xác, xin ông/bà bỏ qua. Tình "
        "trạng đúng: {trang_thai}. Chúng tôi xin lỗi vì sự bất tiện này.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_adjusted": (
        "Tình trạng đơn được điều chỉnh",
        "Kính gửi ông/bà {ho_ten}, tình trạng đơn {ma_ho_so} được ghi lại cho đúng: {trang_thai}. Nếu ông/bà thấy "
        "chưa đúng, xin báo cho chúng tôi.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
    "complaint_rescheduled": (
        "Thời hạn giải quyết đơn thay đổi",
        "Kính gửi ông/bà {ho_ten}, thời hạn giải quyết đơn {ma_ho_so} được tính lại theo lịch làm việc mới: đến "
        "{ngay_hen}. Chúng tôi xin lỗi vì sự bất tiện này.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem thông báo",
    ),
}


def register() -> None:
    """Hand these texts to the messaging room, with the same placeholders as all messages of this room."""
    for name, (title, body, button) in TEXTS.items():
        templates.register(
            name,
            title=title,
            body=body,
            button=button,
            placeholders=PLACEHOLDERS,
            kind=KINDS.get(name, templates.Kind.STATUS),
            can_wait=name == "complaint_rescheduled",
            in_person=name == "complaint_received",
            words=WORDS,
            label=f"Đơn: {title}",
        )
