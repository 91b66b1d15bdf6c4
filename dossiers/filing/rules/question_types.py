"""The registry of the types of questions, and repeated groups, whose rows hold questions of the other types."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dossiers.filing.rules.base import QuestionType, Raw, Refused, Value, check_size
from dossiers.filing.rules.compound_types import Address, Person
from dossiers.filing.rules.questions import InputField, Question, Say, vietnamese
from dossiers.filing.rules.simple_types import (
    Date,
    LongText,
    Money,
    Number,
    OneOf,
    Paper,
    Phone,
    SomeOf,
    Text,
    YesNo,
)
from tenants.validation import Fault, gettext_noop


class Repeat(QuestionType):
    """Rows of the same questions. A row in which nothing is typed does not count."""

    code = "repeat"
    empty = gettext_noop("Xin điền ít nhất một dòng.")

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        rows = min(len(value or ()) + 1, question.max_rows)
        return tuple(
            replace(
                field,
                suffix=f"-{row}-{inner.name}{field.suffix}",
                row=row,
                group=field.group or _group(inner),
            )
            for row in range(rows)
            for inner in question.questions
            for field in TYPES[inner.type].fields(inner)
        )

    def names(self, question: Question) -> Iterable[str]:
        rows = range(question.max_rows)
        return [
            name
            for row in rows
            for inner in inner_questions(question, row)
            for name in TYPES[inner.type].names(inner)
        ]

    def nothing(self, question: Question) -> dict[str, Fault]:
        return {self.fields(question)[0].suffix: Fault((), self.empty)}

    def read(self, question: Question, raw: Raw, answers: Mapping[str, Value] | None = None) -> Value:
        check_size(self.names(question), raw)
        rows: list[dict[str, Value]] = []
        faults: dict[str, Fault] = {}
        for number in range(question.max_rows):
            inner_copies = inner_questions(question, number)
            names = [name for inner in inner_copies for name in TYPES[inner.type].names(inner)]
            if not any(text.strip() for name in names for text in raw.get(name, ())):
                continue
            row: dict[str, Value] = {}
            for inner, copy in zip(question.questions, inner_copies, strict=True):
                known = {**(answers or {}), **row}
                if inner.relevant is not None and not inner.relevant.holds(known):
                    continue
                try:
                    row[inner.name] = TYPES[inner.type].read(copy, raw, known)
                except Refused as refused:
                    start = copy.name.removeprefix(question.name)
                    faults.update({start + suffix: fault for suffix, fault in refused.faults.items()})
            rows.append({name: value for name, value in row.items() if value is not None})
        if faults:
            raise Refused(faults)
        if question.required and not rows:
            raise Refused(self.nothing(question))
        return rows or None

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        filled: dict[str, list[str]] = {}
        for number, row in enumerate(value or ()):
            for inner, copy in zip(question.questions, inner_questions(question, number), strict=True):
                filled |= TYPES[inner.type].fill(copy, row.get(inner.name))
        return filled

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        found = []
        for number, row in enumerate(value or (), 1):
            said = [
                f"{say(inner.label, inner.label_en or '')}: {', '.join(TYPES[inner.type].lines(inner, row[inner.name], say))}"
                for inner in question.questions
                if inner.name in row
            ]
            found.append(f"{number}. {'; '.join(said)}")
        return found

    def schema(self, question: Question) -> dict[str, Any]:
        inner = {one.name: TYPES[one.type].schema(one) for one in question.questions}
        row = {"type": "object", "properties": inner, "additionalProperties": False}
        return {"type": "array", "minItems": 1, "maxItems": question.max_rows, "items": row}

    def accepts(self, question: Question, value: Value) -> bool:
        inner = {one.name: one for one in question.questions}
        return (
            isinstance(value, list)
            and 1 <= len(value) <= question.max_rows
            and all(isinstance(row, dict) and row.keys() <= inner.keys() for row in value)
            and all(
                TYPES[inner[name].type].accepts(inner[name], one)
                for row in value
                for name, one in row.items()
            )
        )


def inner_questions(question: Question, row: int) -> list[Question]:
    """The questions of a row of a repeated group, each under the name that it has in a form post."""
    return [
        one.model_copy(update={"name": f"{question.name}-{row}-{one.name}"}) for one in question.questions
    ]


def _group(question: Question) -> str:
    """The heading of the boxes of a question that has more than one."""
    return question.label if len(TYPES[question.type].fields(question)) > 1 else ""


_ALL: tuple[QuestionType, ...] = (
    Text(), LongText(), Number(), Date(), YesNo(), OneOf(), SomeOf(), Person(), Address(), Phone(), Money(), Paper(),
    Repeat(),
)  # fmt: skip
TYPES: Mapping[str, QuestionType] = {one.code: one for one in _ALL}
