"""What people must know of one procedure: the shape of an explanation that ships, of a draft, and of its workbook.

One reader checks all three; :mod:`procedures.catalogue.contents.update` writes what they say.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from procedures.catalogue.contents.selection import MOST_FEE, ProcedureCode
from procedures.catalogue.formats.base import (
    MAX_NAME,
    MAX_TEXT,
    Document,
    FeeItem,
    LegalText,
    ProcedureRecord,
    Step,
    clean,
    one_line,
)
from procedures.catalogue.models import ProcedureVersion
from procedures.catalogue.search.index import MAX_SHORT_NAME, everyday_words
from procedures.catalogue.versions import Facts, plain
from tenants.folder.file_schema import Line
from tenants.validation import Schema, fault, fault_at, gettext_noop

MOST_ROWS = 300
MOST_COPIES = 999
MOST_WORDS, MOST_ENGLISH = 300, 120
"""Characters of all everyday names of a procedure together, and of its English name."""

NAMES = (
    "short_name", "everyday", "summary", "when_needed", "where_guide", "mistakes", "english_name", "english_also",
    "english_summary",
)  # fmt: skip
"""What guidance says of a procedure beside its versions: columns of the procedure."""
PLACE = "where_text"
"""The column of the short place, which a draft says beside them; without a draft it follows the source."""
MOST_PLACE = 300


def _tidied(tidy: Callable[[str], str]) -> BeforeValidator:
    def check(value: object) -> object:
        try:
            return tidy(value) if isinstance(value, str) else value
        except ValueError:
            raise fault(gettext_noop("có ký tự hỏng; xin xóa rồi gõ lại.")) from None

    return BeforeValidator(check)


Text = Annotated[str, _tidied(clean), Field(max_length=MAX_TEXT)]
"""Several lines, tidied."""
Words = Annotated[str, _tidied(one_line), Field(max_length=MAX_NAME)]
"""One tidied line."""
Name = Annotated[str, _tidied(clean), Field(min_length=1, max_length=MAX_NAME)]
Number = Annotated[Line, _tidied(one_line), Field(max_length=200)]
"""A number of a text or decision; digits alone may come as a number."""
Copies = Annotated[int, Field(ge=0, le=MOST_COPIES)]


class Paper(Schema):
    """A paper to bring; `rows`: its places in the export of the national portal, from 1."""

    name: Name
    detail: Text = ""
    case: Text = ""
    form: Text = ""
    originals: Copies | None = None
    copies: Copies | None = None
    required: bool = True
    rows: tuple[int, ...] = ()


class StepRow(Schema):
    """A step; one of its two texts may be empty."""

    name: Text = ""
    detail: Text = ""

    @model_validator(mode="after")
    def _check_said(self) -> "StepRow":
        if not self.name and not self.detail:
            raise fault_at(["name"], gettext_noop("xin ghi tên bước hoặc cách làm."))
        return self


class FeeRow(Schema):
    """A fee in đồng; without an amount the note says how it is set."""

    kind: Literal["", "phi", "le_phi"] = ""
    amount: Annotated[int, Field(ge=0, le=MOST_FEE)] | None = None
    note: Text = ""
    online_note: Text = ""

    @model_validator(mode="after")
    def _check_said(self) -> "FeeRow":
        if self.amount is None and not self.note:
            raise fault_at(["amount"], gettext_noop("xin ghi số tiền, hoặc ghi chú cách tính."))
        return self


class LegalRow(Schema):
    name: Name
    number: Number = ""


class English(Schema):
    """The same in short for people who read no Vietnamese; `documents` in the order of the papers, or none."""

    name: Annotated[Words, Field(max_length=MOST_ENGLISH)] = ""
    also: tuple[Words, ...] = ()
    summary: Text = ""
    documents: tuple[Words, ...] = ()


class SourceRow(Schema):
    """Which decision says it, and of which month the source is."""

    decision: Number = ""
    date: Annotated[Line, Field(pattern=r"^([0-9]{4}-[0-9]{2})?$")] = ""


class Guidance(Schema):
    """All of it. A key that is missing says nothing of its fact; an empty one says that there is none."""

    code: ProcedureCode
    short_name: Annotated[Words, Field(max_length=MAX_SHORT_NAME)] = ""
    everyday: tuple[Words, ...] = ()
    summary: Text = ""
    when: tuple[Words, ...] = ()
    where: Text = ""
    filed_at: Annotated[Words, Field(max_length=MOST_PLACE)] = ""
    subjects: Text | None = None
    performer: Text | None = None
    documents: Annotated[tuple[Paper, ...], Field(max_length=MOST_ROWS)] = ()
    skipped: dict[int, str] = Field(default_factory=dict)
    steps: Annotated[tuple[StepRow, ...], Field(max_length=MOST_ROWS)] = ()
    fees: Annotated[tuple[FeeRow, ...], Field(max_length=MOST_ROWS)] | None = None
    result: Text = ""
    mistakes: tuple[Words, ...] = ()
    conditions: Text | None = None
    legal_basis: Annotated[tuple[LegalRow, ...], Field(max_length=MOST_ROWS)] = ()
    english: English = Field(default_factory=English)
    source: SourceRow = Field(default_factory=SourceRow)

    @model_validator(mode="after")
    def _check_columns(self) -> "Guidance":
        for path, words in ((("everyday",), self.everyday), (("english", "also"), self.english.also)):
            if len("; ".join(words)) > MOST_WORDS:
                raise fault_at(path, gettext_noop("dài quá %(most)d ký tự cả thảy."), most=MOST_WORDS)
        if self.english.documents and len(self.english.documents) != len(self.documents):
            raise fault_at(
                ["english", "documents"], gettext_noop("phải đủ tên cho từng giấy tờ, đúng thứ tự.")
            )
        return self

    @property
    def names(self) -> dict[str, str]:
        said = (
            self.short_name, "; ".join(self.everyday), self.summary, "\n".join(self.when), self.where,
            "\n".join(self.mistakes), self.english.name, "; ".join(self.english.also), self.english.summary,
        )  # fmt: skip
        return dict(zip(NAMES, said, strict=True))

    @property
    def facts(self) -> dict[str, Any]:
        """By field of a record; what is not said is not there."""
        english = self.english.documents or ("",) * len(self.documents)
        documents = (
            Document(**paper.model_dump(exclude={"rows"}), english=name)
            for paper, name in zip(self.documents, english, strict=True)
        )
        said: dict[str, Any] = {
            "documents": tuple(documents),
            "steps": tuple(Step(**step.model_dump()) for step in self.steps),
            "result": self.result,
            "legal_basis": tuple(LegalText(**text.model_dump()) for text in self.legal_basis),
            "subjects": self.subjects,
            "performer": self.performer,
            "conditions": self.conditions,
            "fees": None if self.fees is None else tuple(FeeItem(**fee.model_dump()) for fee in self.fees),
        }
        return {name: value for name, value in said.items() if value is not None}


def written(
    code: str, facts: Facts, names: Mapping[str, str], source: ProcedureRecord | ProcedureVersion
) -> dict[str, Any]:
    """Return what is in force as data of :class:`Guidance`; every key is there, so that an emptied one is said.

    *source* says where the papers come from.
    """
    english = [document.english for document in facts.documents]
    return {
        "code": code,
        "short_name": names["short_name"],
        "everyday": everyday_words(names["everyday"]),
        "summary": names["summary"],
        "when": names["when_needed"].splitlines(),
        "where": names["where_guide"],
        "filed_at": names[PLACE],
        "subjects": facts.subjects,
        "performer": facts.performer,
        "documents": [
            {name: value for name, value in plain(document).items() if name != "english"}
            for document in facts.documents
        ],
        "steps": [plain(step) for step in facts.steps],
        "fees": [plain(fee) for fee in facts.fees],
        "result": facts.result,
        "mistakes": names["mistakes"].splitlines(),
        "conditions": facts.conditions,
        "legal_basis": [plain(text) for text in facts.legal_basis],
        "english": {
            "name": names["english_name"],
            "also": everyday_words(names["english_also"]),
            "summary": names["english_summary"],
            "documents": english if any(english) else [],
        },
        "source": {"decision": source.text_decision, "date": source.text_month},
    }
