"""What there is to say about the rows of a file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.legacy_import.rows.records import PERSONAL
from tenants.validation import shown

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
        """Whether something keeps the file out."""
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
