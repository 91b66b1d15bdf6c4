"""What the province's account answers in a chat. To citizens it writes Vietnamese, whatever they read."""

from tenants.context import current_province


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
    """The code was right, and there is nothing to tell any more or nobody to tell it to."""
    return f"Hồ sơ {code} không còn tin nào để báo tại đây. Mời ông/bà xem trên trang hồ sơ."


def wrong() -> str:
    """No such code."""
    return (
        "Mã liên kết này chưa đúng, đã dùng rồi hoặc đã quá 10 phút. Mời ông/bà mở lại trang hồ sơ, lấy mã mới rồi "
        "nhắn mã ấy vào đây."
    )


def too_many() -> str:
    """Wrong codes too often."""
    return f"Ông/bà đã thử nhiều lần. Xin đợi 15 phút rồi lấy mã mới trên trang hồ sơ.{_call()}"


def _call() -> str:
    hotline = current_province().hotline
    return f" Cần giúp, xin gọi {hotline}." if hotline else ""
