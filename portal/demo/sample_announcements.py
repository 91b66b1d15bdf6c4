"""Announcements of a demonstration province: invented, saying so, with dates relative to today."""

from datetime import datetime, time, timedelta
from typing import Any

from messaging.broadcasts.actions import publish, write
from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency

Kind = Publication.Kind


def announce(actor: User) -> None:
    """Publish a few announcements where there are none yet."""
    if Publication.objects.exists():
        return
    now, province = clock.now(), current_province()
    desk = Agency.objects.filter(is_desk=True, dissolved_on=None).first()
    moves = _night(now + timedelta(days=20), time(7, 30))
    drafts: list[tuple[int, dict[str, Any]]] = [
        (
            9,
            {
                "title": "Nhận kết quả qua bưu điện tại mọi nơi tiếp nhận (minh họa)",
                "summary": f"Từ nay, người nộp hồ sơ tại {province.name[:1].lower()}{province.name[1:]} chọn được nhận kết quả tận nhà qua bưu điện.",
                "body": "# Ông/bà cần làm gì\n- Khi nộp hồ sơ, nói với cán bộ tiếp nhận và ghi địa chỉ nhận.\n"
                "- Hồ sơ đã nộp: gọi tổng đài để đổi cách nhận kết quả.\n\nĐây là nội dung minh họa.",
                "area": province.name,
                "area_en": "All of the province",
                "title_en": "Results by post at every desk (sample)",
                "summary_en": "Applicants may now choose to have results posted to their homes. Sample text.",
                "body_en": "# What to do\n- Tell the clerk when you file, and give an address.\n"
                "- Already filed: call the hotline.",
            },
        ),
        (
            2,
            {
                "title": "Nơi tiếp nhận hồ sơ tạm chuyển địa điểm (minh họa)",
                "summary": f"Từ {moves:%H:%M} ngày {moves:%d/%m/%Y}, nơi tiếp nhận hồ sơ nhận và trả hồ sơ tại nhà văn hóa,"
                " tầng 1 (địa chỉ minh họa).",
                "body": f"# Ông/bà cần làm gì\n- Hẹn trả trước {moves:%d/%m/%Y}: đến địa chỉ cũ như trên giấy hẹn.\n"
                f"- Hẹn trả từ {moves:%d/%m/%Y}: đến địa chỉ mới. Giấy hẹn cũ vẫn dùng được, ngày hẹn không đổi.\n"
                "- Nhận qua bưu điện hoặc bản điện tử: không cần làm gì.",
                "area": "Nơi tiếp nhận nêu trên",
                "issuer": desk,
                "starts_at": moves,
            },
        ),
        (1, _maintenance(now)),
    ]
    for days_ago, draft in drafts:
        with clock.frozen(now - timedelta(days=days_ago)):
            made = write(draft, actor=actor)
            publish(made.pk, actor=actor, seen=made.version)


def _maintenance(now: datetime) -> dict[str, Any]:
    """A night of maintenance, announced well ahead."""
    start = _night(now + timedelta(days=15), time(22, 0))
    return {
        "kind": Kind.OUTAGE,
        "title": "Tạm dừng tra cứu trong đêm để bảo trì (minh họa)",
        "summary": "Trang tra cứu tạm dừng trong bốn giờ ban đêm để nâng cấp máy chủ. Quầy tiếp nhận làm việc bình thường.",
        "area": "Trang tra cứu và chuyển tin báo; quầy tiếp nhận không bị ảnh hưởng",
        "starts_at": start,
        "ends_at": start + timedelta(hours=4),
        "area_en": "Look-up pages and messages; desks are not affected",
        "title_en": "Look-up pauses at night for maintenance (sample)",
        "summary_en": "The look-up pages pause for four hours at night. Desks work as usual. Sample text.",
    }


def _night(day: datetime, at: time) -> datetime:
    return datetime.combine(day.date(), at, clock.VIETNAM)
