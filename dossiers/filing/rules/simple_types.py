"""What a type of question is: the boxes it draws, how it reads a plain form post, and how it says an answer.

An answer is a value that JSON holds: text "…"; number 3 or "2.5"; date "2026-11-24";
yes_no true; one_of "code"; some_of ["code"]; person {"name": …}; address {"province": …, "commune": …, "detail": …}, and
"commune_code": "H15.22" where the commune is one of this province;
phone "0912345678"; money 1250000 (đồng); paper 2 (files); repeat [{name: value}]. What was left empty is None.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from dossiers.filing.rules.conditions import OWN, TODAY
from dossiers.filing.rules.questions import Choice, InputField, Question, Say, TypeName, Widget, vietnamese
from tenants import phone_numbers
from tenants.validation import Fault, gettext_noop, is_plain_text, visible

Raw = Mapping[str, list[str]]
Value = Any
LONGEST_LINE, LONGEST_TEXT, LONGEST_RAW = 250, 4000, 20_000
OLDEST = date(1880, 1, 1)
TOO_LONG = gettext_noop("Nội dung quá dài, tối đa %(limit)d ký tự.")
DAMAGED = gettext_noop("Nội dung có ký tự không hợp lệ.")
DEFAULT_CONSTRAINT = gettext_noop("Câu trả lời này chưa phù hợp; xin xem lại.")
DATE_BOXES = (
    ("-ngay", gettext_noop("Ngày"), 2),
    ("-thang", gettext_noop("Tháng"), 2),
    ("-nam", gettext_noop("Năm"), 4),
)
"""Suffix, label and width of the three boxes of a date."""
YES, NO = Choice(code="yes", label=gettext_noop("Có")), Choice(code="no", label=gettext_noop("Không"))
_NO_DATE = gettext_noop("Xin nhập ngày có thật theo dạng ngày/tháng/năm, ví dụ 24/11/2026.")
_NO_NUMBER = gettext_noop("Xin chỉ nhập số, ví dụ 12 hoặc 2,5.")
_NO_WHOLE_NUMBER = gettext_noop("Xin nhập số nguyên, ví dụ 12.")


class Refused(ValueError):
    """What was typed is no answer: a fault for each box, by its suffix, each a Vietnamese text with placeholders."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__("; ".join(map(str, faults.values())))
        self.faults = faults


def refused(message: str, suffix: str = "", **params: object) -> Refused:
    """A refusal with one fault."""
    return Refused({suffix: Fault((), message, params)})


