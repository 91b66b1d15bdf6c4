"""Statements on many procedures at once, by sector or code: the competent agency, what is not prescribed.

Kept in `catalogue.yaml` of the folder:

    agencies:
      - {agency: H15.02, sectors: [Hộ tịch, Công chứng]}
    no_terms: # không quy định thời hạn
      - {source: 12/2026/QĐ-UBND, codes: ["1.004873"]}
    no_fees: # không thu phí, lệ phí
      - {source: 07/2026/NQ-HĐND, sectors: [Hộ tịch]}
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from procedures.catalogue.formats.base import base_code
from tenants.folder.file_schema import Line
from tenants.text import fold
from tenants.validation import Schema, fault, gettext_noop, shown


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
    """An agency is competent."""

    value: Value = Field(alias="agency")


class SourceStatement(Statement):
    """A document says that nothing is prescribed."""

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
