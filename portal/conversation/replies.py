"""What the province's account says about itself. To citizens it writes Vietnamese, whatever they read."""

from collections.abc import Sequence

from tenants.isolation.context import current_province
from tenants.organisation.models import Agency

CAN = (
    "1. Nhắn mã hồ sơ in trên giấy hẹn: biết hồ sơ đến đâu.\n"
    "2. Nhắn việc cần làm, ví dụ “khai sinh”, “hộ kinh doanh”: thời hạn, lệ phí, nơi nộp.\n"
    "3. Nhắn GIỜ LÀM VIỆC, HỒ SƠ CỦA TÔI, GẶP CÁN BỘ; không muốn nhận tin nữa, nhắn TẮT TIN."
)


def greeting() -> str:
    """What somebody reads who begins to follow the account."""
    return (
        f"Kính chào ông/bà. Đây là cổng một cửa của {current_province().name}, trả lời tự động.\n{CAN}\n"
        "Chúng tôi không bao giờ hỏi mật khẩu, mã OTP hay xin chuyển tiền."
    )


def menu() -> str:
    return f"Ông/bà có thể:\n{CAN}{_call()}"


def nothing() -> str:
    """What was asked is not understood."""
    return f"Chúng tôi chưa hiểu câu hỏi này. Ông/bà có thể:\n{CAN}{_call()}"


def procedures() -> str:
    return "Ông/bà nhắn việc cần làm, ví dụ “đăng ký khai sinh”, “hộ kinh doanh”, “xác nhận độc thân”."


def thanks() -> str:
    return "Cảm ơn ông/bà. Cần gì thêm, xin ông/bà cứ nhắn."


def person() -> str:
    province = current_province()
    if not province.hotline:
        return "Mời ông/bà đến nơi tiếp nhận hồ sơ gần nhất trong giờ làm việc. Nhắn GIỜ LÀM VIỆC để xem giờ và địa chỉ."
    hours = f", {province.hours}" if province.hours else ""
    return f"Mời ông/bà gọi {province.hotline}{hours}. Xin chuẩn bị sẵn mã hồ sơ nếu hỏi về hồ sơ đã nộp."


def desks(found: Sequence[Agency], *, named: bool) -> str:
    """Hours and addresses. `named`: the ones that were asked for by name."""
    province = current_province()
    lines = [f"Giờ làm việc: {province.hours}."] if province.hours and not named else []
    for desk in found:
        facts = [
            desk.address,
            f"điện thoại {desk.phone}" if desk.phone else "",
            f"giờ làm việc {desk.hours}" if desk.hours else "",
        ]
        known = "; ".join(fact for fact in facts if fact)
        lines.append(f"– {desk.name}{f': {known}' if known else ''}.")
    if not named:
        lines.append("Cần nơi gần nhà, ông/bà nhắn thêm tên xã, phường, ví dụ “giờ làm việc phường …”.")
    return "\n".join(lines) + _call()


def _call() -> str:
    hotline = current_province().hotline
    return f"\nCần gặp cán bộ, xin gọi {hotline}." if hotline else ""
