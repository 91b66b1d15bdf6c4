"""What the province's account answers in a chat. To citizens it writes Vietnamese, whatever they read."""

from tenants.isolation.context import current_province


def linked(code: str) -> str:
    """The code was right: from now on news comes here."""
    return (
        f"Đã nối với hồ sơ {code}. Từ nay chúng tôi báo tình trạng hồ sơ này cho ông/bà tại đây. Không quảng cáo. "
        "Muốn thôi nhận tin, ông/bà nhắn TẮT TIN."
    )


def taken(code: str) -> str:
    """The code was right, and the dossier is tied to somebody else already."""
    return (
        f"Chưa nối được: hồ sơ {code} đã nối với người khác. Muốn nhận tin thay người ấy, mời ông/bà mở trang hồ sơ, "
        f"bấm “Thôi nhận tin về hồ sơ này” ở mục Tin báo, rồi lấy mã mới.{_call()}"
    )


def closed(code: str) -> str:
    """The code was right, and there is nothing to tell any more."""
    return f"Hồ sơ {code} đã kết thúc, không còn tin nào để báo tại đây. Mời ông/bà xem trên trang hồ sơ."


def no_mobile(code: str) -> str:
    """The code was right, and news has no number to be tied to."""
    return (
        f"Chưa nối được: hồ sơ {code} không có số điện thoại di động của người nhận tin, nên chúng tôi chưa báo tin tại "
        f"đây được. Mời ông/bà xem trên trang hồ sơ.{_call()}"
    )


def not_now(code: str) -> str:
    """The code was right, and this chat cannot be told news just now."""
    return f"Chưa nối được hồ sơ {code} với ông/bà tại đây. Mời ông/bà xem trên trang hồ sơ.{_call()}"


def wrong() -> str:
    """No such code."""
    return (
        "Mã liên kết này chưa đúng, đã dùng rồi hoặc đã quá 10 phút. Mời ông/bà mở lại trang hồ sơ, lấy mã mới rồi "
        "nhắn mã ấy vào đây."
    )


def too_many() -> str:
    """Wrong link codes too often."""
    return f"Ông/bà đã thử nhiều lần. Xin đợi 15 phút rồi lấy mã mới trên trang hồ sơ.{_call()}"


def too_many_dossiers() -> str:
    """Wrong dossier codes or keys too often."""
    return (
        "Ông/bà đã thử nhiều lần. Xin đợi 15 phút rồi nhắn lại mã hồ sơ, mã tra cứu đúng như in trên giấy hẹn. "
        f"Mất giấy hẹn, mời ông/bà hỏi nơi đã nộp.{_call()}"
    )


def _call() -> str:
    hotline = current_province().hotline
    return f" Cần giúp, xin gọi {hotline}." if hotline else ""
