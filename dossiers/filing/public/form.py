"""Questions of online filing as a Django form: boxes drawn from the types of the questions, and read by them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers.filing.rules.question_types import TYPES, fill
from dossiers.filing.rules.questions import InputField, Question
from dossiers.filing.rules.simple_types import Raw, Refused
from dossiers.lifecycle.rules.codes import CARD
from tenants.validation import Fault

OWN_DATA = {
    "-name": "name",
    "-born-ngay": "bday-day",
    "-born-thang": "bday-month",
    "-born-nam": "bday-year",
    "-detail": "address-line1",
    "": "street-address",
}
"""What a browser may fill into the boxes about the person who files (HTML, tokens of `autocomplete`), by suffix."""
SAME = "-cung"
"""Behind the name of a question, the box that says which earlier answer it takes over."""
IsAsked = Callable[[Question, Mapping[str, Any]], bool]
"""Whether a question is asked, by the answers before it."""


def say(text: str, english: str | None = None) -> str:
    """The words of a form, or of a type of question, in the reader's language as far as they are known in it."""
    if english and get_language() == "en":
        return english
    return str(_(text)) if text else ""


def sentence(fault: Fault) -> str:
    """What is wrong with an answer, in the reader's language as far as the form has words in it."""
    if "english" in fault.params:
        return say(fault.message % fault.params, str(fault.params["english"] or ""))
    return str(_(fault.message)) % fault.params


class BoxField(forms.Field):
    """A box of a question. It takes anything: the type of the question reads it."""

    autocomplete = ""

    def __init__(self, box: InputField, question: Question, names: Mapping[str, Sequence[str]]) -> None:
        super().__init__(
            required=False,
            label=say(box.label, box.label_en),
            help_text=say(box.hint, box.hint_en),
            widget=forms.SelectMultiple() if box.widget == "checkbox" else forms.TextInput(),
        )
        self.box = box
        self.choices = [
            (choice.code, say(choice.label, choice.label_en), say(choice.hint or ""))
            for choice in box.choices
        ]
        self.suggested = names.get(box.options, ()) if box.options else ()
        self.former = names.get("former", ()) if box.options == "communes" else ()
        # The provinces and the communes of this one are all known: chosen, their names fit those of the desks.
        is_known = box.options == "provinces" or (question.type == "address" and question.places == "here")
        self.must_choose = bool(self.suggested) and is_known


@dataclass(frozen=True)
class Part:
    """Boxes that are drawn together: one alone, the choices of one, or those of a day in a row under `title`."""

    kind: str
    title: str
    boxes: list[BoundField]
    row: int | None = None
    first_of_row: bool = False

    @property
    def errors(self) -> list[str]:
        return [str(error) for box in self.boxes for error in box.errors]


@dataclass(frozen=True)
class Drawn:
    """A question as a page shows it. `alone` where its single box has the question as its label."""

    question: Question
    title: str
    hint: str
    parts: list[Part] = field(default_factory=list)
    offers: list[tuple[str, str, bool]] = field(default_factory=list)
    """Earlier answers that may be taken over: name, words, and whether it is chosen."""

    @property
    def alone(self) -> bool:
        return len(self.parts) == 1

    @property
    def is_required(self) -> bool:
        return self.question.required


