"""Types of questions with one answer that is a text, a number, a day or a choice; and papers."""

import re
import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from dossiers.filing.rules.base import (
    DAMAGED,
    LONGEST_LINE,
    LONGEST_TEXT,
    TOO_LONG,
    QuestionType,
    Raw,
    Refused,
    Value,
    first,
    line,
)
from dossiers.filing.rules.questions import Choice, InputField, Question, Say, TypeName, vietnamese
from tenants import phone_numbers
from tenants.validation import Fault, gettext_noop, is_plain_text, visible

OLDEST = date(1880, 1, 1)
LARGEST = 10**15
_NO_DATE = gettext_noop("Xin nhập ngày có thật theo dạng ngày/tháng/năm, ví dụ 24/11/2026.")
_NO_NUMBER = gettext_noop("Xin chỉ nhập số, ví dụ 12 hoặc 2,5.")
_NO_WHOLE_NUMBER = gettext_noop("Xin nhập số nguyên, ví dụ 12.")
DATE_BOXES = (
    ("-ngay", gettext_noop("Ngày"), 2),
    ("-thang", gettext_noop("Tháng"), 2),
    ("-nam", gettext_noop("Năm"), 4),
)
"""Suffix, label and width of the three boxes of a date."""
YES, NO = Choice(code="yes", label=gettext_noop("Có")), Choice(code="no", label=gettext_noop("Không"))


class Text(QuestionType):
    code = "text"
    compares = "text"

    def parse(self, question: Question, raw: Raw) -> Value:
        return line(first(raw, question.name)) or None

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_LINE}


class LongText(QuestionType):
    code = "long_text"
    widget = "textarea"

    def parse_text(self, question: Question, text: str) -> Value:
        tidy = "\n".join(visible(text).replace("\r\n", "\n").replace("\r", "\n").splitlines()).strip()
        if not is_plain_text(tidy):
            raise Refused({"": Fault((), DAMAGED)})
        if len(tidy) > LONGEST_TEXT:
            raise Refused({"": Fault((), TOO_LONG, {"limit": LONGEST_TEXT})})
        return tidy or None

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return str(value).splitlines() if value is not None else []

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


class Number(QuestionType):
    code = "number"
    compares = "number"
    inputmode = "decimal"

    def parse_text(self, question: Question, text: str) -> Value:
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
        # Points group the digits before the comma: 1.250 is one thousand two hundred and fifty.
        if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?", text):
            text = text.replace(".", "")
        text = text.replace(",", ".")
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text) or not text.isascii():
            raise Refused({"": Fault((), _NO_NUMBER if question.decimals else _NO_WHOLE_NUMBER)})
        number = Decimal(text)
        if number == number.to_integral_value():
            return int(number)
        digits = len(text.partition(".")[2].rstrip("0"))
        if not question.decimals:
            raise Refused({"": Fault((), _NO_WHOLE_NUMBER)})
        if digits > question.decimals:
            message = gettext_noop("Xin nhập số có tối đa %(digits)d chữ số sau dấu phẩy.")
            raise Refused({"": Fault((), message, {"digits": question.decimals})})
        return str(number.normalize())

    def text(self, question: Question, value: Value) -> str:
        return str(value).replace(".", ",")

    def schema(self, question: Question) -> dict[str, Any]:
        return (
            {"type": ["integer", "string"], "pattern": r"^-?[0-9]+\.[0-9]+$"}
            if question.decimals
            else {"type": "integer"}
        )


class Money(QuestionType):
    code = "money"
    compares = "number"
    inputmode = "numeric"

    def parse_text(self, question: Question, text: str) -> Value:
        digits = re.sub(
            r"[\s.,]|(?:đồng|đ|VND|VNĐ)\Z",
            "",
            unicodedata.normalize("NFKC", text.strip()),
            flags=re.IGNORECASE,
        )
        if (
            not re.fullmatch(r"[0-9]{1,15}", digits)
            or not digits.isascii()
            or re.search(r"[.,][0-9]{1,2}\Z", text.strip())
        ):
            raise Refused({"": Fault((), gettext_noop("Xin nhập số tiền bằng đồng, ví dụ 1.250.000."))})
        return int(digits)

    def text(self, question: Question, value: Value) -> str:
        return f"{int(value):,}".replace(",", ".")

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return [] if value is None else [f"{self.text(question, value)} {say(gettext_noop('đồng'), '')}"]

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": LARGEST}


class Date(QuestionType):
    """Three boxes; one box with the whole date, under the question's name, is read as well."""

    code = "date"
    compares = "day"
    inputmode = "numeric"

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        return tuple(
            InputField(suffix, label, "text", inputmode="numeric", required=question.required, width=width)
            for suffix, label, width in DATE_BOXES
        )

    def parse(self, question: Question, raw: Raw) -> Value:
        return date_in(raw, question.name)

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        return date_boxes(question.name, value)

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return [] if value is None else [spoken_date(value)]

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


