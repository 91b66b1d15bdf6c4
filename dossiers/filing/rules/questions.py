"""A question of a form as data, and the words and boxes in which it is shown."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator

from dossiers.filing.rules.conditions import NAME, TODAY, Condition
from tenants.validation import PlainText, Schema, fault, gettext_noop, shaped, shown

TypeName = Literal[
    "text", "long_text", "number", "date", "yes_no", "one_of", "some_of", "person", "address", "phone", "money",
    "paper", "repeat",
]  # fmt: skip
Personal = Literal[
    "none", "name", "id_number", "birth", "address", "phone", "nationality", "ethnicity", "religion", "family",
    "health", "work", "money", "signature", "other",
]  # fmt: skip
"""The kinds of personal data that an answer may hold; `none` says that it holds none."""
PersonPart = Literal["name", "sex", "born", "birth_year", "id_number"]
ListName = Literal["ethnic_groups"]
"""Lists of answers that come with the portal, each a file of its name."""
Widget = Literal["text", "textarea", "radio", "checkbox", "select", "file"]
MOST_CHOICES, MOST_QUESTIONS, MOST_ROWS, MOST_FILES, MOST_RULES = 100, 30, 20, 10, 5
_LISTS = FilePath(__file__).parents[1] / "data" / "lists"

Say = Callable[[str, str | None], str]
"""From a Vietnamese text and its English one, if there is one, the text that the reader gets."""


def vietnamese(text: str, english: str | None = None) -> str:
    """The `Say` of papers and of the desk: the Vietnamese text."""
    return text


def _free(name: str) -> str:
    if name == TODAY:
        raise fault(gettext_noop("tên “%(name)s” dành cho ngày hôm nay; hãy đặt tên khác."), name=name)
    return name


_BAD_NAME = gettext_noop(
    "“%(name)s” không phải tên: chữ thường không dấu, chữ số và gạch dưới, bắt đầu bằng chữ, tối đa 40 ký tự."
)
_BAD_CODE = gettext_noop(
    "“%(code)s” không phải mã: chữ thường không dấu, chữ số và gạch nối, bắt đầu bằng chữ, tối đa 40 ký tự."
)
Name = Annotated[
    str, shaped(NAME, _BAD_NAME), AfterValidator(_free), Field(json_schema_extra={"pattern": f"^{NAME}$"})
]
PageCode = Annotated[
    str,
    shaped(r"[a-z][a-z0-9-]{0,39}", _BAD_CODE),
    Field(json_schema_extra={"pattern": "^[a-z][a-z0-9-]{0,39}$"}),
]
ChoiceCode = Annotated[
    str,
    shaped(r"[a-z0-9][a-z0-9_-]{0,39}", _BAD_CODE),
    Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"}),
]


def _one_line(value: object) -> object:
    """A text without the line ends that folding it in a file leaves."""
    return " ".join(value.split()) if isinstance(value, str) else value


Label = Annotated[PlainText, Field(max_length=300), BeforeValidator(_one_line)]
Hint = Annotated[PlainText, Field(max_length=600), BeforeValidator(_one_line)]


class Row(Schema):
    """A value of a form; it never changes."""

    model_config = ConfigDict(frozen=True)


class Choice(Row):
    """One of the answers to choose from."""

    code: ChoiceCode
    label: Label
    label_en: Label | None = None
    hint: Hint | None = None


@cache
def listed(name: ListName) -> tuple[Choice, ...]:
    """The answers of a list that comes with the portal, in the order in which they are shown."""
    with (_LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return tuple(Choice(**row) for row in rows)


class Rule(Row):
    """What an answer must fulfil beside those before it, and the sentence for one that does not; where the rule only
    `warns`, the answer is taken and its sentence stands before filing."""

    require: Condition
    sentence: Hint
    sentence_en: Hint | None = None
    warns: bool = False


class Variant(Row):
    """Other words for a question where the answers before it are these. What it lacks stays as it is."""

    when: Condition
    label: Label
    label_en: Label | None = None
    hint: Hint | None = None
    hint_en: Hint | None = None


class Question(Row):
    """A question of a form.

    `relevant` says for which answers it is asked, `constraint` what its own answer (`.`) must fulfil, with
    `constraint_message` for an answer that does not; `rules` are more of these, each with its sentence. `variants` are
    other words for it, of which the first that fits is shown. `paper` is the name of the procedure's paper for type
    `paper`, `places` where an address may be, `same_as` the addresses before it that may be taken over, `card` whose
    identity card may be scanned to fill it in (one word for all questions about this person), `parts` what is asked of a
    person, `decimals` the digits that a number may have behind its comma, `questions` those of one row of a `repeat`, at
    most `max_rows` times. `copy_price` marks the number of copies asked for, and is the price of one in đồng, collected
    when they are handed over. `list` names answers that come with the portal, in the place of `choices`.
    `source` is the law, article or published procedure that says what is asked.
    """

    name: Name
    type: TypeName
    label: Label
    label_en: Label | None = None
    hint: Hint | None = None
    hint_en: Hint | None = None
    required: bool = True
    relevant: Condition | None = None
    constraint: Condition | None = None
    constraint_message: Hint | None = None
    constraint_message_en: Hint | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)] = ()
    variants: Annotated[tuple[Variant, ...], Field(max_length=MOST_RULES)] = ()
    personal: Personal
    list: ListName | None = None
    choices: Annotated[tuple[Choice, ...], Field(max_length=MOST_CHOICES)] = ()
    paper: Annotated[PlainText, Field(max_length=300)] | None = None
    paper_en: Label | None = None
    min_files: Annotated[int, Field(ge=1, le=MOST_FILES)] = 1
    max_files: Annotated[int, Field(ge=1, le=MOST_FILES)] = 5
    decimals: Annotated[int, Field(ge=0, le=4)] = 0
    parts: Annotated[tuple[PersonPart, ...], Field(min_length=1)] = ("name", "born", "id_number")
    places: Literal["here", "anywhere"] = "anywhere"
    same_as: Annotated[tuple[Name, ...], Field(max_length=MOST_RULES)] = ()
    card: Name | None = None
    questions: Annotated[tuple["Question", ...], Field(max_length=MOST_QUESTIONS)] = ()
    max_rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 5
    copy_price: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    source: Label | None = None

    @field_validator("parts")
    @classmethod
    def _check_parts(cls, parts: tuple[PersonPart, ...]) -> tuple[PersonPart, ...]:
        if "name" not in parts or len(set(parts)) < len(parts):
            raise fault(
                gettext_noop("phải có name, và mỗi phần chỉ nêu một lần: %(parts)s."), parts=shown(parts)
            )
        if "birth_year" in parts and ("id_number" not in parts or "born" in parts):
            raise fault(
                gettext_noop("birth_year đọc từ id_number, nên đi cùng id_number và không đi cùng born.")
            )
        return parts

    @property
    def options(self) -> tuple[Choice, ...]:
        """The answers to choose from, its own or those of its list."""
        return listed(self.list) if self.list else self.choices

    def choice(self, code: object) -> Choice | None:
        """The choice with this code, if there is one."""
        return next((one for one in self.options if one.code == code), None)

    def worded(self, answers: Mapping[str, Any]) -> "Question":
        """The question in the words for these answers, by name."""
        found = next((one for one in self.variants if one.when.holds(answers)), None)
        if found is None:
            return self
        hint = {"hint": found.hint, "hint_en": found.hint_en} if found.hint else {}
        return self.model_copy(update={"label": found.label, "label_en": found.label_en, **hint})


@dataclass(frozen=True, slots=True)
class InputField:
    """A box that a question draws. Its name in a plain form post is the question's name and `suffix`.

    `options` names what the page has to offer beside free text: the "provinces" of the country, or the "communes" of
    this province. Boxes with the same `group` belong under that heading. `row` counts the rows of a repeated group from 0.
    `card` says whose identity card fills the box, and with what: "nguoi_xin name".
    """

    suffix: str
    label: str
    widget: Widget
    label_en: str | None = None
    hint: str = ""
    hint_en: str | None = None
    autocomplete: str = ""
    inputmode: str = ""
    choices: tuple[Choice, ...] = ()
    options: Literal["", "provinces", "communes"] = ""
    required: bool = True
    width: int = 0
    group: str = ""
    row: int | None = None
    card: str = ""
