"""Voice, pictures, stickers, files and places: nobody here hears or sees them, and whoever sent them is told so."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.conversations import conversation
from messaging.models import Message
from messaging.texts import templates
from tenants.isolation.context import current_province

INTENT = "chat_media"
# Who sends several in a row is told once.
BURST = timedelta(minutes=5)
_SUBJECT = "media"


def register() -> None:
    """Give the words, which a province may word anew; called once, when Django is ready."""
    templates.register(
        INTENT,
        "Tin thoại, ảnh, tệp trong trò chuyện",
        "Chúng tôi chưa nghe được tin thoại và chưa xem được ảnh, nhãn dán, tệp, vị trí gửi tại đây. Xin ông/bà gõ mã "
        "hồ sơ, hoặc việc cần hỏi.⟦ Cần giúp, xin gọi {dien_thoai}.⟧",
        in_chat_alone=True,
    )


def tell(follower: Any, provider_id: str) -> None:
    """Say to this follower, who sent something without words, what can be read here; once in a while.

    Part of the caller's transaction, in which the follower is locked.
    """
    recent = Message.objects.filter(
        follower_id=follower.pk, subject__startswith=f"chat:{_SUBJECT}:", created_at__gt=Now() - BURST
    )
    if recent.exists():
        return
    hotline = current_province().hotline
    body = templates.render(INTENT, {"dien_thoai": hotline}).body
    if not hotline:
        body = templates.for_channel(body, may_show_phone=False)
    conversation.say(follower, f"{_SUBJECT}:{follower.pk}:{provider_id}"[:100], body)
