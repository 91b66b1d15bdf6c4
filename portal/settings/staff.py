"""How the staff pages (Unfold) look and what stands in their menu."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _account(site: str) -> dict[str, Any]:
    return {
        "navigation": [
            {"title": _("Tài khoản của tôi"), "link": reverse_lazy(f"{site}:account")},
            {"title": _("Đổi mật khẩu"), "link": reverse_lazy(f"{site}:password_change")},
        ]
    }


_COLOURS = {
    # The action colour is the same in all provinces, so that a clerk on loan does not relearn it.
    "primary": {
        "50": "#eef5fb", "100": "#dbe9f6", "200": "#bcd6ec", "300": "#8fbade", "400": "#5a97ca",
        "500": "#2f78b4", "600": "#0b5394", "700": "#0a4a84", "800": "#0a3d6d", "900": "#0b345b",
        "950": "#07213b",
    }
}  # fmt: skip


def _may(permission: str) -> Any:
    return lambda request: request.user.has_perm(permission)


def _item(title: Any, icon: str, link: str, permission: Any = None, **options: Any) -> dict[str, Any]:
    """A menu item. `link` is the name of a page, or a model, whose rows are listed for those who may view them unless
    *permission* says otherwise. `short` is its title in the narrow menu, `key` a key that opens it; `task` is what there
    is to do, as the administrator's home says it to those who may `does` it to a row: change, add."""
    app, is_model, name = link.partition(".")
    if is_model:
        link = f"admin:{app}_{name}_changelist"
        permission = permission or _may(f"{app}.view_{name}")
        options["needs"] = f"{app}.{options.get('does', 'view')}_{name}"
    shown_to = {"permission": permission} if permission else {}
    return {"title": title, "icon": icon, "link": reverse_lazy(link), **shown_to, **options}


def _group(title: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(items)}


