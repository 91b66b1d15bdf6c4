"""Messages about a draft to the number that was proven for it: the link to go on, and reminders before its end."""

from django.utils.translation import gettext_lazy

from dossiers.deadlines import wording
from dossiers.filing.models import FilingDraft
from messaging.contacts import contacts
from messaging.outbox import enqueue
from messaging.outbox import wording as templates
from messaging.outbox.wording import Placeholder
from tenants.isolation.context import current_province

REMINDER, LINK = "filing_reminder", "filing_link"


def register() -> None:
    """Called once, when Django is ready."""
    kept_until = Placeholder(gettext_lazy("Bản nháp được giữ đến lúc nào"), "10:00, 25/12/2026")
    templates.describe({"han_nhap": kept_until})
    # Both bulk: no call is worth what the citizen left off.
    templates.register(
        REMINDER,
        "Hồ sơ ông/bà đang điền sắp hết hạn giữ",
        "Ông/bà đang điền dở hồ sơ “{thu_tuc}”. Những gì đã điền được giữ đến {han_nhap}, sau đó sẽ bị xóa. Muốn điền "
        "tiếp, xin mở liên kết dưới đây; cổng sẽ gửi mã xác nhận đến số điện thoại này.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Điền tiếp",
        can_wait=True,
        bulk=True,
    )
    templates.register(
        LINK,
        "Liên kết để điền tiếp hồ sơ",
        "Hồ sơ “{thu_tuc}” ông/bà đang điền được giữ đến {han_nhap}. Muốn điền tiếp, xin mở liên kết dưới đây; cổng sẽ "
        "gửi mã xác nhận đến số điện thoại này.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Điền tiếp",
        bulk=True,
    )


def write(draft: FilingDraft, intent: str, event: str | int, url: str) -> bool:
    """Write a message about this draft with the link `url`; False where its number agreed to none, or none reaches it.

    Once for each `event`. Part of the caller's transaction.
    """
    contact = contacts.contact_by_phone(draft.phone)
    if contact is None:
        return False
    values = {
        "thu_tuc": draft.procedure.short_name,
        "han_nhap": wording.moment(draft.expires_at),
        "dien_thoai": current_province().hotline,
    }
    message = enqueue.enqueue(
        subject=draft.subject,
        event=event,
        intent=intent,
        contact=contact,
        rendered=templates.render(intent, values),
        button_url=url,
        purpose=contacts.FILING,
    )
    return message is not None
