"""Importing the dossiers of an old system from a file, the first time and every time after.

All rows are checked before anything is written. New ones go in together or not at all; what changed in the
others goes in one dossier at a time, so that a run that was cut off is simply started again.
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryFile

from django.db import connection
from django.utils.translation import gettext as _

from dossiers.legacy_import import error_workbook, incremental
from dossiers.legacy_import.bulk_insert import import_batch
from dossiers.legacy_import.incremental import CannotFollow, Change, Known
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.mapping_file import meanings, read_mapping
from dossiers.legacy_import.rows.records import Finding, Findings, Record, Severity, title
from dossiers.legacy_import.rows.row_parser import RowReader
from dossiers.legacy_import.rows.table_reader import open_table
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.folder.problems import refuse
from tenants.folder.steps import Show
from tenants.isolation.context import current_province
from tenants.refusals import Refused as ActRefused

_AT_ONCE = 1_000


class Spool[Item]:
    """A list in a temporary file without a name, gone with the process. Filled first, then read as often as needed."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="mot-cua-")  # noqa: SIM115 – lives as long as the list
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, items: Sequence[Item]) -> None:
        pickle.dump(items, self._file, pickle.HIGHEST_PROTOCOL)
        self._length += len(items)

    def __iter__(self) -> Iterator[Item]:
        end = self._file.seek(0, SEEK_END)
        self._file.seek(0)
        while self._file.tell() < end:
            # No other process can have written this file.
            yield from pickle.load(self._file)  # noqa: S301


@dataclass
class Outcome:
    """What a file held and what became of it. `written` is False for a trial and for a file with errors, unless its
    good rows were asked for. `faulty_in`: where the rows with errors were written."""

    source: str
    as_of: datetime
    kind: str = ""
    findings: Findings = field(default_factory=Findings)
    rows: int = 0
    new: int = 0
    new_codes: int = 0
    changed: int = 0
    unchanged: int = 0
    written: bool = False
    faulty_in: Path | None = None

    def summary(self) -> list[tuple[str, str]]:
        """The figures, for the terminal and for the report."""
        counts = self.findings.counts
        return [
            (_("Hệ thống cũ"), self.source),
            (_("Định dạng, bảng mã"), self.kind),
            (_("Số liệu tính đến"), clock.in_words(self.as_of)),
            (_("Dòng hồ sơ"), str(self.rows)),
            (_("Hồ sơ mới"), str(self.new)),
            (_("Hồ sơ được cấp mã mới (mã cũ không đúng dạng)"), str(self.new_codes)),
            (_("Hồ sơ cần cập nhật"), str(self.changed)),
            (_("Hồ sơ giữ nguyên"), str(self.unchanged)),
            (_("Xung đột, để nguyên"), str(counts[Severity.CLASH])),
            (_("Không còn trong tệp, để nguyên"), str(counts[Severity.MISSING])),
            (_("Lưu ý"), str(counts[Severity.NOTE])),
            (_("Lỗi"), str(counts[Severity.ERROR])),
            (_("Dòng có lỗi, để riêng"), str(len(self.findings.rows_with_errors))),
        ]


def load(
    file: Path,
    mapping_file: Path,
    *,
    report_to: Path,
    dry_run: bool = False,
    good_rows: bool = False,
    as_of: datetime | None = None,
    progress: Show = lambda what, share: None,
) -> Outcome:
    """Check the dossiers of `file` and, unless it is a trial or a row has an error, import them; with `good_rows`
    those whose rows have none. Rows with errors are written beside the report, to be sent back.

    `as_of` is the moment for which the file speaks; now when absent. The report is written in any case, and
    is the same for a trial and for the real run. Raises tenants' Refused when the mapping or the file as a
    whole cannot be read, dossiers' Refused when codes were taken while the batch was being written.
    """
    now = clock.now()
    as_of = as_of or now
    if as_of > now:
        raise refuse(file.name, 0, _("thời điểm của tệp không thể ở tương lai."))
    run = _Import(mapping_file, as_of, progress)
    with _alone(file, run.outcome.source):
        run.read(file)
        if not dry_run and (good_rows or not run.outcome.findings.are_blocking):
            run.write()
        run.report(file, report_to)
    return run.outcome


