"""What a province says of its catalogue: the models of its files, and whether and how they speak of a procedure.

Statements hold for many procedures at once, by sector or code. Kept in `catalogue.yaml` of the folder:

    agencies:
      - {agency: H15.02, sectors: [Hộ tịch, Công chứng]}
    no_terms: # không quy định thời hạn
      - {source: 12/2026/QĐ-UBND, codes: ["1.004873"]}
    no_fees: # không thu phí, lệ phí
      - {source: 07/2026/NQ-HĐND, sectors: [Hộ tịch]}
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from procedures.catalogue.formats.base import FeeItem, Term, base_code, is_customs_at_commune
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.models import FeeKind, FilingMode, Level, ProcedureKind
from procedures.catalogue.search.index import MAX_SHORT_NAME
from tenants.folder.file_schema import Line
from tenants.folder.readers.csv_reader import TableRow
from tenants.text import fold
from tenants.validation import Day, Schema, fault, fault_at, gettext_noop, shown

MOST_FEE = 1_000_000_000
"""In đồng. No fee of a procedure comes near; a slip of the hand does."""
NOT_PRESCRIBED = ("no_term_source", "no_fee_source")


def _procedure_code(text: str) -> str:
    code = base_code(text)
    if not code:
        words = gettext_noop("mã thủ tục “%(code)s” phải có dạng 1.000894.")
        raise fault(words, code=shown(text))
    return code


ProcedureCode = Annotated[Line, AfterValidator(_procedure_code)]
"""The national code of a procedure, read without the suffix of an agency."""
SectorName = Annotated[Line, Field(min_length=1, max_length=500)]
Value = Annotated[Line, Field(min_length=1, max_length=300)]


class Statement(Schema):
    """`value` holds for the procedures with these codes, and for all of these sectors.

    Without sectors and codes it would hold for unforeseen procedures.
    """

    value: Value
    sectors: tuple[SectorName, ...] = ()
    codes: frozenset[ProcedureCode] = frozenset()

    @model_validator(mode="after")
    def _check_extent(self) -> "Statement":
        if not self.sectors and not self.codes:
            raise fault(gettext_noop("phải nêu sectors hoặc codes."))
        return self


class AgencyStatement(Statement):
    value: Value = Field(alias="agency")


class SourceStatement(Statement):
    value: Value = Field(alias="source")


def value_for(statements: Iterable[Statement], code: str, sector: str) -> str:
    """What is said of one procedure: by its code before by its sector; "" where nothing is."""
    by_sector = ""
    for one in statements:
        if code in one.codes:
            return one.value
        if not by_sector and sector and fold(sector) in folded_names(one.sectors):
            by_sector = one.value
    return by_sector


@lru_cache(maxsize=512)
def folded_names(names: tuple[str, ...]) -> frozenset[str]:
    """The names without marks and case, by which sectors are compared."""
    return frozenset(map(fold, names))


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
    def fees(self) -> tuple[FeeItem, ...]:
        fee = FeeItem(self.fee_kind or "", self.fee_amount, self.fee_note, self.fee_online_note)
        return (fee,) if fee != FeeItem() else ()


class TermRow(TableRow):
    """A term that the province set, and the number of its decision."""

    code: ProcedureCode
    value: str = ""
    unit: str = ""
    decision: str

    @model_validator(mode="after")
    def _check_term(self) -> "TermRow":
        term, faults = read_term([(self.value, self.unit)])
        if faults or not term.unit:
            reason = faults[0][2].split(";")[0] if faults else _("thiếu thời hạn")
            raise fault_at(["value"], gettext_noop("%(code)s: %(reason)s."), code=self.code, reason=reason)
        if fold(self.unit) == "ngay":  # calendar days in the state's lists; in a folder it may be either
            words = gettext_noop("%(code)s: “ngày” là working_day (ngày làm việc) hay calendar_day (lịch)?")
            raise fault_at(["unit"], words, code=self.code)
        return self

    @property
    def term(self) -> Term:
        return read_term([(self.value, self.unit)])[0]


class SynonymRow(TableRow):
    """An everyday word, and official words that stand side by side or the code of a procedure."""

    everyday: Annotated[str, Field(max_length=100)]
    official: Words


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

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All that is said of many procedures at once."""
        return (*self.agencies, *self.no_terms, *self.no_fees)


class CatalogueSelection(CatalogueFile):
    """Which procedures a province handles, with its tables. Sectors are compared without marks and case.

    A procedure is handled when its code is in `add`, or its sector is in `sectors` and not excluded and one
    of its levels is in `levels`; never when its code is in `remove`. A sector named in neither list awaits the
    province's decision. `sectors` None takes all of them: a folder always names them. With `on_missing` “hide” what
    the national catalogue no longer has is hidden. Customs procedures that the source sends to the commune need to
    be named in `add`; denunciations are never handled here. Without `levels` it is those of the province and communes.
    """

    sectors: tuple[SectorName, ...] | None = None  # type: ignore[assignment]
    local: dict[str, ProcedureRow] = Field(default_factory=dict)
    terms: dict[str, TermRow] = Field(default_factory=dict)
    synonyms: tuple[tuple[str, str], ...] = ()

    @property
    def named(self) -> set[str]:
        codes = {code for one in self.statements for code in one.codes}
        return {*self.add, *self.remove, *self.local, *self.terms, *codes}

    def agency_for(self, code: str, sector: str) -> str:
        """The competent agency that is said of a procedure; "" for none."""
        local = self.local.get(code)
        return (local.agency if local else "") or value_for(self.agencies, code, sector)

    def not_prescribed(self, code: str, sector: str) -> dict[str, str]:
        """By column, the source that says that a procedure has no term, or no fee."""
        found = zip(NOT_PRESCRIBED, (self.no_terms, self.no_fees), strict=True)
        return {name: source for name, said in found if (source := value_for(said, code, sector))}

    def handles(self, code: str, *, kind: str, sector: str, levels: Iterable[str]) -> bool:
        """Whether the province handles the procedure with these facts."""
        levels = set(levels)
        if kind == ProcedureKind.DENUNCIATION or code in self.remove:
            return False
        if code in self.add:
            return True
        if is_customs_at_commune(sector, levels) or levels.isdisjoint(
            self.levels or (Level.PROVINCE, Level.COMMUNE)
        ):
            return False
        folded = fold(sector)
        if folded in folded_names(self.excluded_sectors):
            return False
        return self.sectors is None or folded in folded_names(self.sectors)

    def awaits(self, sector: str) -> bool:
        """Whether the province has not decided on this sector yet."""
        if self.sectors is None:
            return False
        return fold(sector) not in folded_names((*self.sectors, *self.excluded_sectors))
