"""The registry of the types of questions, and those with several boxes that are one answer: people, addresses, rows."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from dossiers.filing.rules import simple_types
from dossiers.filing.rules.questions import Choice, InputField, Question, Say
from dossiers.filing.rules.simple_types import (
    DATE_BOXES,
    QuestionType,
    Raw,
    Refused,
    Value,
    check_size,
    date_boxes,
    date_in,
    first,
    line,
    refused,
    spoken_date,
)
from dossiers.lifecycle.rules.codes import ID_NUMBER, facts_in_number
from tenants.validation import Fault, gettext_noop

COMMUNE_CODE = "commune_code"
"""Key of an address in this province: the code of its commune's authority, which is not typed. Older answers lack it."""
LONGEST_CODE = 35
SEXES = Choice(code="nam", label=gettext_noop("Nam")), Choice(code="nu", label=gettext_noop("Nữ"))


class Compound(QuestionType):
    """A question of several boxes that are one answer. With anything typed in it, every box must be filled in."""

    longest: ClassVar[Mapping[str, int]]
    """Characters of a text, by key: what a dossier's columns hold."""

    def boxes(self, question: Question) -> Sequence[tuple[str, str, str]]:
        """Key of the answer, label, and the sentence for an empty box."""
        raise NotImplementedError

    def parse(self, question: Question, raw: Raw) -> Value:
        if not any(first(raw, name).strip() for name in self.names(question)):
            return None
        found: dict[str, Any] = {}
        faults: dict[str, Fault] = {}
        for key, _label, sentence in self.boxes(question):
            try:
                found[key] = self.parse_box(key, raw, question.name)
            except Refused as refusal:
                faults.update(refusal.faults)
            else:
                if not found[key]:
                    faults[self.first_box(key)] = Fault((), sentence)
        if faults:
            raise Refused(faults)
        return found

    def parse_box(self, key: str, raw: Raw, name: str) -> str | None:
        """What was typed for a key; None or "" for nothing; raises Refused."""
        return line(first(raw, f"{name}-{key}"), self.first_box(key), self.longest[key])

    def nothing(self, question: Question) -> dict[str, Fault]:
        return {self.first_box(key): Fault((), sentence) for key, _label, sentence in self.boxes(question)}

    def from_card(self, question: Question, boxes: Iterable[InputField]) -> tuple[InputField, ...]:
        """The boxes, each with what of an identity card goes in where the question names one: its suffix is the word."""
        owner = question.card
        return tuple(replace(box, card=f"{owner} {box.suffix[1:]}") if owner else box for box in boxes)

    def first_box(self, key: str) -> str:
        """The suffix of the first box of a key."""
        return f"-{key}"

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        keys = [key for key, _label, _sentence in self.boxes(question)] if value is not None else []
        return {f"{question.name}-{key}": [value[key]] for key in keys}


