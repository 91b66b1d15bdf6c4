"""What each of the ten statuses means to the applicant, and what to do then, in plain words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.rules.statuses import Status


@dataclass(frozen=True, slots=True)
class Meaning:
    """A status in words: its name for citizens, the national name where that differs, what it means."""

    name: str
    official: str
    text: str


_TEXTS = {
    Status.NEW: gettext_noop("Hồ sơ đã gửi, nơi nhận chưa xem. Ông/bà chưa cần làm gì."),
    Status.RECEIVED: gettext_noop("Hồ sơ đã đủ và đã có ngày hẹn trả. Ông/bà chưa cần làm gì."),
    Status.NOT_ACCEPTED: gettext_noop(
        "Nơi nhận không nhận được hồ sơ. Lý do ghi trên trang hồ sơ và trên phiếu từ chối."
    ),
    Status.IN_PROGRESS: gettext_noop("Cơ quan đang giải quyết. Ông/bà chưa cần làm gì."),
    Status.SUPPLEMENT_REQUIRED: gettext_noop(
        "Còn thiếu giấy tờ. Trang hồ sơ ghi từng giấy cần nộp thêm và hạn nộp. Thời hạn tạm dừng cho đến khi nhận đủ."
    ),
    Status.PAYMENT_REQUIRED: gettext_noop(
        "Ông/bà cần nộp một khoản tiền. Trang hồ sơ ghi số tiền, nộp ở đâu và hạn nộp."
    ),
    Status.WITHDRAWN: gettext_noop("Hồ sơ dừng theo đề nghị của người nộp."),
    Status.STOPPED: gettext_noop(
        "Hồ sơ không được giải quyết tiếp. Lý do ghi trên trang hồ sơ và trên thông báo dừng giải quyết."
    ),
    Status.DONE: gettext_noop("Mời ông/bà đến nhận, mang theo giấy hẹn và giấy tờ tùy thân."),
    Status.RETURNED: gettext_noop("Đã xong. Thấy kết quả có sai sót thì gọi tổng đài."),
}


def meanings() -> list[Meaning]:
    """All statuses, in the order in which a dossier meets them."""
    return [
        Meaning(
            name=_(status.short),
            official=_(status.official) if status.official != status.short else "",
            text=_(_TEXTS[status]),
        )
        for status in Status
    ]
