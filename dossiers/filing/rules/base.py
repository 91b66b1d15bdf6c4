"""What a type of question is: the boxes it draws, how it reads a plain form post, and how it says an answer.

An answer is a value that JSON holds: text "…"; number 3 or "2.5"; date "2026-11-24";
yes_no true; one_of "code"; some_of ["code"]; person {"name": …}; address {"province": …, "commune": …, "detail": …}, and
"commune_code": "H15.22" where the commune is one of this province;
phone "0912345678"; money 1250000 (đồng); paper 2 (files); repeat [{name: value}]. What was left empty is None.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from dossiers.filing.rules.conditions import OWN, TODAY
from dossiers.filing.rules.questions import Choice, InputField, Question, Say, TypeName, Widget, vietnamese
from tenants.validation import Fault, gettext_noop, is_plain_text, visible

Raw = Mapping[str, list[str]]
Value = Any
LONGEST_LINE, LONGEST_TEXT, LONGEST_RAW = 250, 4000, 20_000
TOO_LONG = gettext_noop("Nội dung quá dài, tối đa %(limit)d ký tự.")
DAMAGED = gettext_noop("Nội dung có ký tự không hợp lệ.")
DEFAULT_CONSTRAINT = gettext_noop("Câu trả lời này chưa phù hợp; xin xem lại.")


class Refused(ValueError):
    """What was typed is no answer: a fault for each box, by its suffix, each a Vietnamese text with placeholders."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__("; ".join(map(str, faults.values())))
        self.faults = faults


class QuestionType:
    """How one type of question is drawn, read, filled, said and described. Most draw a single box."""

    code: ClassVar[TypeName]
    compares: ClassVar[str] = ""
    """What conditions may compare an answer with: "choice", "flag", "number", "day", "text"; "" for nothing."""
    widget: ClassVar[Widget] = "text"
    inputmode: ClassVar[str] = ""
    autocomplete: ClassVar[str] = ""
    empty: ClassVar[str] = gettext_noop("Xin trả lời câu hỏi này.")

    def fields(self, question: Question, value: Value = None) -> tuple[InputField, ...]:
        """The boxes, in order. `value` matters to a repeated group alone: it has a row more than there are answers."""
        field = InputField(
            suffix="",
            label=question.label,
            label_en=question.label_en or "",
            hint=question.hint or "",
            hint_en=question.hint_en or "",
            widget=self.widget,
            inputmode=self.inputmode,
            autocomplete=self.autocomplete,
            choices=self.choices(question),
            required=question.required,
        )
        return (field,)

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The answers to choose from; none where the answer is typed."""
        return question.choices

    def read(self, question: Question, raw: Raw, answers: Mapping[str, Value] | None = None) -> Value:
        """The answer in a form post, None for none; raises Refused.

        `answers` are the other ones by name, with `today` ("2026-11-24"), for the question's constraint.
        """
        check_size(self.names(question), raw)
        value = self.parse(question, raw)
        if value is None and question.required:
            raise Refused(self.nothing(question))
        if value is not None and (fault := breach(question, value, answers or {})):
            raise Refused({self.fields(question)[0].suffix: fault})
        return value

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
        return [] if value is None else [self.text(question, value)]

    def schema(self, question: Question) -> dict[str, Any]:
        """The JSON Schema of an answer."""
        return {"type": "string"}

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


def breach(question: Question, value: Value, answers: Mapping[str, Value]) -> Fault | None:
    """The fault of an answer that does not fulfil the constraint of its question; its params hold the form's own
    words in `english`, which stand in no catalogue. A constraint that asks for an unknown `today` is not looked at."""
    constraint = question.constraint
    if constraint is None or constraint.holds({**answers, OWN: value}):
        return None
    if constraint.asks_for_today and TODAY not in answers:
        return None
    message = (question.constraint_message or DEFAULT_CONSTRAINT).replace("%", "%%")
    return Fault((), message, {"english": question.constraint_message_en or ""})


def check_size(names: Iterable[str], raw: Raw) -> None:
    """Raise Refused for a post that is far too long to be looked at."""
    if any(len(text) > LONGEST_RAW for name in names for text in raw.get(name, ())):
        raise Refused({"": Fault((), TOO_LONG, {"limit": LONGEST_RAW})})


def first(raw: Raw, name: str) -> str:
    """The first text posted under a name, composed; "" for none."""
    given = raw.get(name)
    return unicodedata.normalize("NFC", given[0]) if given else ""


def line(text: str, suffix: str = "", limit: int = LONGEST_LINE) -> str:
    """Typed text as one tidy line; raises Refused for what cannot be stored or is too long."""
    tidy = " ".join(visible(text).split())
    if not is_plain_text(text):
        raise Refused({suffix: Fault((), DAMAGED)})
    if len(tidy) > limit:
        raise Refused({suffix: Fault((), TOO_LONG, {"limit": limit})})
    return tidy
