"""Acts beside the workflow: what history calls them. Transitions are named by the workflow itself."""

from django.utils.translation import gettext_lazy

from dossiers.rules import gettext_noop

RECEIVE = "receive"

ACTS: dict[str, str] = {
    RECEIVE: gettext_noop("Tiếp nhận hồ sơ"),
    "assign": gettext_noop("Giao người xử lý"),
    "propose": gettext_noop("Trình lãnh đạo duyệt"),
    "decline": gettext_noop("Lãnh đạo không duyệt"),
    "apologise": gettext_noop("Xin lỗi và hẹn lại ngày trả"),
    "recall": gettext_noop("Thu hồi thao tác trước"),
    "correct": gettext_noop("Điều chỉnh trạng thái"),
    "reissue": gettext_noop("Cấp mã tra cứu mới"),
    "reschedule": gettext_noop("Tính lại ngày hẹn theo lịch làm việc mới"),
    "attach": gettext_noop("Thêm tệp"),
    "withdraw_file": gettext_noop("Gỡ tệp"),
    "consent": gettext_noop("Thay đổi việc nhận tin báo"),
    "import": gettext_noop("Chuyển từ hệ thống cũ"),
    "feed": gettext_noop("Cập nhật từ hệ thống cũ"),
}

# What citizens need not read in the history of their dossier.
INTERNAL = frozenset({"assign", "propose", "decline", "attach", "withdraw_file"})

# How a result leaves the desk.
HANDOVER_WAYS = {
    "counter": gettext_lazy("Nhận tại quầy"),
    "post": gettext_lazy("Qua bưu chính công ích"),
    "electronic": gettext_lazy("Bản điện tử"),
}