class QuestionForm(forms.Form):
    """The boxes of questions, filled with what was sent (`raw`) or else with the answers there are.

    `names` are the provinces and communes to suggest, `offers` the earlier answers that a question may take over.
    Papers draw no box: pages show them in their own way.
    """

    def __init__(
        self,
        questions: Iterable[Question],
        *,
        raw: Raw | None = None,
        answers: Mapping[str, Any] | None = None,
        names: Mapping[str, Sequence[Any]] | None = None,
        offers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.questions = [question for question in questions if question.type != "paper"]
        self._answers = dict(answers or {})
        self._names = names or {}
        filled = raw if raw is not None else fill(self.questions, self._answers)
        self._raw = {name: list(texts) for name, texts in filled.items()}
        self._offers, self._taken = offers or {}, dict[str, str]()
        for question in self.questions:
            self._take_over(question, is_posted=raw is not None)
        super().__init__(data=MultiValueDict(self._raw))
        for question in self.questions:
            for box in self._boxes(question):
                self.fields[question.name + box.suffix] = BoxField(box, question, self._names)

    def read(self, known: Mapping[str, Any], is_asked: IsAsked) -> dict[str, Any] | None:
        """The answers by name, without those that were left empty; None where a box has an error now.

        `known` are the answers before this page, and the day of today.
        """
        raw = self._raw
        found: dict[str, Any] = {}
        for question in self.questions:
            before = {**known, **found}
            if not is_asked(question, before):
                continue
            try:
                value = TYPES[question.type].read(question, raw, before)
            except Refused as refused:
                for suffix, fault in refused.faults.items():
                    self.add_fault(question.name + suffix, sentence(fault))
            else:
                if value is not None:
                    found[question.name] = value
        return None if self.errors else found

    def add_fault(self, name: str, words: str) -> None:
        """Show a sentence at this box; at the first one where there is no such box."""
        self.add_error(name if name in self.fields else next(iter(self.fields), None), words)

    def let_fill(self, own: Collection[str]) -> None:
        """Let browsers fill the boxes of these questions, which are about the person at the form."""
        for question in self.questions:
            for box in self._boxes(question) if question.name in own else ():
                cast(BoxField, self.fields[question.name + box.suffix]).autocomplete = OWN_DATA.get(
                    box.suffix, ""
                )

    @property
    def card_format(self) -> str:
        """What the QR code of an identity card holds, in order; "" where no box takes anything from a card."""
        return CARD if any(cast(BoxField, one).box.card for one in self.fields.values()) else ""

    @property
    def drawn(self) -> list[Drawn]:
        """The questions in order, each with its boxes."""
        return [
            Drawn(
                question,
                say(question.label, question.label_en),
                say(question.hint or "", question.hint_en),
                list(self._parts(question)),
                [
                    (
                        name,
                        TYPES[question.type].lines(question, value)[0],
                        name == self._taken.get(question.name),
                    )
                    for name, value in self._offers.get(question.name, {}).items()
                ],
            )
            for question in self.questions
        ]

    @property
    def entered(self) -> list[tuple[str, list[str]]]:
        """The questions into whose boxes something was typed, with that in words."""
        return [(one.title, lines) for one in self.drawn if (lines := list(_lines(one, self._raw)))]

    def words(self) -> str:
        """All that was typed, in a line: the answers in words under their questions, then what has no box any more."""
        rows = [
            f"{title.rstrip('?')}: {', '.join(lines)}" if len(self.questions) > 1 else ", ".join(lines)
            for title, lines in self.entered
        ]
        gone = [
            text
            for name, texts in self._raw.items()
            if name not in self.fields and SAME not in name
            for text in texts
        ]
        return " · ".join(filter(None, rows + gone))

    def _take_over(self, question: Question, *, is_posted: bool) -> None:
        """Fill the boxes of a question with the earlier answer that was chosen, or tell which of them stands there; who
        answers first begins with this province."""
        offers, given = self._offers.get(question.name, {}), self._answers.get(question.name)
        if is_posted:
            chosen = "".join(self._raw.get(question.name + SAME, ())[:1])
        else:
            chosen = next((name for name, value in offers.items() if value == given), "")
            here = self._names.get("here", ()) if question.type == "address" and question.required else ()
            if given is None and question.places == "anywhere" and here:
                self._raw[f"{question.name}-province"] = list(here)
        if chosen in offers:
            self._taken[question.name] = chosen
            self._raw |= fill([question], {question.name: offers[chosen]})

    def _boxes(self, question: Question) -> tuple[InputField, ...]:
        return TYPES[question.type].fields(question, self._answers.get(question.name))

    def _parts(self, question: Question) -> Iterable[Part]:
        row_before: int | None = None
        for (row, title, _number), boxes in groupby(
            enumerate(self._boxes(question)), key=lambda one: _together(question, *one)
        ):
            bound = [self[question.name + box.suffix] for _place, box in boxes]
            kind: str = cast(BoxField, bound[0].field).box.widget
            if len(bound) > 1 or question.type == "date":
                kind = "days"
            elif kind in ("radio", "checkbox"):
                kind = "choices"
            yield Part(kind, say(title), bound, row, row is not None and row != row_before)
            row_before = row


def _lines(question: Drawn, typed: Raw) -> Iterator[str]:
    """What was typed into the boxes of a question, in words."""
    boxes = [box for part in question.parts for box in part.boxes]
    for box in boxes:
        labels = {code: label for code, label, _hint in cast(BoxField, box.field).choices}
        texts = [labels.get(text, text) for text in typed.get(box.html_name, ()) if text.strip()]
        if texts:
            yield ", ".join(texts) if len(boxes) == 1 else f"{box.label}: {', '.join(texts)}"


def _together(question: Question, place: int, box: InputField) -> tuple[int | None, str, int]:
    """What boxes of one part have in common; those without a heading stand alone."""
    if question.type == "date":
        return None, "", 0
    return box.row, box.group, -1 if box.group and box.width else place
