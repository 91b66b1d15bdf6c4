"""The words of a broadcast as a message: frozen when approval is asked, the same to everybody."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.models import Announcement
from messaging.texts import templates
from messaging.texts.templates import Placeholder, Rendered
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

INTENT = "broadcast"


def register() -> None:
    """Called once, when Django is ready."""
    templates.register(
        INTENT,
        "{tieu_de}",
        "{noi_thong_bao} thông báo: {tom_tat}",
        "Xem thông báo",
        can_wait=True,
        bulk=True,
        words=("tom_tat",),
        label="Thông báo của tỉnh gửi đến nhiều người",
    )
    templates.describe(
        {
            "tieu_de": Placeholder(
                _("tiêu đề của thông báo"), "Lịch tiếp công dân tháng 12", may_be_cut=True
            ),
            "noi_thong_bao": Placeholder(_("cơ quan thông báo"), "UBND tỉnh Minh Họa", may_be_cut=True),
            "tom_tat": Placeholder(
                _("tóm tắt của thông báo"),
                "Từ 01/12, lãnh đạo tỉnh tiếp công dân vào sáng thứ Năm hằng tuần.",
                may_be_cut=True,
            ),
        }
    )


def of(announcement: Announcement) -> dict[str, str]:
    """The values behind the words, as they are now."""
    issuer = announcement.issuer.name if announcement.issuer else current_province().name
    return {
        "tieu_de": announcement.title,
        "tom_tat": announcement.summary,
        "noi_thong_bao": issuer,
        "noi_dung": announcement.body,
    }


def rendered(words: dict[str, Any]) -> Rendered:
    """The message with these values."""
    return templates.render(INTENT, {key: value for key, value in words.items() if key != "noi_dung"})


def address(announcement_id: int) -> str:
    """Where everybody reads the announcement."""
    return absolute(f"/thong-bao/{announcement_id}/")
