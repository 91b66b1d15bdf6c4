"""The catalogue's files in a province's folder: `catalogue.yaml`, `procedures.csv`, `terms.csv`, `synonyms.csv`.

Only the first is needed. All faults are collected with file and line, so that the province gets one list to work
through.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from procedures.catalogue.contents.local_selection import CatalogueSelection, LocalData, LocalTerm
from procedures.catalogue.contents.statements import (
    AgencyStatement,
    ProcedureCode,
    SectorName,
    SourceStatement,
)
from procedures.catalogue.formats.base import FeeItem
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.models import FeeKind, FilingMode, Level
from procedures.catalogue.search.index import MAX_SHORT_NAME
from tenants.folder.file_schema import Line, load
from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.readers.csv_reader import TableRow, read_table
from tenants.folder.readers.yaml_reader import Document, read_document
from tenants.text import fold
from tenants.validation import Day, Schema, fault, fault_at, gettext_noop, shown

FILE, PROCEDURES, TERMS, SYNONYMS = "catalogue.yaml", "procedures.csv", "terms.csv", "synonyms.csv"
MOST_FEE = 1_000_000_000
"""In đồng. No fee of a procedure comes near; a slip of the hand does."""


class CatalogueFile(Schema):
    """The sectors and procedures that the province handles, and what it says of many procedures at once.

    The sectors are always named: `[]` while none is chosen.
    """

    version: Annotated[Line, Field(max_length=10)] = "1"
    levels: tuple[Level, ...] = ()
    sectors: tuple[SectorName, ...]
    excluded_sectors: tuple[SectorName, ...] = ()
    add: frozenset[ProcedureCode] = frozenset()
    remove: frozenset[ProcedureCode] = frozenset()
    agencies: tuple[AgencyStatement, ...] = ()
    no_terms: tuple[SourceStatement, ...] = ()
    no_fees: tuple[SourceStatement, ...] = ()
    on_missing: Literal["keep", "hide"] = "keep"


def _dong(text: str) -> int:
    digits = text.replace(".", "")
    if not re.fullmatch(r"[0-9]{1,20}", digits):
        words = gettext_noop("mức thu “%(amount)s” phải là số đồng, chỉ gồm chữ số, ví dụ 50.000.")
        raise fault(words, amount=shown(text))
    return int(digits)


Dong = Annotated[int, BeforeValidator(_dong), Field(le=MOST_FEE)]
Words = Annotated[str, Field(max_length=300)]
Note = Annotated[str, Field(max_length=2_000)]


def lines_of(cell: str) -> str:
    """The sentences of a cell, one a line."""
    return "\n".join(filter(None, (part.strip() for part in cell.split("|"))))


def cell_of(lines: str) -> str:
    """What :func:`lines_of` reads back."""
    return " | ".join(lines.split("\n"))


Lines = Annotated[str, Field(max_length=2_000), AfterValidator(lines_of)]
"""Several sentences with “|” between them, stored one a line."""


class ProcedureRow(TableRow):
    """What the province says of one procedure; an empty cell says nothing."""

    code: ProcedureCode
    agency: str = ""
    filing_mode: FilingMode | None = None
    filing_reason: Words = ""
    filing_decision: Annotated[str, Field(max_length=100)] = ""
    filing_decided_on: Day | None = None
    short_name: Annotated[str, Field(max_length=MAX_SHORT_NAME)] = ""
    everyday: Words = ""
    where: Words = ""
    summary: Note = ""
    when_needed: Lines = ""
    mistakes: Lines = ""
    english_name: Annotated[str, Field(max_length=120)] = ""
    english_also: Words = ""
    english_summary: Note = ""
    fee_kind: FeeKind | None = None
    fee_amount: Dong | None = None
    fee_note: Note = ""
    fee_online_note: Note = ""

    @model_validator(mode="after")
    def _check_fee(self) -> "ProcedureRow":
        if (self.fee_kind or self.fee_online_note) and self.fee_amount is None and not self.fee_note:
            words = gettext_noop("thiếu mức thu: ghi fee_amount, hoặc cách tính vào fee_note.")
            raise fault_at(["fee_amount"], words)
        return self

    @property
    def local_data(self) -> LocalData:
        """The row as the catalogue takes it."""
        fee = FeeItem(self.fee_kind or "", self.fee_amount, self.fee_note, self.fee_online_note)
        said = {one.name: getattr(self, one.name, None) for one in dataclass_fields(LocalData)}
        fees = (fee,) if fee != FeeItem() else ()
        return LocalData(**{**{name: value for name, value in said.items() if value}, "fees": fees})


class TermRow(TableRow):
    """A term that the province set, and the number of its decision."""

    code: ProcedureCode
    value: str = ""
    unit: str = ""
    decision: str

    @model_validator(mode="after")
    def _check_term(self) -> "TermRow":
        term, problems = read_term(0, self.code, ("value", "unit"), [(self.value, self.unit)])
        if problems or not term.unit:
            reason = problems[0].reason.split(";")[0] if problems else _("thiếu thời hạn")
            raise fault_at(["value"], gettext_noop("%(code)s: %(reason)s."), code=self.code, reason=reason)
        if fold(self.unit) == "ngay":  # calendar days in the state's lists; in a folder it may be either
            words = gettext_noop("%(code)s: “ngày” là working_day (ngày làm việc) hay calendar_day (lịch)?")
            raise fault_at(["unit"], words, code=self.code)
        return self

    @property
    def local_term(self) -> LocalTerm:
        """The row as the catalogue takes it."""
        term, _problems = read_term(0, self.code, ("value", "unit"), [(self.value, self.unit)])
        return LocalTerm(term, self.decision)


class SynonymRow(TableRow):
    """An everyday word, and official words that stand side by side or the code of a procedure."""

    everyday: Annotated[str, Field(max_length=100)]
    official: Words


@dataclass
class CatalogueFiles:
    """What could be read of the files, and all that is wrong with them."""

    chosen: CatalogueFile
    procedures: tuple[ProcedureRow, ...]
    terms: tuple[TermRow, ...]
    synonyms: tuple[SynonymRow, ...]
    problems: list[ValidationProblem]

    def selection(self) -> CatalogueSelection:
        """The selection that the files say. Raises Refused with every fault of every file."""
        if blocking(self.problems):
            raise Refused(self.problems)
        chosen = self.chosen
        local = {row.code: row.local_data for row in self.procedures}
        for row in self.terms:
            local[row.code] = replace(local.get(row.code, LocalData()), term=row.local_term)
        return CatalogueSelection(
            sectors=chosen.sectors,
            excluded_sectors=chosen.excluded_sectors,
            added=chosen.add,
            removed=chosen.remove,
            local=local,
            synonyms=tuple((row.everyday, row.official) for row in self.synonyms),
            hide_missing=chosen.on_missing == "hide",
            agencies=chosen.agencies,
            no_terms=chosen.no_terms,
            no_fees=chosen.no_fees,
            **({"levels": chosen.levels} if chosen.levels else {}),
        )


def read_files(folder: Path) -> CatalogueFiles:
    """The catalogue files in a province's folder; touches no database."""
    chosen, problems = CatalogueFile(sectors=()), list[ValidationProblem]()
    try:
        document = read_document(folder / FILE)
        sound, found = load(CatalogueFile, document, instead={"sectors": []})
        chosen = sound or chosen
        problems += [*found, *_taken_twice(chosen, document)]
    except Refused as refusal:
        problems += refusal.problems

    def rows[Row: TableRow](file: str, model: type[Row], *key: str) -> tuple[Row, ...]:
        if not (folder / file).exists():
            return ()
        try:
            table = read_table(folder / file, model, key=key)
        except Refused as refusal:
            problems.extend(refusal.problems)
            return ()
        problems.extend(table.problems)
        return table.rows

    return CatalogueFiles(
        chosen,
        rows(PROCEDURES, ProcedureRow, "code"),
        rows(TERMS, TermRow, "code"),
        rows(SYNONYMS, SynonymRow, "everyday", "official"),
        problems,
    )


def read_selection(folder: Path) -> CatalogueSelection:
    """The selection written in a province's folder. Raises Refused with every fault of every file."""
    return read_files(folder).selection()


def _taken_twice(chosen: CatalogueFile, document: Document) -> Iterator[ValidationProblem]:
    taken = set(map(fold, chosen.sectors))
    for number, name in enumerate(chosen.excluded_sectors):
        if fold(name) in taken:
            text = _("“%(name)s” vừa ở sectors vừa ở excluded_sectors; hãy bỏ một chỗ.")
            yield document.problem(text % {"name": shown(name)}, "excluded_sectors", number)
