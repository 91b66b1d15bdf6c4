"""How the staff pages (Unfold) look and what stands in their menu."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _account(site: str) -> dict[str, Any]:
    """What stands under one's name at the top."""
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
    """A menu item is shown to those who may open it."""
    return lambda request: request.user.has_perm(permission)


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
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Hồ sơ"),
                "items": [
                    {
                        "title": _("Việc hôm nay"),
                        "short": _("Hôm nay"),
                        "icon": "today",
                        "link": reverse_lazy("admin:today"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                    {
                        "title": _("Quầy tiếp nhận"),
                        "short": _("Quầy"),
                        "key": "F2",
                        "icon": "how_to_reg",
                        "link": reverse_lazy("admin:dossiers_dossier_add"),
                        "permission": "dossiers.desk.frame.may_receive",
                    },
                    {
                        "title": _("Quét mã"),
                        "short": _("Quét mã"),
                        "icon": "barcode_scanner",
                        "link": reverse_lazy("admin:scan"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                    {
                        "title": _("Hồ sơ"),
                        "short": _("Hồ sơ"),
                        "icon": "folder_open",
                        "link": reverse_lazy("admin:dossiers_dossier_changelist"),
                        "permission": "dossiers.desk.frame.may_open",
                        "active": "dossiers.desk.frame.on_dossiers",
                    },
                    {
                        "title": _("Cần gọi điện"),
                        "short": _("Gọi điện"),
                        "icon": "call",
                        "link": reverse_lazy("calls"),
                        "permission": "dossiers.desk.frame.may_open",
                        "badge": "dossiers.desk.phone_calls.badge",
                    },
                    {
                        "title": _("Sổ theo dõi hồ sơ"),
                        "icon": "menu_book",
                        "link": reverse_lazy("admin:dossier-register"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                    {
                        "title": _("Báo cáo"),
                        "short": _("Báo cáo"),
                        "icon": "bar_chart",
                        "link": reverse_lazy("reports"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                ],
            },
            {
                "title": _("Khiếu nại, phản ánh"),
                "items": [
                    {
                        "title": _("Phản ánh, kiến nghị"),
                        "icon": "forum",
                        "link": reverse_lazy("admin:dossiers_feedback_changelist"),
                        "permission": "dossiers.feedback.admin.may_open",
                    },
                    {
                        "title": _("Quyết định khiếu nại"),
                        "icon": "gavel",
                        "link": reverse_lazy("admin:dossiers_decision_changelist"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                ],
            },
            {
                "title": _("Thông tin cho người dân"),
                "items": [
                    {
                        "title": _("Thông báo"),
                        "short": _("Thông báo"),
                        "icon": "campaign",
                        "link": reverse_lazy("admin:messaging_announcement_changelist"),
                        "permission": "dossiers.public_news.announcement_desk.may_open",
                    },
                    {
                        "title": _("Đợt gửi tin"),
                        "short": _("Đợt gửi"),
                        "icon": "forward_to_inbox",
                        "link": reverse_lazy("admin:messaging_broadcast_changelist"),
                        "permission": "dossiers.public_news.broadcast_desk.may_open",
                    },
                    {
                        "title": _("Áp phích mã QR"),
                        "icon": "qr_code_2",
                        "link": reverse_lazy("posters"),
                    },
                ],
            },
            {
                "title": _("Nhắn tin"),
                "items": [
                    {
                        "title": _("Tin gửi"),
                        "short": _("Tin gửi"),
                        "icon": "send",
                        "link": reverse_lazy("admin:messaging_message_changelist"),
                        "permission": _may("messaging.view_message"),
                    },
                    {
                        "title": _("Lời tin"),
                        "icon": "edit_note",
                        "link": reverse_lazy("admin:messaging_template_changelist"),
                        "permission": _may("messaging.view_template"),
                    },
                    {
                        "title": _("Mẫu của kênh"),
                        "icon": "fact_check",
                        "link": reverse_lazy("admin:messaging_providertemplate_changelist"),
                        "permission": _may("messaging.view_providertemplate"),
                    },
                    {
                        "title": _("Giờ gửi tin"),
                        "icon": "schedule",
                        "link": reverse_lazy("admin:messaging_sendingrules_changelist"),
                        "permission": _may("messaging.view_sendingrules"),
                    },
                    {
                        "title": _("Luồng tin"),
                        "icon": "alt_route",
                        "link": reverse_lazy("admin:messaging_lane_changelist"),
                        "permission": _may("messaging.view_lane"),
                    },
                    {
                        "title": _("Tài khoản gửi"),
                        "icon": "key",
                        "link": reverse_lazy("admin:messaging_channelaccount_changelist"),
                        "permission": _may("messaging.view_channelaccount"),
                    },
                    {
                        "title": _("Người quan tâm"),
                        "icon": "diversity_3",
                        "link": reverse_lazy("admin:messaging_follower_changelist"),
                        "permission": _may("messaging.view_follower"),
                    },
                    {
                        "title": _("Câu hỏi trong trò chuyện"),
                        "short": _("Câu hỏi"),
                        "icon": "quiz",
                        "link": reverse_lazy("admin:messaging_heardmessage_changelist"),
                        "permission": _may("messaging.view_heardmessage"),
                    },
                ],
            },
            {
                "title": _("Tỉnh"),
                "items": [
                    {
                        "title": _("Mức sẵn sàng"),
                        "short": _("Sẵn sàng"),
                        "icon": "checklist",
                        "link": reverse_lazy("admin:readiness"),
                        "permission": "tenants.admin.readiness_page.may_open",
                    },
                    {
                        "title": _("Thủ tục"),
                        "short": _("Thủ tục"),
                        "icon": "menu_book",
                        "link": reverse_lazy("admin:procedures_procedure_changelist"),
                        "permission": _may("procedures.view_procedure"),
                    },
                    {
                        "title": _("Từ đồng nghĩa"),
                        "icon": "translate",
                        "link": reverse_lazy("admin:procedures_synonym_changelist"),
                        "permission": _may("procedures.view_synonym"),
                    },
                    {
                        "title": _("Lịch làm việc"),
                        "icon": "calendar_month",
                        "link": reverse_lazy("admin:dossiers_calendarversion_changelist"),
                        "permission": _may("dossiers.view_calendarversion"),
                    },
                    {
                        "title": _("Quy trình"),
                        "icon": "account_tree",
                        "link": reverse_lazy("admin:dossiers_workflowversion_changelist"),
                        "permission": "dossiers.desk.frame.may_open",
                    },
                    {
                        "title": _("Cơ quan"),
                        "icon": "account_balance",
                        "link": reverse_lazy("admin:organisation_agency_changelist"),
                        "permission": _may("organisation.view_agency"),
                    },
                    {
                        "title": _("Tài khoản"),
                        "icon": "group",
                        "link": reverse_lazy("admin:accounts_user_changelist"),
                        "permission": _may("accounts.view_user"),
                    },
                    {
                        "title": _("Ủy quyền khi vắng mặt"),
                        "icon": "transfer_within_a_station",
                        "link": reverse_lazy("admin:lending"),
                        "permission": "tenants.organisation.delegation_pages.may_open",
                    },
                    {
                        "title": _("Xuất, nhập dữ liệu"),
                        "icon": "swap_vert",
                        "link": reverse_lazy("admin:exchange"),
                        "permission": "tenants.table_exchange.may_open",
                    },
                    {
                        "title": _("Nhật ký"),
                        "icon": "history",
                        "link": reverse_lazy("admin:audit_auditentry_changelist"),
                        "permission": _may("audit.view_auditentry"),
                    },
                ],
            },
        ],
    },
}

UNFOLD_OPERATORS: dict[str, Any] = {
    "SITE_TITLE": _("Một Cửa – vận hành"),
    "SITE_HEADER": _("Vận hành Một Cửa"),
    "SITE_SYMBOL": "hub",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": _COLOURS,
    "STYLES": [
        lambda request: static("portal/staff.css"),
        lambda request: static("portal/operating.css"),
    ],
    "ACCOUNT": _account("operators"),
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Vận hành"),
                "items": [
                    {
                        "title": _("Bảng các tỉnh"),
                        "short": _("Các tỉnh"),
                        "icon": "grid_view",
                        "link": reverse_lazy("operators:index"),
                        "permission": _may("tenants.view_province"),
                    },
                    {
                        "title": _("Nhật ký vận hành"),
                        "short": _("Nhật ký"),
                        "icon": "history",
                        "link": reverse_lazy("operators:log"),
                        "permission": _may("tenants.view_province"),
                    },
                    {
                        "title": _("Tài khoản"),
                        "short": _("Tài khoản"),
                        "icon": "group",
                        "link": reverse_lazy("operators:accounts_user_changelist"),
                        "permission": _may("accounts.view_user"),
                    },
                ],
            },
        ],
    },
}