class QuestionType:
    """How one type of question is drawn, read, filled and said. Most draw a single box."""

    code: ClassVar[TypeName]
    compares: ClassVar[str] = ""
    """What conditions may compare an answer with: "choice", "flag", "number", "day", "text"; "" for nothing."""
    parts_compare: ClassVar[Mapping[str, str]] = {}
    """The same of its parts, by name; "sex" beside those."""
    widget: ClassVar[Widget] = "text"
    inputmode: ClassVar[str] = ""
    autocomplete: ClassVar[str] = ""
    empty: ClassVar[str] = gettext_noop("Xin trả lời câu hỏi này.")

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        """The boxes, in order. `value` matters to a repeated group alone: it has a row more than there are answers."""
        field = InputField(
            suffix="",
            label=question.label,
            label_en=question.label_en,
            hint=question.hint or "",
            hint_en=question.hint_en,
            widget=self.widget,
            inputmode=self.inputmode,
            autocomplete=self.autocomplete,
            choices=self.choices(question),
            required=question.required,
        )
        return (field,)

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The answers to choose from; none where the answer is typed."""
        return question.options

    def read(self, question: Question, raw: Raw, answers: Mapping[str, Value] | None = None) -> Value:
        """The answer in a form post, None for none; raises Refused.

        `answers` are the other ones by name, with `today` ("2026-11-24"), for the question's constraint.
        """
        check_size(self.names(question), raw)
        value = self.parse(question, raw)
        if value is None and question.required:
            raise Refused(self.nothing(question))
        if value is not None and (fault := self.breach(question, value, answers or {})):
            raise Refused({str(fault.path[0]) if fault.path else self.fields(question)[0].suffix: fault})
        return value

    def breach(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Fault | None:
        """The fault of an answer that does not fulfil the constraint and the rules of its question, at its first box or
        the one that its path names. Params hold the form's own words in `english`, which stand in no catalogue.

        What asks for an unknown `today` is not looked at.
        """
        known = {**answers, question.name: value, OWN: value}
        asked = [(one.require, one.sentence, one.sentence_en) for one in question.rules if not one.warns]
        if question.constraint is not None:
            message = question.constraint_message or DEFAULT_CONSTRAINT
            asked.insert(0, (question.constraint, message, question.constraint_message_en))
        for condition, sentence, english in asked:
            if not condition.holds(known) and (TODAY in answers or not condition.asks_for_today):
                return Fault((), sentence.replace("%", "%%"), {"english": english or ""})
        return None

    def doubts(self, question: Question, value: Value, answers: Mapping[str, Value]) -> Iterator[Fault]:
        """What is to be looked at once more although the answer is taken, in words as those of `breach`."""
        known = {**answers, question.name: value, OWN: value}
        for one in question.rules:
            if one.warns and not one.require.holds(known):
                yield Fault((), one.sentence.replace("%", "%%"), {"english": one.sentence_en or ""})

    def parse(self, question: Question, raw: Raw) -> Value:
        """Like `read`, of any answer or none: neither `required` nor the constraint is looked at."""
        text = first(raw, question.name).strip()
        return self.parse_text(question, text) if text else None

    def parse_text(self, question: Question, text: str) -> Value:
        """The answer that is typed in a single box, which is not empty; raises Refused."""
        raise NotImplementedError

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        """An answer as the boxes hold it, by their names in a form post: `read` gives the answer back."""
        return {} if value is None else {question.name: [self.text(question, value)]}

    def text(self, question: Question, value: Value) -> str:
        """An answer as it stands in a single box."""
        return str(value)

    def lines(self, question: Question, value: Value, say: Say = vietnamese) -> list[str]:
        """An answer in words, line by line; none for no answer."""
        return [] if value is None else self.said(question, value, say)

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        """The `lines` of an answer that was given."""
        return [self.text(question, value)]

    def accepts(self, question: Question, value: Value) -> bool:
        """Whether this is an answer that `read` could have given, but for `required` and the constraint."""
        try:
            return bool(self.parse(question, self.fill(question, value)) == value)
        except (Refused, TypeError, ValueError, KeyError, AttributeError):
            return False

    def names(self, question: Question) -> Iterable[str]:
        """The names of its boxes in a form post."""
        return [question.name + field.suffix for field in self.fields(question)]

    def nothing(self, question: Question) -> dict[str, Fault]:
        """The faults of a required question without an answer, by the suffix of a box."""
        return {self.fields(question)[0].suffix: Fault((), self.empty)}


def check_size(names: Iterable[str], raw: Raw) -> None:
    """Raise Refused for a post that is far too long to be looked at."""
    if any(len(text) > LONGEST_RAW for name in names for text in raw.get(name, ())):
        raise refused(TOO_LONG, limit=LONGEST_RAW)


def first(raw: Raw, name: str) -> str:
    """The first text posted under a name, composed; "" for none."""
    given = raw.get(name)
    return unicodedata.normalize("NFC", given[0]) if given else ""


def line(text: str, suffix: str = "", limit: int = LONGEST_LINE) -> str:
    """Typed text as one tidy line; raises Refused for what cannot be stored or is too long."""
    tidy = " ".join(visible(text).split())
    if not is_plain_text(text):
        raise refused(DAMAGED, suffix)
    if len(tidy) > limit:
        raise refused(TOO_LONG, suffix, limit=limit)
    return tidy


class Text(QuestionType):
    code = "text"
    compares = "text"

    def parse(self, question: Question, raw: Raw) -> Value:
        return line(first(raw, question.name)) or None


class LongText(QuestionType):
    code = "long_text"
    widget = "textarea"

    def parse_text(self, question: Question, text: str) -> Value:
        tidy = "\n".join(visible(text).replace("\r\n", "\n").replace("\r", "\n").splitlines()).strip()
        if not is_plain_text(tidy):
            raise refused(DAMAGED)
        if len(tidy) > LONGEST_TEXT:
            raise refused(TOO_LONG, limit=LONGEST_TEXT)
        return tidy or None

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return str(value).splitlines()


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
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text):
            raise refused(_NO_NUMBER if question.decimals else _NO_WHOLE_NUMBER)
        number = Decimal(text)
        if number == number.to_integral_value():
            return int(number)
        if not question.decimals:
            raise refused(_NO_WHOLE_NUMBER)
        if len(text.partition(".")[2].rstrip("0")) > question.decimals:
            message = gettext_noop("Xin nhập số có tối đa %(digits)d chữ số sau dấu phẩy.")
            raise refused(message, digits=question.decimals)
        return str(number.normalize())

    def text(self, question: Question, value: Value) -> str:
        return str(value).replace(".", ",")

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        if not question.copy_price:
            return super().said(question, value, say)
        facts = {"n": value, "amount": Money().text(question, int(value) * question.copy_price)}
        return [say(gettext_noop("%(n)s (phí %(amount)s đồng, trả khi nhận)"), None) % facts]


class Money(QuestionType):
    code = "money"
    compares = "number"
    inputmode = "numeric"

    def parse_text(self, question: Question, text: str) -> Value:
        plain = unicodedata.normalize("NFKC", text)
        digits = re.sub(r"[\s.,]|(?:đồng|đ|VND|VNĐ)\Z", "", plain, flags=re.IGNORECASE)
        if not re.fullmatch(r"[0-9]{1,15}", digits) or re.search(r"[.,][0-9]{1,2}\Z", text):
            raise refused(gettext_noop("Xin nhập số tiền bằng đồng, ví dụ 1.250.000."))
        return int(digits)

    def text(self, question: Question, value: Value) -> str:
        return f"{int(value):,}".replace(",", ".")

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return [f"{self.text(question, value)} {say(gettext_noop('đồng'), None)}"]


class Date(QuestionType):
    """Three boxes; one box with the whole date, under the question's name, is read as well."""

    code = "date"
    compares = "day"

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        return tuple(
            InputField(suffix, label, "text", inputmode="numeric", required=question.required, width=width)
            for suffix, label, width in DATE_BOXES
        )

    def parse(self, question: Question, raw: Raw) -> Value:
        return date_in(raw, question.name)

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        return date_boxes(question.name, value)

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return [spoken_date(value)]


