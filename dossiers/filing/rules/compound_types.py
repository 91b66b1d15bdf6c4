"""Types of questions with several boxes that are one answer: a person, an address."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from dossiers.filing.rules.base import QuestionType, Raw, Refused, Value, first, line
from dossiers.filing.rules.questions import InputField, Question, Say, vietnamese
from dossiers.filing.rules.simple_types import DATE_BOXES, Date, date_boxes, date_in, spoken_date
from dossiers.lifecycle.rules.people import ID_NUMBER
from tenants.validation import Fault, gettext_noop

COMMUNE_CODE = "commune_code"
"""Key of an address in this province: the code of its commune's authority, which is not typed. Older answers lack it."""
LONGEST_CODE = 35


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
            except Refused as refused:
                faults.update(refused.faults)
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

    def first_box(self, key: str) -> str:
        """The suffix of the first box of a key."""
        return f"-{key}"

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        keys = [key for key, _label, _sentence in self.boxes(question)] if value is not None else []
        return {f"{question.name}-{key}": [value[key]] for key in keys}

    def schema(self, question: Question) -> dict[str, Any]:
        keys = [key for key, _label, _sentence in self.boxes(question)]
        texts = {key: {"type": "string", "minLength": 1, "maxLength": self.longest[key]} for key in keys}
        return {"type": "object", "properties": texts, "required": keys, "additionalProperties": False}


class Person(Compound):
    """A person: the parts that the question asks for, of name, day of birth and personal identification number."""

    code = "person"
    longest: ClassVar = {"name": 200, "born": 10, "id_number": 20}
    _boxes: ClassVar = {
        "name": (gettext_noop("Họ, chữ đệm, tên"), gettext_noop("Xin nhập họ tên.")),
        "born": (gettext_noop("Ngày sinh"), gettext_noop("Xin nhập ngày sinh.")),
        "id_number": (gettext_noop("Số định danh cá nhân"), gettext_noop("Xin nhập số định danh.")),
    }

    def boxes(self, question: Question) -> Sequence[tuple[str, str, str]]:
        return [(part, *self._boxes[part]) for part in question.parts]

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        found: list[InputField] = []
        for key, label, _sentence in self.boxes(question):
            if key == "born":
                days = Date().fields(question)
                found += [replace(day, suffix=f"-born{day.suffix}", group=label) for day in days]
            else:
                inputmode = "numeric" if key == "id_number" else ""
                box = InputField(f"-{key}", label, "text", inputmode=inputmode)
                found.append(replace(box, required=question.required))
        return tuple(found)

    def first_box(self, key: str) -> str:
        return f"-born{DATE_BOXES[0][0]}" if key == "born" else f"-{key}"

    def parse_box(self, key: str, raw: Raw, name: str) -> str | None:
        if key == "born":
            return date_in(raw, f"{name}-born", "-born")
        typed = super().parse_box(key, raw, name)
        if key == "id_number" and typed:
            typed = re.sub(r"[\s.]", "", unicodedata.normalize("NFKC", typed))
            if not ID_NUMBER.match(typed):
                message = gettext_noop("Số định danh có 12 chữ số, mã số thuế có 10 chữ số.")
                raise Refused({"-id_number": Fault((), message)})
        return typed

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        filled = super().fill(question, value)
        if filled.pop(f"{question.name}-born", None):
            filled |= date_boxes(f"{question.name}-born", value["born"])
        return filled

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        texts = {**value, "born": spoken_date(value["born"])} if value and "born" in value else value
        keys = self.boxes(question) if value is not None else ()
        return [
            texts[key] if key == "name" else f"{say(label, '')}: {texts[key]}" for key, label, _empty in keys
        ]

    def schema(self, question: Question) -> dict[str, Any]:
        schema = super().schema(question)
        if "born" in question.parts:
            schema["properties"]["born"] = {"type": "string", "format": "date"}
        return schema


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
    _options: ClassVar[Mapping[str, Literal["", "provinces", "communes"]]] = {
        "province": "provinces",
        "commune": "communes",
    }

    def boxes(self, question: Question) -> Sequence[tuple[str, str, str]]:
        return self._boxes[1:] if question.places == "here" else self._boxes

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        return tuple(
            InputField(
                f"-{key}", label, "text", options=self._options.get(key, ""), required=question.required
            )
            for key, label, _empty in self.boxes(question)
        )

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        keys = [key for key, _label, _empty in self.boxes(question)]
        return [", ".join(value[key] for key in reversed(keys))] if value is not None else []

    def schema(self, question: Question) -> dict[str, Any]:
        schema = super().schema(question)
        schema["properties"][COMMUNE_CODE] = {"type": "string", "maxLength": LONGEST_CODE}
        return schema

    def accepts(self, question: Question, value: Value) -> bool:
        if not isinstance(value, Mapping):
            return False
        typed = {key: text for key, text in value.items() if key != COMMUNE_CODE}
        code = value.get(COMMUNE_CODE)
        is_code = code is None or (isinstance(code, str) and len(code) <= LONGEST_CODE)
        return is_code and super().accepts(question, typed)