_DESK = "dossiers.lifecycle.desk.frame"
_OPEN = f"{_DESK}.may_open"
_STAFF_MENU = [
    _group(
        _("Hồ sơ"),
        _item(_("Việc hôm nay"), "today", "admin:today", _OPEN, short=_("Hôm nay")),
        _item(
            _("Quầy tiếp nhận"), "how_to_reg", "admin:dossiers_dossier_add", f"{_DESK}.may_receive",
            short=_("Quầy"), key="F2",
        ),
        _item(_("Quét mã"), "barcode_scanner", "admin:scan", _OPEN, short=_("Quét mã")),
        _item(_("Hồ sơ"), "folder_open", "dossiers.dossier", _OPEN, short=_("Hồ sơ"), active=f"{_DESK}.on_dossiers"),
        _item(
            _("Cần gọi điện"), "call", "calls", _OPEN,
            short=_("Gọi điện"), badge="dossiers.desk.phone_calls.badge",
        ),
        _item(_("Sổ theo dõi hồ sơ"), "menu_book", "admin:dossier-register", _OPEN, task=_("Xem, xuất sổ theo dõi hồ sơ")),
        _item(_("Báo cáo"), "bar_chart", "reports", _OPEN, short=_("Báo cáo"), task=_("Xem báo cáo, xuất Excel")),
    ),
    _group(
        _("Khiếu nại, phản ánh"),
        _item(_("Phản ánh, kiến nghị"), "forum", "feedback.feedback", "dossiers.feedback.admin.may_open"),
        _item(_("Quyết định khiếu nại"), "gavel", "dossiers.decision", _OPEN),
    ),
    _group(
        _("Thông tin cho người dân"),
        _item(
            _("Thông báo"), "campaign", "broadcasts.publication", "messaging.broadcasts.desk.may_open",
            short=_("Thông báo"), task=_("Viết, gửi thông báo của tỉnh"),
        ),
        _item(_("Áp phích mã QR"), "qr_code_2", "posters", task=_("In áp phích mã QR")),
    ),
    _group(
        _("Nhắn tin"),
        _item(_("Tin gửi"), "send", "messaging.message", short=_("Tin gửi"), task=_("Tìm một tin đã gửi")),
        _item(_("Lời tin"), "edit_note", "messaging.template", task=_("Sửa lời tin"), does="change"),
        _item(_("Mẫu của kênh"), "fact_check", "messaging.providertemplate", task=_("Chọn mẫu đã đăng ký với kênh"), does="change"),
        _item(_("Giờ gửi tin"), "schedule", "messaging.sendingrules", task=_("Đặt giờ gửi tin"), does="change"),
        _item(_("Luồng tin"), "alt_route", "channels.lane", task=_("Tạm dừng, mở lại luồng tin"), does="change"),
        _item(_("Tài khoản gửi"), "key", "channels.channelaccount", task=_("Nối tài khoản gửi tin"), does="add"),
        _item(_("Người quan tâm"), "diversity_3", "contacts.follower"),
        _item(_("Câu hỏi trong trò chuyện"), "quiz", "inbound.incomingmessage", short=_("Câu hỏi"), task=_("Đọc câu hỏi trong trò chuyện")),
    ),
    _group(
        _("Tỉnh"),
        _item(
            _("Mức sẵn sàng"), "checklist", "admin:readiness", "tenants.operations.readiness.desk.may_open",
            short=_("Sẵn sàng"), task=_("Xem tỉnh còn thiếu gì"),
        ),
        _item(_("Thủ tục"), "menu_book", "procedures.procedure", short=_("Thủ tục"), task=_("Sửa nội dung thủ tục"), does="change"),
        _item(_("Tờ khai để tải"), "description", "procedures.blankform", task=_("Đưa tờ khai để tải lên"), does="add"),
        _item(_("Từ đồng nghĩa"), "translate", "procedures.synonym", task=_("Thêm từ đồng nghĩa cho ô tìm"), does="add"),
        _item(_("Lịch làm việc"), "calendar_month", "deadlines.calendarversion", task=_("Xem ngày nghỉ, ngày làm bù")),
        _item(_("Quy trình"), "account_tree", "workflow.workflowversion", _OPEN),
        _item(_("Biểu mẫu nộp"), "list_alt", "filing.filingformversion", _OPEN),
        _item(_("Cơ quan"), "account_balance", "organisation.agency", task=_("Thêm, sửa cơ quan"), does="add"),
        _item(_("Tài khoản"), "group", "accounts.user", task=_("Thêm người, giao vai trò"), does="add"),
        _item(_("Hệ thống gửi hồ sơ"), "alt_route", "dossiers.othersystem", task=_("Nối hệ thống gửi hồ sơ đến"), does="add"),
        _item(_("Cổng Dịch vụ công quốc gia"), "hub", "exchange.nationallink", short=_("Cổng quốc gia"), task=_("Nối Cổng Dịch vụ công quốc gia"), does="change"),
        _item(_("Địa chỉ nhận sự kiện"), "sync", "exchange.webhook", task=_("Gửi sự kiện đến hệ thống khác"), does="add"),
        _item(
            _("Ủy quyền khi vắng mặt"), "transfer_within_a_station", "admin:lending",
            "tenants.organisation.desk.may_open", task=_("Nhờ người làm thay khi vắng"),
        ),
        _item(
            _("Xuất, nhập dữ liệu"), "swap_vert", "admin:exchange",
            "tenants.operations.onboarding.tables.may_open", task=_("Xuất, nhập bằng bảng tính"),
        ),
        _item(_("Nhật ký"), "history", "audit.auditentry", task=_("Xem ai đã làm gì")),
    ),
]  # fmt: skip
_may_view = _may("tenants.view_province")
_OPERATORS_MENU = [
    _group(
        _("Vận hành"),
        _item(_("Bảng các tỉnh"), "grid_view", "operators:index", _may_view, short=_("Các tỉnh")),
        _item(_("Nhật ký vận hành"), "history", "operators:log", _may_view, short=_("Nhật ký")),
        _item(
            _("Tài khoản"), "group", "operators:accounts_user_changelist", _may("accounts.view_user"),
            short=_("Tài khoản"), task=_("Thêm người vận hành"),
        ),
    )
]  # fmt: skip

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Một Cửa – bàn làm việc"),
    "SITE_HEADER": "portal.context_processors.site_header",
    "SITE_SUBHEADER": _("Bàn làm việc"),
    "SITE_SYMBOL": "door_front",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "COLORS": _COLOURS,
    "STYLES": [lambda request: static("portal/staff.css"), "portal.context_processors.theme_address"],
    "GLOBAL_CALLBACK": "portal.context_processors.staff_frame",
    "SCRIPTS": [lambda request: static("portal/desk.js")],
    "ACCOUNT": _account("admin"),
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _STAFF_MENU},
}

UNFOLD_OPERATORS: dict[str, Any] = {
    "SITE_TITLE": _("Một Cửa – vận hành"),
    "SITE_HEADER": _("Vận hành Một Cửa"),
    "SITE_SYMBOL": "hub",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": _COLOURS,
    "STYLES": [lambda request: static("portal/staff.css"), lambda request: static("portal/operating.css")],
    "ACCOUNT": _account("operators"),
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _OPERATORS_MENU},
}
