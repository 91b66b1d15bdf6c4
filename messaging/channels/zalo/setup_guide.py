"""What a person types to connect an Official Account."""

from django.utils.translation import gettext_lazy as _

from messaging.channels.oauth import SetupField

SETUP = (
    SetupField(
        "external_id", _("Mã Official Account (OA ID)"), _("Trang quản lý Official Account, mục Thông tin.")
    ),
    SetupField("app_id", _("Mã ứng dụng (App ID)"), _("Trang quản lý ứng dụng, mục Cài đặt.")),
    SetupField(
        "app_secret", _("Khóa bí mật của ứng dụng"), _("Trang quản lý ứng dụng, mục Cài đặt."), secret=True
    ),
    SetupField(
        "oa_secret",
        _("OA Secret Key"),
        _("Trang Webhook của ứng dụng. Khác với khóa bí mật của ứng dụng."),
        secret=True,
    ),
    SetupField(
        "oa_secret_old",
        _("OA Secret Key cũ"),
        _("Chỉ khi vừa đặt lại khóa: tin ký bằng khóa cũ vẫn được nhận."),
        secret=True,
        required=False,
    ),
    SetupField(
        "pkce_mode",
        _("Mã thử thách (code challenge)"),
        _("Trang quản lý ứng dụng có ô lưu code challenge thì chọn “lưu sẵn”."),
        required=False,
        choices=(("per_request", _("mỗi lần cấp quyền một mã")), ("fixed", _("lưu sẵn ở trang quản lý"))),
    ),
    SetupField(
        "pkce_verifier",
        _("Code verifier lưu sẵn"),
        _("Chỉ khi chọn “lưu sẵn”: 43 đến 128 chữ và số, đi cùng code challenge đã khai."),
        secret=True,
        required=False,
    ),
)