class Person(Compound):
    """A person: the parts that the question asks for, of name, sex, day of birth and personal identification number.

    `birth_year` draws no box: the number tells it. A number that says another year or sex than was given is refused.
    """

    code = "person"
    longest: ClassVar = {"name": 200, "sex": 3, "born": 10, "id_number": 20}
    parts_compare: ClassVar = {"born": "day", "sex": "sex"}
    _boxes: ClassVar = {
        "name": (gettext_noop("Họ, chữ đệm, tên"), gettext_noop("Xin nhập họ tên.")),
        "sex": (gettext_noop("Giới tính"), gettext_noop("Xin chọn giới tính.")),
        "born": (gettext_noop("Ngày sinh"), gettext_noop("Xin nhập ngày sinh.")),
        "id_number": (gettext_noop("Số định danh cá nhân"), gettext_noop("Xin nhập số định danh.")),
    }

    def boxes(self, question: Question) -> Sequence[tuple[str, str, str]]:
        return [(part, *self._boxes[part]) for part in question.parts if part in self._boxes]

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        found: list[InputField] = []
        for key, label, _sentence in self.boxes(question):
            if key == "born":
                days = simple_types.Date().fields(question)
                found += [replace(day, suffix=f"-born{day.suffix}", group=label) for day in days]
                continue
            box = InputField(f"-{key}", label, "text", required=question.required)
            if key == "sex":
                box = replace(box, widget="radio", choices=SEXES)
            found.append(replace(box, inputmode="numeric") if key == "id_number" else box)
        return self.from_card(question, found)

    def first_box(self, key: str) -> str:
        return f"-born{DATE_BOXES[0][0]}" if key == "born" else f"-{key}"

    def parse(self, question: Question, raw: Raw) -> Value:
        found = super().parse(question, raw)
        if found and "birth_year" in question.parts and not facts_in_number(found["id_number"]):
            raise refused(gettext_noop("Xin nhập đủ 12 chữ số của số định danh cá nhân."), "-id_number")
        return found

    def parse_box(self, key: str, raw: Raw, name: str) -> str | None:
        if key == "born":
            return date_in(raw, f"{name}-born", "-born")
        typed = super().parse_box(key, raw, name)
        if key == "sex" and typed and typed not in (choice.code for choice in SEXES):
            return None
        if key == "id_number" and typed:
            typed = re.sub(r"[\s.]", "", unicodedata.normalize("NFKC", typed))
            if not ID_NUMBER.match(typed):
                message = gettext_noop(
                    "Số định danh cá nhân có 12 chữ số, số chứng minh nhân dân cũ có 9 chữ số."
                )
                raise refused(message, "-id_number")
        return typed

    def breach(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Fault | None:
        facts = facts_in_number(value.get("id_number"))
        if facts and value.get("born", facts["born"])[:4] != facts["born"][:4]:
            message = gettext_noop(
                "Số định danh này không phải của người sinh năm ấy. Xin xem lại số và ngày sinh."
            )
            return Fault(("-id_number",), message)
        if facts and value.get("sex", facts["sex"]) != facts["sex"]:
            message = gettext_noop("Số định danh này không hợp với giới tính đã chọn. Xin xem lại cả hai.")
            return Fault(("-id_number",), message)
        fault = super().breach(question, value, answers)
        if fault is None:
            return None
        # Rules of a person ask for birth and sex, which the number tells too.
        part = next(one for one in ("id_number", "born", "name") if one in question.parts)
        return Fault((self.first_box(part),), fault.message, fault.params)

    def doubts(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Iterator[Fault]:
        yield from super().doubts(question, value, answers)
        if (name := value["name"]).islower():
            words = {"typed": name, "name": " ".join(word[:1].upper() + word[1:] for word in name.split())}
            yield Fault((), gettext_noop("“%(typed)s” viết chữ thường. Viết hoa là “%(name)s”."), words)

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        filled = super().fill(question, value)
        born = filled.pop(f"{question.name}-born", None)
        return filled | (date_boxes(f"{question.name}-born", born[0]) if born else {})

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        texts = {**value, "born": spoken_date(value["born"])} if "born" in value else dict(value)
        if "sex" in value:
            texts["sex"] = next(say(one.label, one.label_en) for one in SEXES if one.code == value["sex"])
        lines = [
            texts[key] if key == "name" else f"{say(label, None)}: {texts[key]}"
            for key, label, _sentence in self.boxes(question)
        ]
        if "birth_year" in question.parts:
            year = facts_in_number(value["id_number"]).get("born", "")[:4]
            lines.insert(1, f"{say(gettext_noop('Năm sinh'), None)}: {year}")
        return lines


class Address(Compound):
    """An address: province, commune and what stands before them; in this province alone the province is known."""

    code = "address"
    longest: ClassVar = {"province": 50, "commune": 60, "detail": 130}
    _boxes: ClassVar = (
        ("province", gettext_noop("Tỉnh, thành phố"), gettext_noop("Xin nhập tỉnh, thành phố.")),
        ("commune", gettext_noop("Xã, phường"), gettext_noop("Xin nhập xã, phường.")),
        (
            "detail",
            gettext_noop("Số nhà, đường, thôn, tổ dân phố"),
            gettext_noop("Xin nhập số nhà hoặc tên thôn, tổ."),
        ),
    )
    _hints: ClassVar = {"commune": gettext_noop("Ghi tên đang dùng từ ngày 01/07/2025.")}
    _options: ClassVar[Mapping[str, Literal["", "provinces", "communes"]]] = {
        "province": "provinces",
        "commune": "communes",
    }

    def boxes(self, question: Question) -> Sequence[tuple[str, str, str]]:
        return self._boxes[1:] if question.places == "here" else self._boxes

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        boxes = (
            InputField(
                f"-{key}",
                label,
                "text",
                hint=self._hints.get(key, ""),
                options=self._options.get(key, ""),
                required=question.required,
            )
            for key, label, _sentence in self.boxes(question)
        )
        return self.from_card(question, boxes)

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return [", ".join(value[key] for key, _label, _sentence in reversed(self.boxes(question)))]

    def accepts(self, question: Question, value: Value) -> bool:
        if not isinstance(value, Mapping):
            return False
        typed = {key: text for key, text in value.items() if key != COMMUNE_CODE}
        code = value.get(COMMUNE_CODE)
        is_code = code is None or (isinstance(code, str) and len(code) <= LONGEST_CODE)
        return is_code and super().accepts(question, typed)


class Repeat(QuestionType):
    """Rows of the same questions. A row in which nothing is typed does not count."""

    code = "repeat"
    empty = gettext_noop("Xin điền ít nhất một dòng.")

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        rows = range(min(len(value or ()) + 1, question.max_rows))
        found = []
        for row in rows:
            for inner in question.questions:
                boxes = TYPES[inner.type].fields(inner)
                # The heading of the boxes of a question that has more than one.
                group = inner.label if len(boxes) > 1 else ""
                found += [
                    replace(box, suffix=f"-{row}-{inner.name}{box.suffix}", row=row, group=box.group or group)
                    for box in boxes
                ]
        return tuple(found)

    def names(self, question: Question) -> Iterable[str]:
        return [name for row in range(question.max_rows) for name in _names(inner_questions(question, row))]

    def read(self, question: Question, raw: Raw, answers: Mapping[str, Value] | None = None) -> Value:
        check_size(self.names(question), raw)
        rows: list[dict[str, Value]] = []
        faults: dict[str, Fault] = {}
        for number in range(question.max_rows):
            copies = inner_questions(question, number)
            if not any(text.strip() for name in _names(copies) for text in raw.get(name, ())):
                continue
            row: dict[str, Value] = {}
            for inner, copy in zip(question.questions, copies, strict=True):
                known = {**(answers or {}), **row}
                if inner.relevant is not None and not inner.relevant.holds(known):
                    continue
                try:
                    row[inner.name] = TYPES[inner.type].read(copy, raw, known)
                except Refused as refusal:
                    start = copy.name.removeprefix(question.name)
                    faults.update({start + suffix: fault for suffix, fault in refusal.faults.items()})
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

    def doubts(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Iterator[Fault]:
        given = ((inner, row) for row in value for inner in question.questions if inner.name in row)
        for inner, row in given:
            yield from TYPES[inner.type].doubts(inner, row[inner.name], {**answers, **row})

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        found = []
        for number, row in enumerate(value, 1):
            said = [
                f"{say(inner.label, inner.label_en)}: {', '.join(TYPES[inner.type].lines(inner, row[inner.name], say))}"
                for inner in question.questions
                if inner.name in row
            ]
            found.append(f"{number}. {'; '.join(said)}")
        return found

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


def fill(questions: Iterable[Question], answers: Mapping[str, Value]) -> dict[str, list[str]]:
    """The boxes of these questions as the answers by name fill them; papers have none."""
    boxes: dict[str, list[str]] = {}
    for one in questions:
        if one.type != "paper" and (value := answers.get(one.name)) is not None:
            boxes |= TYPES[one.type].fill(one, value)
    return boxes


def _names(questions: Iterable[Question]) -> list[str]:
    return [name for one in questions for name in TYPES[one.type].names(one)]


_CLASSES: tuple[type[QuestionType], ...] = (*simple_types.SIMPLE, Person, Address, Repeat)
TYPES: Mapping[str, QuestionType] = {one.code: one() for one in _CLASSES}
