"""Conditions of a form's questions: a small language that is data, with one meaning for every answer.

`{is: [name, value]}`, `{in: [name, [value, …]]}`, `{same: [name, name]}`, `{more_than: [left, right]}`, `{under_years: [from, to, years]}`,
`{all: […]}`, `{any: […]}`, `{not: …}`. A side of `more_than` is a number, a day "2026-11-24" or a name; `today` is a
name that the caller may supply, and in the constraint of a question `.` is its own answer. Of a person `name.born` and
`name.sex` (`.born`, `.sex` of the own answer) are given or read from the identification number. A name without an answer
makes every word but `not` false.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from dossiers.lifecycle.rules.codes import facts_in_number
from tenants.validation import fault, gettext_noop, shown

NAME = r"[a-z][a-z0-9_]{0,39}"
OWN, TODAY = ".", "today"
DEEPEST, LONGEST, MOST_YEARS = 8, 50, 150
PARTS = ("born", "sex")
"""The parts of a person that a condition may ask for."""
_NAME = re.compile(rf"(?:{NAME}(?:\.(?:{'|'.join(PARTS)}))?|\.(?:{'|'.join(PARTS)})?)\Z")
_ANY_DAY = "2000-01-01"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,6})?\Z")
_WORDS = ("is", "in", "same", "more_than", "under_years", "all", "any", "not")


@dataclass(frozen=True, slots=True)
class Condition:
    """A sound condition: a word of the language and its parts. Equal data make equal conditions."""

    word: str
    parts: tuple[Any, ...]

    @classmethod
    def from_data(cls, data: object) -> "Condition":
        """The condition that JSON or YAML writes; raises PydanticCustomError with a Vietnamese sentence."""
        return _read(data, DEEPEST)

    def to_data(self) -> dict[str, Any]:
        """The condition as data; `from_data` gives an equal one back."""
        if self.word in ("all", "any"):
            return {self.word: [part.to_data() for part in self.parts]}
        if self.word == "not":
            return {"not": self.parts[0].to_data()}
        return {self.word: [list(part) if isinstance(part, tuple) else part for part in self.parts]}

    @property
    def names(self) -> frozenset[str]:
        """The questions whose answers it asks for; neither `.` nor `today`."""
        return frozenset(name.partition(".")[0] for name, _values in self.comparisons()) - {"", TODAY}

    @property
    def asks_for_today(self) -> bool:
        """Whether it compares something with today."""
        return any(name == TODAY for name, _values in self.comparisons())

    def comparisons(self) -> Iterable[tuple[str, tuple[Any, ...]]]:
        """Each name with the values that one word compares it with."""
        if self.word in ("all", "any", "not"):
            for part in self.parts:
                yield from part.comparisons()
        elif self.word in ("more_than", "same"):
            left, right = self.parts
            for one, other in ((left, right), (right, left)):
                if is_name(one):
                    yield one, () if is_name(other) else (other,)
        elif self.word == "under_years":
            yield from ((name, (_ANY_DAY,)) for name in self.parts[:2])
        else:
            name, values = self.parts
            yield name, values if self.word == "in" else (values,)

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is true of these answers, by name."""
        if self.word == "all":
            return all(part.holds(answers) for part in self.parts)
        if self.word == "any":
            return any(part.holds(answers) for part in self.parts)
        if self.word == "not":
            return not self.parts[0].holds(answers)
        if self.word == "more_than":
            left, right = (
                ordered(answer_in(answers, side) if is_name(side) else side) for side in self.parts
            )
            # A number and a day have no order; neither has what is absent.
            return left is not None and right is not None and left[0] == right[0] and left[1] > right[1]
        if self.word == "under_years":
            begin, end = (answer_in(answers, name) for name in self.parts[:2])
            return bool(begin and end and end < f"{int(begin[:4]) + self.parts[2]:04}{begin[4:]}")
        name, values = self.parts
        given = answer_in(answers, name)
        if given is None:
            return False
        if self.word == "same":
            return bool(given == answer_in(answers, values))
        wanted = values if self.word == "in" else (values,)
        several = given if isinstance(given, list | tuple) else (given,)
        return any(_equal(one, value) for one in several for value in wanted)

    def to_json_logic(self) -> dict[str, Any]:
        """The same condition for JsonLogic (jsonlogic.com). For export only; nothing here reads it."""
        if self.word == "not":
            return {"!": [self.parts[0].to_json_logic()]}
        if self.word in ("all", "any"):
            return {{"all": "and", "any": "or"}[self.word]: [part.to_json_logic() for part in self.parts]}
        if self.word in ("more_than", "same"):
            variables = [side for side in self.parts if is_name(side)]
            sides = [{"var": side} if is_name(side) else side for side in self.parts]
            sign = ">" if self.word == "more_than" else "=="
            # JsonLogic takes null for 0 in a comparison.
            return {"and": [*({"!=": [{"var": name}, None]} for name in variables), {sign: sides}]}
        if self.word == "under_years":
            # JsonLogic knows no days: a reader has to know this word.
            return {self.word: [{"var": self.parts[0]}, {"var": self.parts[1]}, self.parts[2]]}
        name, values = self.parts
        wanted = values if self.word == "in" else (values,)
        # `in` looks into the list of a question with several answers; `==` compares all others.
        each = [{"or": [{"==": [{"var": name}, one]}, {"in": [one, {"var": name}]}]} for one in wanted]
        return each[0] if len(each) == 1 else {"or": each}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda data: data if isinstance(data, Condition) else cls.from_data(data),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda one: one.to_data()),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"enum": list(_WORDS)},
        }