def date_in(raw: Raw, name: str, suffix: str = "") -> str | None:
    """The day in one box `name` or in its three, as 2026-11-24; None for empty ones; raises Refused."""
    whole = unicodedata.normalize("NFKC", first(raw, name)).strip()
    parts = [
        unicodedata.normalize("NFKC", first(raw, name + box)).strip() for box, _label, _width in DATE_BOXES
    ]
    if whole:
        iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", whole)
        parts = list(iso.groups()[::-1]) if iso else re.split(r"[/.\- ]+", whole)
    if not any(parts):
        return None
    box = suffix + DATE_BOXES[0][0]
    if (
        len(parts) != 3
        or not all(re.fullmatch(r"[0-9]{1,4}", part) and part.isascii() for part in parts)
        or len(parts[2]) != 4
    ):
        raise Refused({box: Fault((), _NO_DATE)})
    try:
        day = date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Refused({box: Fault((), _NO_DATE)}) from None
    if day < OLDEST:
        raise Refused({box: Fault((), _NO_DATE)})
    return day.isoformat()


def date_boxes(name: str, value: str | None) -> dict[str, list[str]]:
    """A day as three boxes hold it."""
    if value is None:
        return {}
    day = date.fromisoformat(value)
    return {
        name + suffix: [text]
        for (suffix, _label, _width), text in zip(
            DATE_BOXES, (f"{day.day:02}", f"{day.month:02}", str(day.year)), strict=True
        )
    }


def spoken_date(value: str) -> str:
    """24/11/2026"""
    return f"{date.fromisoformat(value):%d/%m/%Y}"


class OneOf(QuestionType):
    code: ClassVar[TypeName] = "one_of"
    compares = "choice"
    widget = "radio"
    empty = gettext_noop("Xin chọn một câu trả lời.")

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        (field,) = super().fields(question, value)
        return (replace(field, widget="select" if len(field.choices) > 8 else "radio"),)

    def parse_text(self, question: Question, text: str) -> Value:
        if not any(choice.code == text for choice in self.choices(question)):
            raise Refused({"": Fault((), self.empty)})
        return text

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        found = (choice for choice in self.choices(question) if choice.code == value)
        return [say(choice.label, choice.label_en or "") for choice in found]

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "enum": [choice.code for choice in question.choices]}


class YesNo(OneOf):
    code = "yes_no"
    compares = "flag"

    def choices(self, question: Question) -> tuple[Choice, ...]:
        return (YES, NO)

    def parse_text(self, question: Question, text: str) -> Value:
        return super().parse_text(question, text) == YES.code

    def text(self, question: Question, value: Value) -> str:
        return YES.code if value is True else NO.code

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return [] if value is None else super().lines(question, self.text(question, value), say)

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "boolean"}


class SomeOf(QuestionType):
    code = "some_of"
    compares = "choice"
    widget = "checkbox"
    empty = gettext_noop("Xin chọn ít nhất một câu trả lời.")

    def parse(self, question: Question, raw: Raw) -> Value:
        given = set(raw.get(question.name, ())) - {""}
        if given - {choice.code for choice in question.choices}:
            raise Refused({"": Fault((), gettext_noop("Xin chọn trong các câu trả lời được nêu."))})
        return [choice.code for choice in question.choices if choice.code in given] or None

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        return {} if value is None else {question.name: list(value)}

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return [
            say(choice.label, choice.label_en or "")
            for choice in question.choices
            if choice.code in (value or ())
        ]

    def schema(self, question: Question) -> dict[str, Any]:
        codes = [choice.code for choice in question.choices]
        return {"type": "array", "items": {"enum": codes}, "uniqueItems": True, "minItems": 1}


class Phone(QuestionType):
    code = "phone"
    inputmode = "tel"
    autocomplete = "tel"
    empty = gettext_noop("Xin nhập số điện thoại.")

    def parse_text(self, question: Question, text: str) -> Value:
        try:
            return phone_numbers.normalise(text)
        except phone_numbers.BadPhone as error:
            raise Refused({"": Fault((), str(error))}) from None

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return [] if value is None else [phone_numbers.spaced(value)]

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "string", "pattern": "^0[35789][0-9]{8}$"}


class Paper(QuestionType):
    """A paper that is handed in as files, which are kept elsewhere and tell it: the answer is how many there are."""

    code = "paper"
    compares = "number"
    widget = "file"
    empty = gettext_noop("Xin gửi ảnh hoặc tệp của giấy tờ này.")

    def parse_text(self, question: Question, text: str) -> Value:
        if not re.fullmatch(r"[0-9]{1,3}", text) or not text.isascii():
            raise Refused({"": Fault((), self.empty)})
        count = int(text)
        if count and not question.min_files <= count <= question.max_files:
            message = gettext_noop("Giấy tờ này cần từ %(least)d đến %(most)d tệp.")
            raise Refused({"": Fault((), message, {"least": question.min_files, "most": question.max_files})})
        return count or None

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        return []

    def schema(self, question: Question) -> dict[str, Any]:
        return {"type": "integer", "minimum": question.min_files, "maximum": question.max_files}
