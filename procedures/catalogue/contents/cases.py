"""Questions whose answers say which papers of a procedure, which fee and which term are a reader's own.

`data/case_questions.yaml` has them; each names cases as the papers do. Where a province has edited or imported other
papers, a question that names a case they no longer have is not asked. Answers travel in addresses and are kept nowhere.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from django.utils.text import capfirst
from pydantic import Field

from procedures.catalogue.contents.selection import ProcedureCode
from procedures.catalogue.formats.base import CatalogueError
from tenants.english import in_language
from tenants.folder.file_schema import Line
from tenants.folder.readers.yaml_reader import read_document
from tenants.validation import Schema, read

FILE = Path(__file__).parents[1] / "data" / "case_questions.yaml"
Key = Literal["truong-hop", "viec", "them", "ai-nop", "noi-o"]
KEYS: tuple[Key, ...] = get_args(Key)
"""Parameters of an address under which answers travel."""
MOST_QUESTIONS = 3
Given = Mapping[str, str]
"""What an address says, by parameter; what answers no question is ignored."""
Words = Annotated[Line, Field(min_length=1, max_length=160)]


class Answer(Schema):
    """An answer and the cases it brings. `term`, `fee`: words of the term or of a fee's note that hold with it.

    `form`: answers of the filing form that mean the same, by the name of their question.
    """

    code: Annotated[Line, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$")]
    text: Words
    english: Words
    cases: tuple[Words, ...] = ()
    term: Line = ""
    fee: Line = ""
    form: dict[Line, bool | Line] = Field(default_factory=dict)


class CaseQuestion(Schema):
    """A question of the procedures with these codes; of its answers exactly one holds."""

    key: Key
    codes: Annotated[tuple[ProcedureCode, ...], Field(min_length=1)]
    text: Words
    english: Words
    answers: Annotated[tuple[Answer, ...], Field(min_length=2, max_length=20)]

    @property
    def cases(self) -> set[str]:
        return {case for answer in self.answers for case in answer.cases}

    def stands(self, cases: set[str], source: str) -> bool:
        """Whether the papers still have its cases; of one that names none, whether *source* says all its words."""
        return (
            self.cases <= cases if self.cases else all(one.term + one.fee in source for one in self.answers)
        )


@dataclass(frozen=True, slots=True)
class MyCase:
    """What is asked of a procedure, in the language of the present request, and what a reader's answers bring: the cases
    `brought`, those of others `left_out`, `term` and `fee` where they are said, and the answers as an address has them."""

    questions: list[dict[str, Any]]
    brought: set[str]
    left_out: set[str]
    term: str
    fee: str
    query: str


def my_case(code: str, cases: Collection[str], source: str, given: Given) -> MyCase:
    """Return what is asked of a procedure whose papers have these *cases*, with what of *given* answers it.

    *source*: its term in words and the notes of its fees.
    """
    asked = [one for one in by_code().get(code, ()) if one.stands(set(cases), source)][:MOST_QUESTIONS]
    answers = _answered(asked, given)
    brought = {case for answer in answers.values() for case in answer.cases}
    return MyCase(
        questions=[_drawn(one, answers.get(one.key)) for one in asked],
        brought=brought,
        left_out={case for one in asked if one.key in answers for case in one.cases} - brought,
        query=urlencode({key: answer.code for key, answer in answers.items()}),
        term=next((capfirst(one.term) for one in answers.values() if one.term in source and one.term), ""),
        fee=next((one.fee for one in answers.values() if one.fee in source and one.fee), ""),
    )


def form_answers(code: str, given: Given) -> dict[str, Any]:
    """Return what *given* says to the filing form of a procedure, by the names of the form's questions."""
    answers = _answered(by_code().get(code, ()), given)
    return {name: value for answer in answers.values() for name, value in answer.form.items()}


@cache
def by_code() -> Mapping[str, list[CaseQuestion]]:
    """Return the questions that ship with the portal. Raises :class:`CatalogueError` that names what is wrong."""
    found: dict[str, list[CaseQuestion]] = {}
    for row in read_document(FILE).data["questions"]:
        question, faults = read(CaseQuestion, row)
        if question is None:
            raise CatalogueError("; ".join(map(str, faults)))
        for code in question.codes:
            found.setdefault(code, []).append(question)
    return found


def _answered(asked: Iterable[CaseQuestion], given: Given) -> dict[str, Answer]:
    known = ((one.key, answer) for one in asked for answer in one.answers)
    return {key: answer for key, answer in known if answer.code == given.get(key)}


def _drawn(question: CaseQuestion, chosen: Answer | None) -> dict[str, Any]:
    text, said = (in_language(one.text, one.english)[0] if one else "" for one in (question, chosen))
    options = [
        {"value": one.code, "label": in_language(one.text, one.english)[0], "selected": one is chosen}
        for one in question.answers
    ]
    return {"key": question.key, "text": text, "options": options, "said": said and f"{text} {said}."}
