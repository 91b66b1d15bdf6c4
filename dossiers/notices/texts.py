"""The default texts of notices about dossiers, complaints and link codes, and their placeholders.

A province may write its own notices. Messages about complaints and conciliations tell that something happened, never
what it is about. They say “đơn” for both kinds, and the status page says more to a holder of the key.
"""

from django.utils.translation import gettext_lazy as _

from messaging import templates
from messaging.templates import Kind, Placeholder
from tenants.isolation.context import current_province

CORRECTIONS = frozenset({"correction", "adjusted"})
ADDITIONS = frozenset({"apology", "rescheduled", "reminder"})
# The date a calendar moved and the end of a term some days away are no news of the minute.
CAN_WAIT = frozenset({"rescheduled", "reminder"})
# Sent to people who stand at the desk and leave with a receipt, or with the result itself.
IN_PERSON = frozenset({"received", "returned"})
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
        _("Cả câu về ngày hẹn; để trống khi thời hạn không chạy"), "Hẹn trả kết quả: 17:00, 02/12/2026."
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

# name: (title, body, button)
TEXTS: dict[str, tuple[str, str, str]] = {
    "received": (
        "Đã tiếp nhận hồ sơ của ông/bà",
        "Kính gửi ông/bà {ho_ten}, lúc {luc} chúng tôi đã tiếp nhận hồ sơ {ma_ho_so}, người nhận: {nguoi_nhan}. Hẹn "
        "trả kết quả: {ngay_hen} tại {noi_tra}. Xin giữ mã hồ sơ để tra cứu. Chúng tôi sẽ báo khi hồ sơ có thay "
        "đổi; ông/bà không cần đến hỏi.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "filed": (
        "Đã nhận hồ sơ trực tuyến",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã nhận được hồ sơ trực tuyến {ma_ho_so} và đang kiểm tra. Đây chưa "
        "phải là giấy hẹn. Chúng tôi sẽ báo khi hồ sơ được tiếp nhận hoặc cần sửa.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "in_progress": (
        "Hồ sơ của ông/bà đang được giải quyết",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} được {don_vi} giải quyết từ {luc}, người phụ trách: "
        "{nguoi_xu_ly}. Hẹn trả kết quả: {ngay_hen}. Hiện ông/bà chưa cần làm gì.",
        "Theo dõi hồ sơ",
    ),
    "supplement": (
        "Hồ sơ của ông/bà cần bổ sung giấy tờ",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} cần bổ sung: {giay_to}. Lý do: {ly_do} Hạn: {han_bo_sung}, "
        "nộp {cach_nop}. {cau_thoi_han}⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Xem giấy cần bổ sung",
    ),
    "supplement_received": (
        "Đã nhận đủ giấy tờ bổ sung",
        "Kính gửi ông/bà {ho_ten}, lúc {luc} chúng tôi đã nhận đủ giấy tờ bổ sung của hồ sơ {ma_ho_so}. Ngày "
        "hẹn trả kết quả: {ngay_hen}. Hiện ông/bà chưa cần làm gì thêm.",
        "Theo dõi hồ sơ",
    ),
    "payment": (
        "Hồ sơ của ông/bà cần nộp thuế, phí, lệ phí",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} cần nộp {so_tien} cho {ben_thu}, hạn {han_nop}, trên Cổng Dịch "
        "vụ công quốc gia hoặc tại {noi_nop}. Nộp xong, hồ sơ được giải quyết tiếp. Chúng tôi không bao giờ nhận "
        "tiền qua tài khoản cá nhân.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem cách nộp",
    ),
    "payment_received": (
        "Đã nhận tiền nộp cho hồ sơ",
        "Kính gửi ông/bà {ho_ten}, lúc {luc} chúng tôi đã nhận {so_tien} cho hồ sơ {ma_ho_so} và tiếp tục giải "
        "quyết. Ngày hẹn trả kết quả: {ngay_hen}. Xin ông/bà giữ biên lai.",
        "Theo dõi hồ sơ",
    ),
    "done": (
        "Hồ sơ của ông/bà đã có kết quả",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} đã có kết quả. Mời ông/bà đến {noi_tra} trong giờ làm việc, "
        "mang theo giấy hẹn (hoặc mã hồ sơ) và giấy tờ tùy thân. Nếu đã chọn trả qua bưu điện, ông/bà chờ nhận "
        "tại nhà.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem nơi nhận",
    ),
    "returned": (
        "Đã trả kết quả hồ sơ",
        "Kính gửi ông/bà {ho_ten}, kết quả hồ sơ {ma_ho_so} đã được trả lúc {luc}. Nếu ông/bà chưa nhận hoặc thấy kết quả "
        "có sai sót, xin báo ngay cho chúng tôi. Cảm ơn ông/bà.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "refused": (
        "Chúng tôi chưa thể tiếp nhận hồ sơ",
        "Kính gửi ông/bà {ho_ten}, rất tiếc chúng tôi chưa thể tiếp nhận hồ sơ {ma_ho_so}. Lý do: {ly_do} Phiếu "
        "từ chối có tại {noi_nop}. Ông/bà có thể nộp lại khi đủ điều kiện.⟦ Hướng dẫn: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "stopped": (
        "Hồ sơ của ông/bà đã dừng giải quyết",
        "Kính gửi ông/bà {ho_ten}, rất tiếc hồ sơ {ma_ho_so} đã dừng giải quyết. Lý do: {ly_do} Thông báo dừng "
        "giải quyết có tại {noi_tra}. Ông/bà có thể nộp lại khi đủ điều kiện, hoặc gửi kiến nghị, khiếu nại."
        "⟦ Hướng dẫn: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "withdrawn": (
        "Đã nhận yêu cầu rút hồ sơ",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã nhận yêu cầu rút hồ sơ {ma_ho_so} và dừng giải quyết. Mời ông/bà "
        "mang giấy tờ tùy thân đến {noi_tra} để nhận lại giấy tờ đã nộp. Nếu ông/bà không gửi yêu cầu này, xin "
        "báo ngay cho chúng tôi.⟦ Gọi {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "apology": (
        "Xin lỗi ông/bà vì trả kết quả chậm",
        "Kính gửi ông/bà {ho_ten}, chúng tôi xin lỗi vì không kịp trả kết quả hồ sơ {ma_ho_so} đúng hẹn. Lý do: "
        "{ly_do} Hẹn mới: {ngay_hen} tại {noi_tra}. Ông/bà không phải nộp thêm giấy tờ hay khoản tiền nào vì "
        "việc chậm trễ này.⟦ Góp ý: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "rescheduled": (
        "Ngày hẹn trả hồ sơ thay đổi",
        "Kính gửi ông/bà {ho_ten}, ngày hẹn trả kết quả hồ sơ {ma_ho_so} đổi từ {ngay_hen_cu} thành {ngay_hen}. "
        "Lý do: {ly_do} Chúng tôi xin lỗi ông/bà vì sự thay đổi này. Ông/bà không phải làm gì thêm."
        "⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "adjusted": (
        "Tình trạng hồ sơ được điều chỉnh",
        "Kính gửi ông/bà {ho_ten}, tình trạng hồ sơ {ma_ho_so} được ghi lại cho đúng: {trang_thai}. {cau_ngay_hen} "
        "Nếu ông/bà thấy chưa đúng, xin báo cho chúng tôi.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "correction": (
        "Đính chính thông báo vừa gửi",
        "Kính gửi ông/bà {ho_ten}, thông báo vừa gửi về hồ sơ {ma_ho_so} chưa chính xác, xin ông/bà bỏ qua. "
        "Tình trạng đúng: {trang_thai}. {cau_ngay_hen} Chúng tôi xin lỗi vì sự bất tiện này.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "reminder": (
        "Sắp hết hạn bổ sung giấy tờ",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} còn chờ ông/bà bổ sung: {giay_to}. Hạn cuối: {han_bo_sung}, nộp "
        "{cach_nop}. Quá hạn, hồ sơ có thể bị dừng giải quyết. Nếu đã bổ sung, xin bỏ qua tin này."
        "⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Xem giấy tờ cần bổ sung",
    ),
}


