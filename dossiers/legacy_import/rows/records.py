"""A dossier of an old system in our terms, the names of our fields in a mapping file, and what there is to say of rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.lifecycle.intake import Intake
from dossiers.workflow.rules.statuses import Status
from tenants.validation import shown

_TITLES: dict[str, Promise] = {
    "owner": gettext_lazy("chủ hồ sơ"),
    "submitter": gettext_lazy("người nộp"),
    "recipient": gettext_lazy("người nhận thông báo"),
}
_PART_TITLES: dict[str, Promise] = {
    "name": gettext_lazy("họ tên hoặc tên tổ chức"),
    "kind": gettext_lazy("loại"),
    "id_number": gettext_lazy("số định danh hoặc mã số thuế"),
    "phone": gettext_lazy("số điện thoại"),
    "address": gettext_lazy("địa chỉ"),
}
PEOPLE, PERSON_PARTS = tuple(_TITLES), tuple(_PART_TITLES)

FIELDS: dict[str, Promise] = {
    "code": gettext_lazy("mã hồ sơ"),
    "procedure": gettext_lazy("thủ tục"),
    "receiving_agency": gettext_lazy("nơi tiếp nhận"),
    "competent_agency": gettext_lazy("cơ quan có thẩm quyền"),
    "channel": gettext_lazy("hình thức nộp"),
    "received_at": gettext_lazy("tiếp nhận lúc"),
    "due_at": gettext_lazy("hẹn trả"),
    "status_code": gettext_lazy("mã trạng thái"),
    "status_name": gettext_lazy("tên trạng thái"),
    "status_since": gettext_lazy("trạng thái từ lúc"),
    "step": gettext_lazy("bước"),
    "assignee": gettext_lazy("người xử lý"),
    "finished_at": gettext_lazy("có kết quả lúc"),
    "returned_at": gettext_lazy("trả kết quả lúc"),
    "result_delivery": gettext_lazy("nhận kết quả"),
    "note": gettext_lazy("ghi chú"),
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
    return _("đồng ý nhận tin") if field == CONSENTS else str(FIELDS[field])


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
        return self.stages[-1] if self.stages else self.start


MOST_IN_REPORT = 200_000
_SHOWN = 20
_LONGEST_VALUE = 200


class Unclear(ValueError):
    """A cell, or what a row says together, that cannot be taken. The text is a reason; `field` is ours, and empty
    where it is the one that was asked for."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class Severity(TextChoices):
    """An error keeps the whole file out. A clash is a row left alone; a change one that is brought up to date."""

    ERROR = "error", gettext_lazy("lỗi")
    CLASH = "clash", gettext_lazy("xung đột")
    MISSING = "missing", gettext_lazy("không còn")
    CHANGE = "change", gettext_lazy("cập nhật")
    NOTE = "note", gettext_lazy("lưu ý")


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. `row` is the row number that a spreadsheet shows, 0 for what is no longer in the file."""

    row: int
    severity: Severity
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = _("dòng %(row)d") % {"row": self.row} if self.row else "–"
        value = f" “{self.value}”" if self.value else ""
        return f"{place}: {self.severity.label}: {self.column}{value}: {self.reason}"


def masked(field: str, value: object) -> str:
    """A cell as a report may show it: telephone and ID numbers by their last three digits."""
    text = shown("" if value is None else value, _LONGEST_VALUE)
    return f"••• {text[-3:]}" if field in PERSONAL and text else text


class Findings:
    """Collects remarks: counted, and kept up to a limit for the report."""

    def __init__(self) -> None:
        self.counts: Counter[Severity] = Counter()
        self.rows_with_errors: set[int] = set()
        self._all: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Take a remark down. Past a limit they are only counted."""
        self.counts[finding.severity] += 1
        if finding.severity is Severity.ERROR:
            self.rows_with_errors.add(finding.row)
        if len(self._all) < MOST_IN_REPORT:
            self._all.append(finding)

    @property
    def are_blocking(self) -> bool:
        return self.counts[Severity.ERROR] > 0

    def most_pressing(self) -> list[Finding]:
        """A screenful for the terminal: errors before clashes before the rest, by row."""
        order = list(Severity)
        return sorted(self._all, key=lambda one: (order.index(one.severity), one.row))[:_SHOWN]

    def __iter__(self) -> Iterator[Finding]:
        """By row; what is no longer in the file last."""
        return iter(sorted(self._all, key=lambda one: (one.row == 0, one.row)))

    @property
    def left_out(self) -> int:
        """How many are counted but not in the report."""
        return sum(self.counts.values()) - len(self._all)
