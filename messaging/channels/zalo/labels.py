"""What people call the ways of this channel, and what Zalo writes in codes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from messaging.channels.zalo.routes import CHAT, TEMPLATE_PHONE, TEMPLATE_UID

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAMES: "Mapping[str, StrOrPromise]" = {
    CHAT: _("nhắn lời tự do"),
    TEMPLATE_UID: _("mẫu theo mã người dùng Zalo"),
    TEMPLATE_PHONE: _("mẫu theo số điện thoại"),
    # How people take a form.
    "high": _("tốt"),
    "medium": _("trung bình"),
    "low": _("kém"),
    # What a form is for.
    "TRANSACTION": _("giao dịch"),
    "CUSTOMER_CARE": _("chăm sóc khách hàng"),
    "PROMOTION": _("quảng bá"),
    # What a place of a form holds.
    "NAME": _("tên khách hàng"),
    "PHONE": _("số điện thoại"),
    "ADDRESS": _("địa chỉ"),
    "CODE": _("mã số"),
    "LABEL": _("nhãn"),
    "STATUS": _("trạng thái"),
    "CONTACT": _("thông tin liên hệ"),
    "TITLE": _("danh xưng"),
    "PRODUCT": _("tên sản phẩm"),
    "AMOUNT": _("số tiền"),
    "DATE": _("ngày giờ"),
    "OTP": _("mã xác thực"),
    "URL": _("đường dẫn"),
    "VND": _("tiền đồng"),
    "BANK_NOTE": _("lời chuyển khoản"),
    "NUMBER": _("số"),
    "STRING": _("chữ"),
}