def register() -> None:
    """Hand the default texts to the messaging room."""
    templates.describe(PLACEHOLDERS)
    for name, (title, body, button) in TEXTS.items():
        templates.register(
            name,
            title=title,
            body=body,
            button=button,
            placeholders=PLACEHOLDERS,
            kind=kind_of(name),
            can_wait=name in CAN_WAIT,
            in_person=name in IN_PERSON,
            words=WORDS,
        )
    _register_complaints()


def kind_of(name: str) -> Kind:
    """What this text says about older ones of the same dossier."""
    if name in CORRECTIONS:
        return Kind.CORRECTION
    return Kind.ADDITION if name in ADDITIONS else Kind.STATUS


COMPLAINT_KINDS = {
    "complaint_correction": templates.Kind.CORRECTION,
    "complaint_adjusted": templates.Kind.CORRECTION,
    "complaint_rescheduled": templates.Kind.ADDITION,
}

# name: (title, body, button)
COMPLAINT_TEXTS: dict[str, tuple[str, str, str]] = {
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


def _register_complaints() -> None:
    """Hand these texts to the messaging room, with the same placeholders as all messages of this room."""
    for name, (title, body, button) in COMPLAINT_TEXTS.items():
        templates.register(
            name,
            title=title,
            body=body,
            button=button,
            placeholders=PLACEHOLDERS,
            kind=COMPLAINT_KINDS.get(name, templates.Kind.STATUS),
            can_wait=name == "complaint_rescheduled",
            in_person=name == "complaint_received",
            words=WORDS,
            label=f"Đơn: {title}",
        )


def chat_linked(code: str) -> str:
    """The code was right: from now on news comes here."""
    return (
        f"Đã nối với hồ sơ {code}. Từ nay chúng tôi báo tình trạng hồ sơ này cho ông/bà tại đây. Không quảng cáo. "
        "Muốn thôi nhận tin, ông/bà nhắn TẮT TIN."
    )


def chat_taken(code: str) -> str:
    """The code was right, and the dossier is linked to another account already."""
    return (
        f"Chưa nối được: hồ sơ {code} đã nối với người khác. Muốn nhận tin thay người ấy, mời ông/bà mở trang hồ sơ, "
        f"bấm “Thôi nhận tin về hồ sơ này” ở mục Tin báo, rồi lấy mã mới.{_hotline()}"
    )


def chat_closed(code: str) -> str:
    """The code was right, and there is nothing to tell any more."""
    return f"Hồ sơ {code} đã kết thúc, không còn tin nào để báo tại đây. Mời ông/bà xem trên trang hồ sơ."


def chat_no_mobile(code: str) -> str:
    """The code was right, and news has no number to be tied to."""
    return (
        f"Chưa nối được: hồ sơ {code} không có số điện thoại di động của người nhận tin, nên chúng tôi chưa báo tin tại "
        f"đây được. Mời ông/bà xem trên trang hồ sơ.{_hotline()}"
    )


def chat_not_now(code: str) -> str:
    """The code was right, and this chat cannot get notices now."""
    return f"Chưa nối được hồ sơ {code} với ông/bà tại đây. Mời ông/bà xem trên trang hồ sơ.{_hotline()}"


def chat_wrong_code() -> str:
    """No such code."""
    return (
        "Mã liên kết này chưa đúng, đã dùng rồi hoặc đã quá 10 phút. Mời ông/bà mở lại trang hồ sơ, lấy mã mới rồi "
        "nhắn mã ấy vào đây."
    )


def chat_too_many_codes() -> str:
    """Wrong link codes too often."""
    return f"Ông/bà đã thử nhiều lần. Xin đợi 15 phút rồi lấy mã mới trên trang hồ sơ.{_hotline()}"


def chat_too_many_dossiers() -> str:
    """Wrong dossier codes or keys too often."""
    return (
        "Ông/bà đã thử nhiều lần. Xin đợi 15 phút rồi nhắn lại mã hồ sơ, mã tra cứu đúng như in trên giấy hẹn. "
        f"Mất giấy hẹn, mời ông/bà hỏi nơi đã nộp.{_hotline()}"
    )


def _hotline() -> str:
    hotline = current_province().hotline
    return f" Cần giúp, xin gọi {hotline}." if hotline else ""
