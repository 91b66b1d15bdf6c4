"""Rows that another system sends: new dossiers, new states of known ones. An answer to each row, whatever the others are.

They hold to the rules of later files of an old system. The same rows again change nothing, so who is cut off sends all
of them again. Each new state is a transaction of its own with the dossier locked, the new dossiers of a call are one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.legacy_import import incremental
from dossiers.legacy_import.bulk_insert import import_batch
from dossiers.legacy_import.incremental import CannotFollow, Change, Known
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.mapping_file import Mapping, meanings, parse_mapping
from dossiers.legacy_import.rows.records import Findings, Record, Severity
from dossiers.legacy_import.rows.row_parser import RowReader
from dossiers.legacy_import.rows.table_reader import Row
from dossiers.lifecycle.errors import StaleDossier
from dossiers.lifecycle.models import Dossier, OtherSystem
from dossiers.lifecycle.rules import codes
from tenants import clock
from tenants.organisation import catalogue
from tenants.refusals import Refused
from tenants.validation import shown
from tenants.web import rate_limits

MOST_ROWS = 500
LONGEST_CELL = 2_000
_TRIES = 3
"""So often rows are compared anew that another sender has just changed."""
# Names are all that a message takes from a row: one that a telephone could open, or that draws, is not a name.
_NOT_A_NAME = re.compile(
    r"://|www\.|[<>{}]|\.(?:com|net|org|info|biz|vn|io|co|me|ly|gl|top|xyz|site|shop|link|click|app|page|dev|cc|tk|ru|cn)\b",
    re.IGNORECASE,
)


class Outcome(TextChoices):
    """What became of a row. One that is older than what stands here has nothing new to say."""

    CREATED = "created", gettext_lazy("hồ sơ mới")
    CHANGED = "changed", gettext_lazy("đã cập nhật")
    UNCHANGED = "unchanged", gettext_lazy("không có gì mới")
    REFUSED = "refused", gettext_lazy("không nhận, chưa ghi gì")


@dataclass(frozen=True, slots=True)
class Answer:
    """`row` counts from 1; `code` finds the dossier here, "" where there is none; `problem` is a sentence."""

    row: int
    outcome: str
    code: str = ""
    problem: str = ""


def receive_rows(
    system: OtherSystem, rows: Sequence[object], *, agencies: Collection[int] | None
) -> list[Answer]:
    """Bring the dossiers of this system up to these rows: an answer to each, in their order.

    A row holds texts and numbers under the headings of the mapping. `agencies` are those whose dossiers the sender may
    touch, None: all. Raises Refused, with nothing written, for more than MOST_ROWS and for a mapping that is no more
    right.
    """
    if len(rows) > MOST_ROWS:
        raise Refused(_("Một lần gửi không quá %(most)d dòng.") % {"most": MOST_ROWS})
    return _Reception(system, agencies).take(rows)


def mapping_of(system: OtherSystem) -> Mapping:
    """How to read its rows. Raises Refused when the mapping is no more right."""
    return catalogue.kept(("feed mapping", system.pk), lambda: parse_mapping(system.mapping, system.code))


class _Reception:
    def __init__(self, system: OtherSystem, agencies: Collection[int] | None) -> None:
        self.system, self.agencies = system, agencies
        self.mapping = mapping_of(system)
        words = (self.mapping.agencies, self.mapping.procedures, self.mapping.assignees)
        self.directory = Directory(*map(meanings, words))
        self.now = clock.now()
        self.answers: dict[int, Answer] = {}

    def take(self, rows: Sequence[object]) -> list[Answer]:
        for some in _without_repeats(self._read(rows)):
            for _try in range(_TRIES):
                some = self._settle(some)
            for record in some:
                text = _("hồ sơ đang được lượt gửi khác cập nhật; xin gửi lại dòng này")
                self._answer(record, Outcome.REFUSED, record.code, text)
        return [self.answers[number] for number in range(1, len(rows) + 1)]

    def _answer(self, record: Record, outcome: Outcome, code: str = "", problem: str = "") -> None:
        self.answers[record.row] = Answer(record.row, outcome, code, problem)

    def _read(self, rows: Iterable[object]) -> Iterator[Record]:
        for number, row in enumerate(rows, start=1):
            record, problem = self._record(number, row)
            if record is None or problem:
                self.answers[number] = Answer(number, Outcome.REFUSED, problem=problem)
            else:
                yield record

    def _record(self, number: int, row: object) -> tuple[Record | None, str]:
        if not isinstance(row, dict):
            return None, _("mỗi dòng phải là một đối tượng JSON")
        cells = {field: row.get(heading) for field, heading in self.mapping.headings.items()}
        for field, cell in cells.items():
            if not isinstance(cell, str | int | float | None) or len(str(cell)) > LONGEST_CELL:
                text = _("cột “%(column)s” phải là chuỗi hoặc số, không quá %(most)d ký tự")
                return None, text % {"column": shown(self.mapping.headings[field]), "most": LONGEST_CELL}
        findings = Findings()
        record = RowReader(self.mapping, self.directory, findings, as_of=self.now).read(Row(number, cells))
        if record is None:
            faults = [one for one in findings if one.severity is Severity.ERROR]
            return None, "; ".join(f"{one.column} “{one.value}”: {one.reason}" for one in faults)
        return record, self._objection(record)

    def _objection(self, record: Record) -> str:
        """Why a row that a file might hold is not taken from a sender."""
        people = (record.intake.owner, record.intake.submitter, record.intake.recipient)
        if any(person and _NOT_A_NAME.search(person.name) for person in people):
            return _("tên người hay tổ chức không được có liên kết hay ký hiệu")
        by_code = self.directory.agency_by_code
        named = {by_code[record.intake.receiving_agency].pk, by_code[record.intake.competent_agency].pk}
        # A number under a desk of ours is counted there: another's desk would give out none before it.
        if (found := codes.read(record.code)) and (desk := by_code.get(found.text.rsplit("-", 2)[0])):
            named.add(desk.pk)
        return "" if self._may_touch(named) else _("cơ quan của hồ sơ nằm ngoài phạm vi của khóa này")

    def _may_touch(self, agencies: set[int]) -> bool:
        return self.agencies is None or agencies <= set(self.agencies)

    def _settle(self, records: list[Record]) -> list[Record]:
        """Answer these rows, each of another dossier; those are given back that another sender was quicker with."""
        if not records:
            return []
        known = incremental.known(self.system.code, [record.source_code for record in records])
        wanted = [record.code for record in records if record.code and record.source_code not in known]
        taken = set(Dossier.objects.filter(code__in=wanted).values_list("code", flat=True))
        new, again = list[Record](), list[Record]()
        for record in records:
            if before := known.get(record.source_code):
                if not self._follow(record, before):
                    again.append(record)
            elif record.code in taken:
                text = _("mã này thuộc một hồ sơ không do hệ thống này gửi đến")
                self._answer(record, Outcome.REFUSED, problem=text)
            else:
                new.append(record)
        return again + self._write(new)

    def _write(self, new: list[Record]) -> list[Record]:
        if not new:
            return []
        try:
            import_batch(new, source=self.system.code, directory=self.directory)
        except Refused:
            return new
        made = Dossier.objects.filter(
            source=self.system.code, source_code__in=[record.source_code for record in new]
        )
        found = dict(made.values_list("source_code", "code"))
        for record in new:
            self._answer(record, Outcome.CREATED, found[record.source_code])
        return []

    def _follow(self, record: Record, before: Known) -> bool:
        """Answer a row of a known dossier; False when it was changed since it was compared."""
        dossier = before.dossier
        if not self._may_touch({dossier.receiving_agency_id, dossier.competent_agency_id}):
            text = _("cơ quan của hồ sơ nằm ngoài phạm vi của khóa này")
            self._answer(record, Outcome.REFUSED, problem=text)
            return True
        follows, problem = self.mapping.is_given("assignee"), ""
        try:
            change = incremental.compare(record, before, as_of=self.now, follows_assignee=follows)
            if change is not None:
                self._check_order(change, before)
                notices = _Notices(self.system)
                incremental.apply(change, self.directory, may_tell=notices.take)
                problem = notices.problem
        except StaleDossier:
            return False
        except (CannotFollow, Refused) as reason:
            is_late = bool(record.stages) and record.present.at < before.last.at
            self._answer(record, Outcome.UNCHANGED if is_late else Outcome.REFUSED, dossier.code, str(reason))
        else:
            outcome = Outcome.UNCHANGED if change is None else Outcome.CHANGED
            self._answer(record, outcome, dossier.code, problem)
        return True

    def _check_order(self, change: Change, before: Known) -> None:
        """Rows may come in any order, files do not: what was overtaken on the same day is left alone.

        A day alone says nothing of the hour, and stands for its opening.
        """
        last = before.last.at
        for at in (move.stage.at for move in change.moves if move.stage is not None):
            opening = self.directory.calendar.calendar.opening(at.date())
            if at < last and not (at == opening and at.date() == last.astimezone(clock.VIETNAM).date()):
                raise CannotFollow(
                    _("dòng cũ hơn trạng thái đang có (%(before)s)") % {"before": clock.in_words(last)}
                )


def _without_repeats(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in lists in which no code stands twice: later rows of a dossier are compared after its earlier ones."""
    found, seen = list[Record](), set[str]()
    for record in records:
        names = {f"source {record.source_code}", f"code {record.code or record.source_code}"}
        if names & seen:
            yield found
            found, seen = [], set()
        found.append(record)
        seen |= names
    yield found


class _Notices:
    """The notices of a system on one day. What is over them is not told: the status is right all the same."""

    def __init__(self, system: OtherSystem) -> None:
        self.system, self.problem = system, ""

    def take(self) -> bool:
        midnight = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.VIETNAM)
        key = f"feed:{self.system.code}:{clock.today()}"
        left = max(1, int((midnight - clock.now()).total_seconds()))
        if self.system.notices_per_day and rate_limits.take({key: self.system.notices_per_day}, seconds=left):
            return True
        self.problem = _("đã cập nhật; không báo tin vì nguồn này đã hết số tin trong ngày")
        return False
