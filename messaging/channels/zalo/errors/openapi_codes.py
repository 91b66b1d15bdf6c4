"""The codes of the OA host (openapi.zalo.me) and of the host that grants (oauth.zaloapp.com), as data."""

from django.utils.translation import gettext_lazy as _

from messaging.channels.base import Reason
from messaging.channels.zalo.errors.rules import Closes, Rule, Wait, later, refused, unfit, way_rests

# The same number means two things, told apart by a word in Zalo's text.
ANOTHER_MEANING: dict[int, tuple[tuple[str, Rule], ...]] = {
    -32: (
        (
            "your oa",
            later(
                Reason.RATE_LIMIT,
                _("Official Account này gọi Zalo nhanh hơn mức cho phép."),
                Wait.NEXT_MINUTE,
            ),
        ),
    ),
    -201: (
        ("user_id", refused(Reason.BAD_ADDRESS, _("Zalo không biết mã người dùng này."), Closes.WAY)),
        ("recipient", refused(Reason.BAD_ADDRESS, _("Zalo không biết mã người dùng này."), Closes.WAY)),
    ),
    -223: (
        ("article", later(Reason.DAILY_QUOTA, _("Đã hết hạn mức bài viết của Official Account."))),
        ("quota", later(Reason.DAILY_QUOTA, _("Đã hết hạn mức bài viết của Official Account."))),
    ),
}

OPENAPI: dict[int, Rule] = {
    -32: later(
        Reason.RATE_LIMIT, _("Ứng dụng gọi Zalo nhanh hơn mức cho phép (chung mọi tỉnh)."), Wait.NEXT_MINUTE
    ),
    -100: later(Reason.BAD_PAYLOAD, _("Tệp đã tải lên Zalo hết hạn sau 7 ngày, phải tải lại."), most_tries=2),
    -200: later(Reason.PROVIDER, _("Zalo gửi tin không thành công."), most_tries=4),
    -201: unfit(_("Zalo không nhận một trường trong tin.")),
    -204: later(Reason.PLATFORM_BLOCK, _("Official Account đã bị vô hiệu hóa.")),
    -205: later(Reason.CONFIG, _("Không có Official Account này.")),
    -209: later(Reason.CONFIG, _("Ứng dụng Zalo chưa được kích hoạt.")),
    -210: unfit(_("Nội dung vượt giới hạn của Zalo.")),
    -211: way_rests(Reason.DAILY_QUOTA, _("Đã hết hạn mức tin của Official Account.")),
    -212: later(Reason.CONFIG, _("Ứng dụng Zalo chưa đăng ký loại API này.")),
    -213: refused(Reason.NOT_FOLLOWING, _("Người nhận chưa quan tâm Official Account."), Closes.WAY),
    -214: later(Reason.BAD_PAYLOAD, _("Bài viết đang được Zalo xử lý.")),
    -216: later(Reason.STALE, _("Mã truy cập Zalo không còn giá trị.")),
    -217: refused(Reason.OPTED_OUT, _("Người nhận đã chặn lời mời của Official Account.")),
    -218: later(Reason.OUTSIDE_WINDOW, _("Người nhận đã nhận đủ số tin trong ngày từ Zalo."), Wait.NEXT_DAY),
    -219: later(Reason.PLATFORM_BLOCK, _("Ứng dụng Zalo đã bị gỡ hoặc vô hiệu hóa.")),
    -220: later(Reason.STALE, _("Mã truy cập Zalo đã hết hạn hoặc bị thu hồi.")),
    -221: later(Reason.CONFIG, _("Official Account chưa được xác thực.")),
    -223: way_rests(
        Reason.CREDENTIAL, _("Official Account chưa cấp quyền này cho ứng dụng: phải cấp quyền lại.")
    ),
    -224: way_rests(Reason.CONFIG, _("Gói của Official Account không có tính năng này, phải nâng gói.")),
    -227: refused(Reason.NO_ACCOUNT, _("Tài khoản Zalo của người nhận bị khóa hoặc không dùng quá 45 ngày.")),
    -230: refused(
        Reason.OUTSIDE_WINDOW, _("Người nhận không tương tác với Official Account trong 7 ngày."), Closes.WAY
    ),
    -232: refused(
        Reason.OUTSIDE_WINDOW,
        _("Người nhận chưa tương tác với Official Account, hoặc đã quá hạn nhắn."),
        Closes.WAY,
    ),
    -233: unfit(_("Zalo không nhận loại tin này.")),
    -234: later(Reason.NIGHT, _("Zalo không nhận loại tin này ban đêm (22 giờ đến 6 giờ)."), Wait.MORNING),
    -235: way_rests(Reason.CONFIG, _("Loại Official Account này không được dùng tính năng.")),
    -237: unfit(_("Nhóm trò chuyện đã bị khóa.")),
    -238: unfit(_("Tài nguyên này đã được dùng.")),
    -240: unfit(_("Zalo đã ngừng cách gửi này.")),
    -241: unfit(_("Official Account không ở trong nhóm trò chuyện.")),
    -242: later(Reason.CREDENTIAL, _("Zalo không nhận appsecret_proof: kiểm tra khóa bí mật của ứng dụng.")),
    -244: refused(Reason.OPTED_OUT, _("Người nhận không muốn nhận loại tin này.")),
    -248: unfit(_("Zalo cho rằng nội dung vi phạm quy định của nền tảng: cần người xem lại mẫu tin.")),
    -249: refused(
        Reason.TEMPLATE_UNUSABLE, _("Mẫu tin này không gửi được theo mã người dùng Zalo."), Closes.WAY
    ),
    -320: way_rests(Reason.CONFIG, _("Official Account chưa nối với tài khoản ZBS.")),
    -321: way_rests(Reason.BILLING, _("Tài khoản ZBS đã hết tiền.")),
    -403: unfit(_("Official Account không ở trong nhóm trò chuyện.")),
    -1340: unfit(_("Zalo không nhận biểu mẫu này.")),
    -1341: unfit(_("Zalo không nhận biểu mẫu này.")),
}

# Each needs a person; what was to be renewed is not renewed by trying again.
OAUTH: dict[int, Rule] = {
    -14002: later(Reason.CONFIG, _("Mã ứng dụng Zalo sai, hoặc ứng dụng chưa được kích hoạt.")),
    -14003: later(
        Reason.CONFIG, _("Địa chỉ quay về chưa được khai báo ở trang quản lý ứng dụng Zalo, hoặc không khớp.")
    ),
    -14004: later(Reason.CREDENTIAL, _("Khóa bí mật của ứng dụng Zalo không đúng.")),
    -14005: later(Reason.CREDENTIAL, _("Mã cấp quyền sai, đã dùng hoặc quá 10 phút: phải cấp quyền lại.")),
    -14012: later(Reason.CREDENTIAL, _("Official Account không cho phép ứng dụng này.")),
    -14014: later(Reason.CREDENTIAL, _("Mã làm mới đã dùng, hết hạn hoặc bị thu hồi: phải cấp quyền lại.")),
    -14018: later(Reason.CONFIG, _("Zalo không nhận cách xin mã truy cập này.")),
    -14024: later(Reason.CREDENTIAL, _("Ứng dụng không thuộc Official Account này.")),
    -14029: later(Reason.CONFIG, _("Ứng dụng Zalo chưa được duyệt.")),
}
