"""The papers and fees of the national catalogue that ship with the portal: `data/papers.csv`, `data/fees.csv`.

Facts of the export that `manage.py catalogue national FILE` reads, with names cut to their first clause. They stand
until a province imports the official full text, or an explanation (:mod:`procedures.catalogue.contents.national`) says it plainly.
"""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from procedures.catalogue.contents import national, short_papers
from procedures.catalogue.formats.base import Document, FeeItem, Problem, ProcedureRecord
from tenants.folder.readers.spreadsheets import plain, safe
from tenants.text import fold

PAPERS, FEES = national.DATA / "papers.csv", national.DATA / "fees.csv"
PAPER_COLUMNS = ("code", "row", "case", "name", "originals", "copies", "form")
FEE_COLUMNS = ("code", "kind", "amount", "note", "online_note")
SAME_CASE = "〃"
"""In the table: the case of the row above, of the same procedure. Cases are long and hold for many rows."""
_FEWEST_DONG = 1_000
_FREE_SAID = ("mien", "khong thu")


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What the table says of one procedure; ``papers`` by their row in the export, from 1."""

    papers: Mapping[int, Document] = field(default_factory=dict)
    fees: tuple[FeeItem, ...] = ()

    def onto(self, record: ProcedureRecord) -> ProcedureRecord:
        if not self.papers and not self.fees:
            return record
        return replace(
            record,
            documents=tuple(self.papers.values()),
            fees=self.fees,
            text_source=national.SOURCE,
            text_decision=record.decision or "",
            text_month=national.MONTH,
        )


def write(
    records: Iterable[ProcedureRecord], papers: Path = PAPERS, fees: Path = FEES
) -> tuple[dict[str, int], list[Problem]]:
    """Write the papers and certain fees of *records* as an export gives them, in order of code and row.

    Returns how much was written, and each row that was left out, with why.
    """
    ordered, left_out = sorted(records, key=lambda record: record.code), list[Problem]()
    bases = " ".join(f"{text.name} {text.number}" for record in ordered for text in record.legal_basis or ())
    known = set(short_papers.NUMBER.findall(bases))
    paper_rows = [row for record in ordered for row in _paper_rows(record, known, left_out)]
    fee_rows = [
        (record.code, fee.kind, str(fee.amount), fee.note, fee.online_note)
        for record in ordered
        for fee in certain_fees(record.fees or ())
    ]
    for path, columns, rows in ((papers, PAPER_COLUMNS, paper_rows), (fees, FEE_COLUMNS, fee_rows)):
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerows([columns, *([safe(cell) for cell in row] for row in rows)])
    counts = {
        "papers": len(paper_rows),
        "procedures": len({row[0] for row in paper_rows}),
        "fees": len(fee_rows),
    }
    return counts, left_out


def _paper_rows(
    record: ProcedureRecord, known: Collection[str], left_out: list[Problem]
) -> Iterator[tuple[str, ...]]:
    before = ""
    names: dict[str, str] = {}
    for row, document in zip(record.document_rows, record.documents or (), strict=True):
        if reason := short_papers.left_out(document):
            place = f"giay_to {row}"
            left_out.append(Problem(record.row, place, document.name[:80], _(reason), record.code))
            continue
        case = _different(short_papers.short_case(document.case), document.case, names)
        yield (
            record.code, str(row), SAME_CASE if case and case == before else case,
            short_papers.short_name(document.name),
            *("" if number is None else str(number) for number in (document.originals, document.copies)),
            short_papers.form_of(document, known),
        )  # fmt: skip
        before = case


def _different(short: str, full: str, names: dict[str, str]) -> str:
    """*short* with a number where another case of this procedure was cut to the same words."""
    if not short or full in names:
        return names.get(full, short)
    number, name = 2, short
    while name in names.values():
        name, number = f"{short} ({number})", number + 1
    names[full] = name
    return name


def certain_fees(fees: tuple[FeeItem, ...]) -> tuple[FeeItem, ...]:
    """Those whose amount is known. The portal prints “Miễn phí” also where nothing was entered: that counts only
    where it says so in words, or where no way to file has another amount or an unclear one."""
    only_free = all(fee.amount == 0 for fee in fees)
    found = []
    for fee in fees:
        note = short_papers.short_note(fee.note)
        if fee.amount is None or 0 < fee.amount < _FEWEST_DONG:
            continue
        if fee.amount == 0:
            said = fold(note).startswith(_FREE_SAID)
            if not said and not only_free:
                continue
            note = note if said else ""
        found.append(replace(fee, kind=_kind(note), note=note))
    return tuple(dict.fromkeys(found))


def _kind(note: str) -> str:
    folded = fold(note)
    if folded.startswith(("le phi", "mien le phi")):
        return "le_phi"
    return "phi" if folded.startswith("phi ") and not folded.startswith("phi le phi") else ""


def load() -> Mapping[str, TableFacts]:
    """Return what the tables say, by code. Treat it as read-only: it is kept."""
    return _read(PAPERS, FEES, PAPERS.stat().st_mtime_ns, FEES.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(papers: Path, fees: Path, papers_changed: int, fees_changed: int) -> Mapping[str, TableFacts]:
    by_code: dict[str, dict[int, Document]] = {}
    case = ""
    for code, row, written_case, name, originals, copies, form in _rows(papers):
        case = case if written_case == SAME_CASE else written_case
        document = Document(name, "", _number(originals), _number(copies), case, form=form)
        by_code.setdefault(code, {})[int(row)] = short_papers.with_need(document)
    amounts: dict[str, list[FeeItem]] = {}
    for code, kind, amount, note, online_note in _rows(fees):
        amounts.setdefault(code, []).append(FeeItem(kind, int(amount), note, online_note))
    return {
        code: TableFacts(by_code.get(code, {}), tuple(amounts.get(code, ())))
        for code in by_code.keys() | amounts.keys()
    }


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        for cells in reader:
            yield [plain(cell) for cell in cells]


def _number(cell: str) -> int | None:
    return int(cell) if cell else None
