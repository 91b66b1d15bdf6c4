"""A dossier of an old system in our terms, and the names that a mapping file uses for our fields."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.lifecycle.intake import Intake
from dossiers.workflow.rules.statuses import Status

_TITLES: dict[str, Promise] = {
    "owner": _("chủ hồ sơ"),
    "submitter": _("người nộp"),
    "recipient": _("người nhận thông báo"),
}
_PART_TITLES: dict[str, Promise] = {
    "name": _("họ tên hoặc tên tổ chức"),
    "kind": _("loại"),
    "id_number": _("số định danh hoặc mã số thuế"),
    "phone": _("số điện thoại"),
    "address": _("địa chỉ"),
}
PEOPLE, PERSON_PARTS = tuple(_TITLES), tuple(_PART_TITLES)

FIELDS: dict[str, Promise] = {
    "code": _("mã hồ sơ"),
    "procedure": _("thủ tục"),
    "receiving_agency": _("nơi tiếp nhận"),
    "competent_agency": _("cơ quan có thẩm quyền"),
    "channel": _("hình thức nộp"),
    "received_at": _("tiếp nhận lúc"),
    "due_at": _("hẹn trả"),
    "status_code": _("mã trạng thái"),
    "status_name": _("tên trạng thái"),
    "status_since": _("trạng thái từ lúc"),
    "step": _("bước"),
    "assignee": _("người xử lý"),
    "finished_at": _("có kết quả lúc"),
    "returned_at": _("trả kết quả lúc"),
    "result_delivery": _("nhận kết quả"),
    "note": _("ghi chú"),
    **{f"{person}_{part}": name for person in PEOPLE for part, name in _PART_TITLES.items()},
}
REQUIRED = ("code", "procedure", "owner_name", "receiving_agency", "received_at")
CONSENTS = "consents"

PERSONAL = frozenset(f"{person}_{part}" for person in PEOPLE for part in ("id_number", "phone"))
"""Shown masked in reports."""

MAY_BE_BLANKED = PERSONAL | {f"{person}_address" for person in PEOPLE} | {CONSENTS, "result_delivery", "note"}
"""What a mapping may give up when the old system holds nonsense there."""


def title(field: str) -> str:
    """The Vietnamese name of a field, for people."""
    person = field.partition("_")[0]
    if person in _TITLES:
        return f"{_TITLES[person]}: {FIELDS[field]}"
    return gettext("đồng ý nhận tin") if field == CONSENTS else str(FIELDS[field])


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that the dossier came to after it was received, and when."""

    step: str
    status: Status
    at: datetime


@dataclass(frozen=True)
class Record:
    """A dossier of an old system, in our terms. All of it was found fit to be written.

    `code` is the old code where it is a legal code of this province, empty where one of ours is to be made.
    `due_at` is the date that the old system printed, None where it gave none. `agency` (a code) took the
    papers in: it may be dissolved, while the intake names the agencies that have the work today. `start` is
    the receipt, `stages` what is known to have come after it, in order; the last one is the present
    step. `names_step` says that the old system named the inner step, not just the national status. `refused` are
    the channels of messages to which the old system says no, where it does not merely say nothing.
    """

    row: int
    source_code: str
    code: str
    intake: Intake
    agency: str
    received_at: datetime
    due_at: datetime | None
    start: Stage
    stages: tuple[Stage, ...] = ()
    assignee: int | None = None
    names_step: bool = False
    refused: frozenset[str] = frozenset()

    @property
    def present(self) -> Stage:
        """Where the dossier stands, and since when."""
        return self.stages[-1] if self.stages else self.start
