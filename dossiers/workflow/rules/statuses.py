"""The ten national statuses of a dossier, as exchanged with the National Public Service Portal."""

from enum import IntEnum

from tenants.validation import gettext_noop

STAGES: tuple[str, ...] = (
    gettext_noop("Nộp hồ sơ"),
    gettext_noop("Tiếp nhận"),
    gettext_noop("Giải quyết"),
    gettext_noop("Nhận kết quả"),
)
"""The four stages a citizen sees; `Status.stage` counts them from 1."""


class Status(IntEnum):
    """A national status; the numbers are those of the national exchange and must not change."""

    NEW = 1
    RECEIVED = 2
    NOT_ACCEPTED = 3
    IN_PROGRESS = 4
    SUPPLEMENT_REQUIRED = 5
    PAYMENT_REQUIRED = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10

    @property
    def official(self) -> str:
        """The national name, in Vietnamese."""
        return _WORDS[self][0]

    @property
    def short(self) -> str:
        """A name for citizens of at most 30 characters, the room a Zalo template leaves for it."""
        return _WORDS[self][1] or _WORDS[self][0]

    @property
    def stage(self) -> int | None:
        """The stage reached, 1 to 4; None when stopped, since only the history knows how far it had come."""
        return _WORDS[self][2]

    @property
    def waits_for_citizen(self) -> bool:
        """The next move is the citizen's: papers or money are missing."""
        return self in (Status.SUPPLEMENT_REQUIRED, Status.PAYMENT_REQUIRED)

    @property
    def is_stopped(self) -> bool:
        """It ended without a result."""
        return self in (Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED)

    @property
    def is_closed(self) -> bool:
        """Nothing more will happen. A result that waits at the desk (9) is not closed yet."""
        return self.is_stopped or self is Status.RETURNED

    @property
    def clock_runs(self) -> bool:
        """The term is running, so the dossier can become late."""
        return self in (Status.RECEIVED, Status.IN_PROGRESS)


_WORDS: dict[Status, tuple[str, str, int | None]] = {
    Status.NEW: (gettext_noop("Mới đăng ký"), "", 1),
    Status.RECEIVED: (gettext_noop("Được tiếp nhận"), gettext_noop("Đã tiếp nhận"), 2),
    Status.NOT_ACCEPTED: (gettext_noop("Không được tiếp nhận"), "", None),
    Status.IN_PROGRESS: (gettext_noop("Đang xử lý"), "", 3),
    Status.SUPPLEMENT_REQUIRED: (
        gettext_noop("Yêu cầu bổ sung giấy tờ"),
        gettext_noop("Cần bổ sung giấy tờ"),
        3,
    ),
    Status.PAYMENT_REQUIRED: (
        gettext_noop("Yêu cầu thực hiện nghĩa vụ tài chính"),
        gettext_noop("Cần nộp thuế, phí, lệ phí"),
        3,
    ),
    Status.WITHDRAWN: (
        gettext_noop("Công dân yêu cầu rút hồ sơ"),
        gettext_noop("Đã yêu cầu rút hồ sơ"),
        None,
    ),
    Status.STOPPED: (gettext_noop("Dừng xử lý"), "", None),
    Status.DONE: (gettext_noop("Đã xử lý xong"), gettext_noop("Đã có kết quả"), 4),
    Status.RETURNED: (gettext_noop("Đã trả kết quả"), "", 4),
}
"""Official name, short name where it differs, stage."""