def date_in(raw: Raw, name: str, suffix: str = "") -> str | None:
    """The day in one box `name` or in its three, as 2026-11-24; None for empty ones; raises Refused."""
    whole, *parts = (
        unicodedata.normalize("NFKC", first(raw, name + box)).strip()
        for box in ("", *(box for box, _label, _width in DATE_BOXES))
    )
    if whole:
        iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", whole)
        parts = list(iso.groups()[::-1]) if iso else re.split(r"[/.\- ]+", whole)
    if not any(parts):
        return None
    try:
        if not re.fullmatch(r"(?:[0-9]{1,4}/){2}[0-9]{4}", "/".join(parts)):
            raise ValueError
        day, month, year = map(int, parts)
        found = date(year, month, day)
        if found < OLDEST:
            raise ValueError
    except ValueError:
        raise refused(_NO_DATE, suffix + DATE_BOXES[0][0]) from None
    return found.isoformat()


def date_boxes(name: str, value: str | None) -> dict[str, list[str]]:
    """A day as three boxes hold it."""
    if value is None:
        return {}
    day = date.fromisoformat(value)
    texts = f"{day.day:02}", f"{day.month:02}", str(day.year)
    return {name + box[0]: [text] for box, text in zip(DATE_BOXES, texts, strict=True)}


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
            raise refused(self.empty)
        return text

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        found = (choice for choice in self.choices(question) if choice.code == value)
        return [say(choice.label, choice.label_en) for choice in found]


class YesNo(OneOf):
    code = "yes_no"
    compares = "flag"

    def choices(self, question: Question) -> tuple[Choice, ...]:
        return (YES, NO)

    def parse_text(self, question: Question, text: str) -> Value:
        return super().parse_text(question, text) == YES.code

    def text(self, question: Question, value: Value) -> str:
        return YES.code if value is True else NO.code

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return super().said(question, self.text(question, value), say)


class SomeOf(QuestionType):
    code = "some_of"
    compares = "choice"
    widget = "checkbox"
    empty = gettext_noop("Xin chọn ít nhất một câu trả lời.")

    def parse(self, question: Question, raw: Raw) -> Value:
        given = set(raw.get(question.name, ())) - {""}
        if given - {choice.code for choice in question.options}:
            raise refused(gettext_noop("Xin chọn trong các câu trả lời được nêu."))
        return [choice.code for choice in question.options if choice.code in given] or None

    def fill(self, question: Question, value: Value) -> dict[str, list[str]]:
        return {} if value is None else {question.name: list(value)}

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        chosen = (choice for choice in question.options if choice.code in value)
        return [say(choice.label, choice.label_en) for choice in chosen]


class Phone(QuestionType):
    code = "phone"
    inputmode = "tel"
    autocomplete = "tel"
    empty = gettext_noop("Xin nhập số điện thoại.")

    def parse_text(self, question: Question, text: str) -> Value:
        try:
            return phone_numbers.normalise(text)
        except phone_numbers.BadPhone as error:
            raise refused(str(error)) from None

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return [phone_numbers.spaced(value)]


class Paper(QuestionType):
    """A paper that is handed in as files, which are kept elsewhere and tell it: the answer is how many there are."""

    code = "paper"
    compares = "number"
    widget = "file"
    empty = gettext_noop("Xin gửi ảnh hoặc tệp của giấy tờ này.")

    def parse_text(self, question: Question, text: str) -> Value:
        if not re.fullmatch(r"[0-9]{1,3}", text):
            raise refused(self.empty)
        count = int(text)
        if count and not question.min_files <= count <= question.max_files:
            message = gettext_noop("Giấy tờ này cần từ %(least)d đến %(most)d tệp.")
            raise refused(message, least=question.min_files, most=question.max_files)
        return count or None

    def said(self, question: Question, value: Value, say: Say) -> list[str]:
        return []


SIMPLE = Text, LongText, Number, Money, Date, OneOf, YesNo, SomeOf, Phone, Paper
