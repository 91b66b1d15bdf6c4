"""What somebody is answered who wants no more messages, or may want that."""

from django.db import transaction

from messaging.conversations import conversation
from messaging.conversations.stop_words import Meaning, meaning

# To citizens it writes Vietnamese, whatever they read. Whose telephone number it is, nobody knows who did not link a
# dossier: no silence is promised there.
STOPPED = (
    "Đã tắt tin. Từ nay chúng tôi không tự nhắn cho ông/bà trong cuộc trò chuyện này nữa, kể cả tin báo của hồ sơ đã "
    "nối tại đây; hồ sơ vẫn được giải quyết như thường. Ông/bà vẫn hỏi được tại đây.\n"
    "– Hồ sơ chưa nối tại đây mà báo tin đến số điện thoại: muốn thôi, ông/bà mở trang hồ sơ, mục Tin báo về hồ sơ, "
    "hoặc đề nghị tại nơi đã nộp.\n"
    "– Bài viết của tài khoản: ông/bà bỏ quan tâm tài khoản là thôi nhận.\n"
    "Muốn nhận tin lại, ông/bà lấy mã liên kết trên trang hồ sơ rồi nhắn vào đây."
)
ASKED_BACK = (
    "Ông/bà muốn thôi nhận tin hay muốn rút hồ sơ?\n"
    "– Thôi nhận tin: nhắn TẮT TIN.\n"
    "– Rút hồ sơ: mời ông/bà đến nơi đã nộp, mang theo giấy tờ tùy thân. Nhắn ở đây không rút được hồ sơ.\n"
    "Chưa có gì thay đổi."
)
_ANSWERS = {Meaning.STOP: STOPPED, Meaning.ASK_BACK: ASKED_BACK}


def register() -> None:
    """Called once, when Django is ready."""
    conversation.register(answer_stop, conversation.Turn.MACHINE)


def answer_stop(heard: conversation.Heard) -> bool:
    """What agreements ended was ended when the text was heard; here it is only said. While a person answers,
    they ask back."""
    meant = meaning(heard.text)
    text = _ANSWERS.get(meant)
    if text is None or (meant is Meaning.ASK_BACK and heard.by_hand):
        return False
    with transaction.atomic(durable=True):
        conversation.answer(heard, text, conversation.Kind.STOP)
    return True