class _Import:
    """Reads a file, puts each sound row where it belongs (new, changed, unchanged, left alone), and writes."""

    def __init__(self, mapping_file: Path, as_of: datetime, progress: Show) -> None:
        self.mapping = mapping = read_mapping(mapping_file)
        self.outcome = Outcome(mapping.source, as_of)
        self.progress = progress
        self.new: Spool[Record] = Spool()
        self.changes: list[Change] = []
        self.faulty: Spool[error_workbook.FaultyRow] = Spool()
        self.heading: Sequence[object] = ()
        self._code_column = mapping.columns.get("code") or title("code")
        self._rows_of_old_codes: dict[str, int] = {}
        self._rows_of_codes: dict[str, int] = {}

    def read(self, file: Path) -> None:
        outcome, findings = self.outcome, self.outcome.findings
        words = (self.mapping.agencies, self.mapping.procedures, self.mapping.assignees)
        self.directory = Directory(*map(meanings, words))
        with open_table(file, self.mapping) as table:
            outcome.kind, self.heading = table.kind, table.heading
            reader = RowReader(self.mapping, self.directory, findings, as_of=outcome.as_of)
            for rows in batched(table, _AT_ONCE):
                outcome.rows += len(rows)
                records = [record for row in rows if (record := reader.read(row)) is not None]
                self._sort([record for record in records if self._is_first(record)])
                faulty = [row for row in rows if row.number in findings.rows_with_errors]
                self.faulty.add([(row.number, tuple(row.whole)) for row in faulty])
                self.progress(_("Soát"), table.progress)
        if not outcome.rows:
            raise refuse(file.name, 0, _("không có dòng hồ sơ nào."))
        if not findings.are_blocking:
            self._report_missing()

    def write(self) -> None:
        outcome = self.outcome
        if self.new:
            import_batch(
                self.new,
                source=outcome.source,
                directory=self.directory,
                progress=lambda written: self.progress(_("Ghi hồ sơ mới"), written / len(self.new)),
            )
        for number, change in enumerate(self.changes, start=1):
            try:
                incremental.apply(change, self.directory)
            except ActRefused as refusal:
                outcome.changed -= 1
                outcome.findings.add(Finding(change.row, Severity.CLASH, "", "", str(refusal)))
            self.progress(_("Cập nhật hồ sơ đã có"), number / len(self.changes))
        outcome.written = True

    def report(self, file: Path, report_to: Path) -> None:
        findings = self.outcome.findings
        error_workbook.write(report_to, findings, self.outcome.summary())
        if self.faulty:
            path, sheet = report_to.with_name(f"{file.stem}-dong-loi.xlsx"), self.mapping.sheet
            self.outcome.faulty_in = error_workbook.write_faulty(
                path, sheet, self.heading, self.faulty, findings
            )

    def _is_first(self, record: Record) -> bool:
        earlier = self._rows_of_old_codes.setdefault(record.source_code, record.row)
        if earlier == record.row and record.code:
            earlier = self._rows_of_codes.setdefault(record.code, record.row)
        if earlier != record.row:
            self._add(record, Severity.ERROR, _("mã này đã có ở dòng %(row)d") % {"row": earlier})
        return earlier == record.row

    def _sort(self, records: list[Record]) -> None:
        known = incremental.known(self.mapping.source, [record.source_code for record in records])
        codes = [record.code for record in records if record.code and record.source_code not in known]
        taken = set(Dossier.objects.filter(code__in=codes).values_list("code", flat=True))
        new = []
        for record in records:
            if before := known.get(record.source_code):
                self._compare(record, before)
            elif record.code in taken:
                self._add(record, Severity.ERROR, _("mã này đã thuộc một hồ sơ khác trong hệ thống"))
            else:
                new.append(record)
        self.new.add(new)
        self.outcome.new += len(new)
        self.outcome.new_codes += sum(not record.code for record in new)

    def _compare(self, record: Record, before: Known) -> None:
        follows = self.mapping.is_given("assignee")
        try:
            change = incremental.compare(record, before, as_of=self.outcome.as_of, follows_assignee=follows)
        except CannotFollow as reason:
            self._add(record, Severity.CLASH, str(reason))
            return
        if change is None:
            self.outcome.unchanged += 1
        else:
            self.outcome.changed += 1
            self._add(record, Severity.CHANGE, change.words)
            self.changes.append(change)

    def _report_missing(self) -> None:
        """Open dossiers that the old system no longer speaks of; closed ones leave such files by themselves."""
        open_ones = Dossier.objects.filter(source=self.mapping.source, closed_at=None).order_by("pk")
        text = _("hồ sơ chưa kết thúc mà tệp không còn nêu; để nguyên")
        for code in open_ones.values_list("source_code", flat=True).iterator():
            if code not in self._rows_of_old_codes:
                self.outcome.findings.add(Finding(0, Severity.MISSING, self._code_column, code, text))

    def _add(self, record: Record, severity: Severity, text: str) -> None:
        self.outcome.findings.add(Finding(record.row, severity, self._code_column, record.source_code, text))


@contextmanager
def _alone(file: Path, source: str) -> Iterator[None]:
    """One run per old system at a time: what one has checked must not change under it by another."""
    key = [f"dossiers.load:{current_province().uuid}:{source}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
        if not cursor.fetchone()[0]:
            raise refuse(file.name, 0, _("một lần nhập khác của hệ thống cũ này đang chạy."))
    try:
        yield
    finally:
        connection.cursor().execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)