def answer_in(answers: Mapping[str, Any], name: str) -> Any:
    """The answer under a name, or the part of it that follows a point, which its number may tell; None for none."""
    base, _point, part = name.partition(".")
    given = answers.get(base or OWN)
    if not part:
        return given
    return (
        {**facts_in_number(given.get("id_number")), **given}.get(part) if isinstance(given, Mapping) else None
    )


def is_name(value: object) -> bool:
    """Whether one side of a comparison is a name rather than a number or a day."""
    return isinstance(value, str) and bool(_NAME.match(value))


def all_of(conditions: Iterable[Condition | None]) -> Condition | None:
    """One condition that holds where all do; None where there is none."""
    given = tuple(one for one in conditions if one is not None)
    return Condition("all", given) if len(given) > 1 else next(iter(given), None)


def _read(data: object, depth: int) -> Condition:
    if not isinstance(data, Mapping) or len(data) != 1 or next(iter(data)) not in _WORDS:
        message = gettext_noop(
            "“%(value)s” không phải điều kiện; điều kiện là một mục, tên là một trong: %(words)s."
        )
        raise fault(message, value=shown(data), words=", ".join(_WORDS))
    word, given = next(iter(data.items()))
    if depth == 0:
        raise fault(gettext_noop("điều kiện lồng nhau quá %(most)s tầng."), most=DEEPEST)
    if word == "not":
        return Condition("not", (_read(given, depth - 1),))
    if not isinstance(given, list | tuple) or not given or len(given) > LONGEST:
        raise fault(
            gettext_noop("“%(word)s” phải có danh sách từ 1 đến %(most)s mục."), word=word, most=LONGEST
        )
    if word in ("all", "any"):
        return Condition(word, tuple(_read(one, depth - 1) for one in given))
    if word == "under_years":
        if len(given) != 3 or not all(map(is_name, given[:2])) or given[2] not in range(1, MOST_YEARS):
            raise fault(gettext_noop("“under_years” phải có hai ngày là tên câu hỏi, rồi số năm."))
        return Condition(word, tuple(given))
    if len(given) != 2:
        raise fault(gettext_noop("“%(word)s” phải có đúng hai mục."), word=word)
    left, right = given
    if word == "more_than":
        if not (is_name(left) or is_name(right)) or None in (_side(left), _side(right)):
            message = gettext_noop(
                "“more_than” so một câu hỏi với một số, một ngày 2026-11-24 hoặc câu hỏi khác."
            )
            raise fault(message)
        return Condition(word, (_side(left), _side(right)))
    if not is_name(left) or (word == "same" and not is_name(right)):
        raise fault(gettext_noop("“%(value)s” không phải tên câu hỏi."), value=shown(left))
    values = tuple(right) if word == "in" and isinstance(right, list | tuple) else (right,)
    if not values or (word == "in" and not isinstance(right, list | tuple)):
        raise fault(gettext_noop("“in” phải có danh sách các câu trả lời."))
    if not all(isinstance(one, str | int | bool) for one in values):
        raise fault(gettext_noop("“%(word)s” chỉ so với chữ, số nguyên, true hoặc false."), word=word)
    return Condition(word, (left, values if word == "in" else right))


def _side(value: object) -> Any:
    """A side of `more_than`; None for what it cannot be."""
    return value if is_name(value) or ordered(value) is not None else None


def ordered(value: object) -> tuple[str, Any] | None:
    """A number or a day with its kind, so that only like is compared with like."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "number", Decimal(str(value))
    if isinstance(value, str) and _DAY.match(value):
        return "day", value
    if isinstance(value, str) and _NUMBER.match(value):
        return "number", Decimal(value)
    return None


def _equal(given: Any, wanted: Any) -> bool:
    # For Python true is 1.
    if isinstance(given, bool) or isinstance(wanted, bool):
        return given is wanted
    if isinstance(wanted, int):
        return ordered(given) == ("number", Decimal(wanted))
    return bool(given == wanted)
