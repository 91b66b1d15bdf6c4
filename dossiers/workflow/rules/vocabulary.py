"""The words that the data of a workflow may use, and which of them go together."""

from typing import TYPE_CHECKING, Literal, get_args

from tenants.validation import gettext_noop

Role = Literal["clerk", "specialist", "leader", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
Requirement = Literal[
    "reason", "assignee", "papers", "deadline", "amount", "agency", "approval", "result", "handover", "decision",
]  # fmt: skip
REQUIREMENTS: tuple[Requirement, ...] = get_args(Requirement)
PLACES = ("receiving", "competent", "support", "consulted")
"""Words for the agency of a step; anything else there is the code of an agency of the province."""
Clock = Literal["none", "pause", "resume", "restart", "close"]
NOTICES_OF_COMPLAINTS: dict[str, tuple[int, ...]] = {
    "complaint_received": (2,),
    "complaint_accepted": (4,),
    "complaint_refused": (3,),
    "complaint_suspended": (4,),
    "complaint_resumed": (4,),
    "complaint_decided": (9,),
    "complaint_delivered": (10,),
    "complaint_withdrawn": (7,),
    "complaint_stopped": (8,),
    "conciliation_done": (9,),
    "conciliation_delivered": (10,),
}
"""Texts for complaints and conciliations, which say nothing of the matter; other dossiers have the rest."""
NOTICES: dict[str, tuple[int, ...]] = {
    "received": (2,),
    "in_progress": (4,),
    "supplement": (5,),
    "supplement_received": (1, 2, 4),
    "payment": (6,),
    "payment_received": (2, 4),
    "done": (9,),
    "returned": (10,),
    "refused": (3,),
    "stopped": (8,),
    "withdrawn": (7,),
    **NOTICES_OF_COMPLAINTS,
}
"""The national statuses of which each notice tells, so that no citizen reads what is not so."""
if TYPE_CHECKING:
    Notice = str
else:
    Notice = Literal[tuple(NOTICES)]
REQUIRED_BY_NOTICE = {
    "supplement": ("reason", "papers", "deadline"),
    "payment": ("amount", "deadline"),
    **dict.fromkeys(
        ("refused", "stopped", "complaint_refused", "complaint_suspended", "complaint_stopped"), ("reason",)
    ),
    "complaint_decided": ("decision",),
}
"""Input that a notice passes on to the citizen and therefore requires. Papers are asked for once, all
together, with the reason (NĐ 309/2026/NĐ-CP, Điều 8.1)."""
BESIDE: dict[str, str] = {
    "receive": gettext_noop("Tiếp nhận hồ sơ"),
    "submit_online": gettext_noop("Nộp hồ sơ trực tuyến"),
    "supply_online": gettext_noop("Nộp bổ sung trực tuyến"),
    "assign": gettext_noop("Giao người xử lý"),
    "propose": gettext_noop("Trình lãnh đạo duyệt"),
    "decline": gettext_noop("Lãnh đạo không duyệt"),
    "apologise": gettext_noop("Xin lỗi và hẹn lại ngày trả"),
    "recall": gettext_noop("Thu hồi thao tác trước"),
    "correct": gettext_noop("Điều chỉnh trạng thái"),
    "reissue": gettext_noop("Cấp mã tra cứu mới"),
    "waybill": gettext_noop("Ghi mã vận đơn"),
    "reschedule": gettext_noop("Tính lại ngày hẹn theo lịch làm việc mới"),
    "attach": gettext_noop("Thêm tệp"),
    "withdraw_file": gettext_noop("Gỡ tệp"),
    "consent": gettext_noop("Thay đổi việc nhận tin báo"),
    "import": gettext_noop("Chuyển từ hệ thống cũ"),
    "feed": gettext_noop("Cập nhật từ hệ thống cũ"),
}
"""The acts beside every workflow, by codes that no transition may have: history would take one for the other."""
LONGEST_HOLD = 3600
"""Seconds. A notice held for hours would no longer be "at once" (NĐ 224/2026/NĐ-CP, Điều 15.1.g)."""
