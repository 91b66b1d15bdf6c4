"""A form of online filing: its sections, pages and questions, read from data and checked as a whole."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import islice, product
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from dossiers.filing.rules.conditions import OWN, TODAY, Condition, all_of, ordered
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import MOST_QUESTIONS, Choice, Hint, Label, Name, PageCode, Question, Row
from tenants.refusals import RuleError
from tenants.validation import Day, Fault, Path, PlainText, gettext_noop, read

ELIGIBILITY, FILER, PHONE, TASKS, DESK, RESULT, CHECK, DECLARATION, FILED = BUILT_IN_PAGES = (
    "dieu-kien", "nguoi-nop", "xac-nhan-so", "muc-luc", "noi-giai-quyet", "nhan-ket-qua", "kiem-tra", "cam-doan",
    "da-nop",
)  # fmt: skip
"""Codes of the pages that every journey has; a form declares none of them."""
MOST_SECTIONS, MOST_PAGES = 12, 40
_MOST_TRIED = 20_000
_SHIPPED = FilePath(__file__).parents[1] / "data" / "forms"
"""Forms that come with the portal; a province may have its own in its folder."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Conditions are tried on days from the first to the last of these.
_DAYS = ("1900-01-01", "2999-12-31")


class Basis(Row):
    """A text of law from which the form's questions come."""

    name: Label
    day: Day | None = None
    url: Annotated[PlainText, Field(max_length=300, pattern=r"^https://\S+$")] | None = None


class Ending(Row):
    """Where a journey ends that must not begin here: the national portal, a desk, or "ask us"."""

    to: Literal["national_portal", "counter", "procedure", "ask"]
    sentence: Hint
    sentence_en: Hint | None = None
    procedure: Annotated[PlainText, Field(max_length=20)] | None = None
    url: Annotated[PlainText, Field(max_length=300, pattern=r"^https://\S+$")] | None = None


class EligibilityAnswer(Choice):
    """An answer before the form; with `ends`, the journey stops there."""

    ends: Ending | None = None


class Eligibility(Row):
    """A question before the form. It is stored under its name like the others, and conditions may ask for it."""

    name: Name
    label: Label
    label_en: Label | None = None
    hint: Hint | None = None
    hint_en: Hint | None = None
    answers: Annotated[tuple[EligibilityAnswer, ...], Field(min_length=2, max_length=10)]
    source: Label | None = None

    @cached_property
    def question(self) -> Question:
        """The same as a question with choices, by which it is drawn and read."""
        choices = [Choice(**answer.model_dump(exclude={"ends"})) for answer in self.answers]
        return Question(
            name=self.name,
            type="one_of",
            label=self.label,
            label_en=self.label_en,
            hint=self.hint,
            hint_en=self.hint_en,
            personal="none",
            choices=tuple(choices),
        )


class Page(Row):
    """One page of the form, usually with one question. `relevant` holds for all its questions."""

    code: PageCode
    title: Label | None = None
    title_en: Label | None = None
    relevant: Condition | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]

    @property
    def heading(self) -> tuple[str, str]:
        """The title in Vietnamese and English ("" for none): that of the first question where the page has none."""
        if self.title is not None:
            return self.title, self.title_en or ""
        return self.questions[0].label, self.questions[0].label_en or ""


class Section(Row):
    """A line of the task list: pages that belong together. `relevant` holds for all of them."""

    code: PageCode
    title: Label
    title_en: Label | None = None
    relevant: Condition | None = None
    pages: Annotated[tuple[Page, ...], Field(min_length=1, max_length=MOST_PAGES)]


class People(Row):
    """Which questions supply the owner of the dossier: of type `person`, `phone` or `address`.

    Without a name the owner is the person who files. `filer` is the question of type `person` about who fills in the
    form, or the owner where it is not asked; with it the form has no page of its own for who files.
    """

    owner_name: Name | None = None
    owner_id_number: Name | None = None
    owner_phone: Name | None = None
    owner_address: Name | None = None
    filer: Name | None = None


class Comparison(Row):
    """Who compared a form with the statutory one: name and position, and the day."""

    person: Label
    day: Day


class FilingForm(Row):
    """A form for one procedure. Made by `from_data`, which checks it.

    `minutes` is how long filling in takes, `desk` the address question whose commune receives the dossier. `form_read`
    says whether its author read the statutory form; `compared` who compared it since. `sheet` is the statutory form, as
    the procedure's papers name it, in whose place a blank sheet is typeset.
    """

    procedure: Annotated[PlainText, Field(max_length=20)]
    title: Label
    title_en: Label | None = None
    minutes: Annotated[int, Field(ge=1, le=240)]
    basis: Annotated[tuple[Basis, ...], Field(min_length=1, max_length=20)]
    eligibility: Annotated[tuple[Eligibility, ...], Field(max_length=10)] = ()
    people: People = People()
    desk: Name | None = None
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=MOST_SECTIONS)]
    form_read: bool = True
    compared: Comparison | None = None
    sheet: Label | None = None

    @property
    def is_published_text_only(self) -> bool:
        """Whether nobody compared it with the statutory form: only a demonstration may use it."""
        return not self.form_read and self.compared is None

    @classmethod
    def from_data(cls, data: object) -> "FilingForm":
        """The form that JSON or YAML writes; raises FormError with every fault in it."""
        form, faults = read_form(data)
        if form is None or faults:
            raise FormError(faults)
        return form

    def to_data(self) -> dict[str, Any]:
        """The form as JSON holds it; `from_data` gives an equal one back."""
        # A default of a model never changes: stored versions leave it out.
        return self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)

    def walk(self) -> Iterator[tuple[Path, Section, Page, Question]]:
        """Every question, without those of repeated rows, in order: its place in the data, its section and its page."""
        for place, section in enumerate(self.sections):
            for number, page in enumerate(section.pages):
                for position, question in enumerate(page.questions):
                    yield ("sections", place, "pages", number, "questions", position), section, page, question

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """All pages, in order."""
        return tuple(page for section in self.sections for page in section.pages)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """All questions by name, without those of repeated rows, in order."""
        return {question.name: question for page in self.pages for question in page.questions}

    @cached_property
    def conditions(self) -> Mapping[str, Condition | None]:
        """For each question the condition under which it is asked: its own, its page's and its section's."""
        return {
            question.name: all_of((section.relevant, page.relevant, question.relevant))
            for _path, section, page, question in self.walk()
        }

    def page(self, code: str) -> Page | None:
        """The page with this code, if the form has it."""
        return next((page for page in self.pages if page.code == code), None)


class FormError(RuleError):
    """The data of a form is not sound. `faults` holds everything that is wrong."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            gettext_noop("Mẫu nộp hồ sơ chưa đúng:\n%(problems)s"), problems="\n".join(map(str, self.faults))
        )


def read_form(data: object) -> tuple[FilingForm | None, list[Fault]]:
    """What can be read of a form, and every fault in it; takes anything and raises nothing."""
    form, faults = read(FilingForm, data)
    return form, faults if form is None else list(_faults(form))


@cache
def shipped_forms() -> dict[str, FilingForm]:
    """The forms by the code of their procedure. Treat it as read-only: it is kept. Raises FormError for a broken file."""
    texts = [path.read_bytes() for path in sorted(_SHIPPED.glob("*.yaml"))]
    forms = [FilingForm.from_data(_text_only(yaml.load(one, _LOADER))) for one in texts]  # noqa: S506 – a safe loader
    return {form.procedure: form for form in forms}


def _text_only(value: object) -> object:
    """Days as the texts that they were written as: YAML makes objects of them."""
    if isinstance(value, dict):
        return {key: _text_only(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_text_only(one) for one in value]
    return value if isinstance(value, str | int | bool | None) else str(value)


# --- Faults between questions


def _faults(form: FilingForm) -> Iterator[Fault]:
    yield from _codes(form)
    if not form.form_read:
        yield from _without_source(form)
    yield from _eligibility(form)
    yield from _named(form)
    wrong = list(_of_questions(form))
    yield from wrong
    if not wrong:
        yield from _never_asked(form)


def _codes(form: FilingForm) -> Iterator[Fault]:
    """Codes of sections, pages and choices, and names of questions, that are not their own."""
    seen: dict[object, set[str]] = {"page": set(BUILT_IN_PAGES)}
    for among, code, path in _given_codes(form):
        if among == "page" and code in BUILT_IN_PAGES:
            yield Fault(
                path, gettext_noop("mã “%(code)s” dành cho trang có sẵn; hãy đặt mã khác."), {"code": code}
            )
        elif code in seen.setdefault(among, set()):
            yield Fault(path, gettext_noop("“%(name)s” bị trùng."), {"name": code})
        seen[among].add(code)


def _given_codes(form: FilingForm) -> Iterator[tuple[object, str, Path]]:
    """Each code or name with its place, after that among which it must be the only one."""
    asked: list[tuple[Path, Eligibility | Question]] = [
        (("eligibility", number), one) for number, one in enumerate(form.eligibility)
    ]
    for path, _section, _page, question in form.walk():
        inner = ((((*path, "questions", row)), one) for row, one in enumerate(question.questions))
        asked += [(path, question), *inner]
    for path, one in asked:
        yield "question", one.name, (*path, "name")
        key, choices = ("choices", one.choices) if isinstance(one, Question) else ("answers", one.answers)
        yield from (
            (path, choice.code, (*path, key, number, "code")) for number, choice in enumerate(choices)
        )
    for place, section in enumerate(form.sections):
        yield "section", section.code, ("sections", place, "code")
        for number, page in enumerate(section.pages):
            yield "page", page.code, ("sections", place, "pages", number, "code")


def _without_source(form: FilingForm) -> Iterator[Fault]:
    """Where the statutory form was not read, each question says from which text it comes."""
    before = ((("eligibility", number), one) for number, one in enumerate(form.eligibility))
    asked: list[tuple[Path, Eligibility | Question]] = [
        *before,
        *((path, one) for path, *_, one in form.walk()),
    ]
    message = gettext_noop("form_read: no thì câu hỏi nào cũng ghi source.")
    yield from (Fault((*path, "source"), message) for path, one in asked if one.source is None)


def _eligibility(form: FilingForm) -> Iterator[Fault]:
    for number, one in enumerate(form.eligibility):
        path = ("eligibility", number, "answers")
        if all(answer.ends for answer in one.answers):
            yield Fault(path, gettext_noop("câu trả lời nào cũng dừng; phải có một câu cho đi tiếp."))
        for place, answer in enumerate(one.answers):
            if answer.ends and answer.ends.to == "procedure" and answer.ends.procedure is None:
                message = gettext_noop("“to: procedure” phải ghi procedure, mã của thủ tục ấy.")
                yield Fault((*path, place, "ends", "procedure"), message)


def _named(form: FilingForm) -> Iterator[Fault]:
    """Questions that the form names outside its sections."""
    people = form.people
    named: tuple[tuple[Path, str | None, str], ...] = (
        (("people", "owner_name"), people.owner_name, "person"),
        (("people", "owner_id_number"), people.owner_id_number, "person"),
        (("people", "owner_phone"), people.owner_phone, "phone"),
        (("people", "owner_address"), people.owner_address, "address"),
        (("people", "filer"), people.filer, "person"),
        (("desk",), form.desk, "address"),
    )
    for path, name, kind in named:
        if name is not None and (name not in form.questions or form.questions[name].type != kind):
            message = gettext_noop("không có câu hỏi “%(name)s” thuộc loại: %(types)s.")
            yield Fault(path, message, {"name": name, "types": kind})


def _of_questions(form: FilingForm) -> Iterator[Fault]:
    known: dict[str, Question] = {one.name: one.question for one in form.eligibility}
    begun: set[Path] = set()
    papers: dict[str, bool] = {}
    labels: dict[str, str] = {}
    for path, section, page, question in form.walk():
        for place, one in ((path[:2], section), (path[:4], page)):
            if place not in begun:
                begun.add(place)
                yield from _condition(one.relevant, known, (*place, "relevant"))
        yield from _question(question, known, path)
        known.setdefault(question.name, question)
        variants = ((("variants", number), one.label) for number, one in enumerate(question.variants))
        for place, label in (((), question.label), *variants):
            # The desk asks for an answer by its label.
            first = labels.setdefault(label, question.name)
            if first != question.name:
                message = gettext_noop(
                    "nhãn này trùng nhãn câu “%(name)s”; hãy viết rõ là của ai, của việc gì."
                )
                yield Fault((*path, *place, "label"), message, {"name": first})
        if question.paper:
            # What was sent is found by its paper: two questions asked at once would share one pile.
            always = not (section.relevant or page.relevant or question.relevant)
            if question.paper in papers and (always or papers[question.paper]):
                yield Fault((*path, "paper"), gettext_noop("giấy tờ này đã có câu hỏi khác cùng hỏi."))
            papers[question.paper] = always


def _question(
    question: Question, known: Mapping[str, Question], path: Path, inside: bool = False
) -> Iterator[Fault]:
    """Faults of one question; `known` are those before it."""
    yield from _condition(question.relevant, known, (*path, "relevant"))
    own = {**known, question.name: question, OWN: question}
    yield from _condition(question.constraint, own, (*path, "constraint"))
    for number, rule in enumerate(question.rules):
        yield from _condition(rule.require, own, (*path, "rules", number, "require"))
    for number, variant in enumerate(question.variants):
        yield from _condition(variant.when, known, (*path, "variants", number, "when"))
    for number, name in enumerate(question.same_as):
        if inside or question.type != "address" or name not in known or known[name].type != "address":
            message = gettext_noop(
                "same_as chỉ đi từ một địa chỉ đến các địa chỉ đứng trước; không phải “%(name)s”."
            )
            yield Fault((*path, "same_as", number), message, {"name": name})
    kind = question.type
    if question.card and kind not in ("person", "address"):
        yield Fault((*path, "card"), gettext_noop("card đi cùng và chỉ đi cùng loại person, address."))
    if (kind in ("one_of", "some_of")) != (bool(question.choices) != bool(question.list)):
        message = gettext_noop("choices, hoặc list, đi cùng và chỉ đi cùng loại one_of, some_of.")
        yield Fault((*path, "choices"), message)
    if (kind == "paper") != (question.paper is not None):
        yield Fault((*path, "paper"), gettext_noop("paper đi cùng và chỉ đi cùng loại paper."))
    if (kind == "repeat") != bool(question.questions):
        yield Fault((*path, "questions"), gettext_noop("questions đi cùng và chỉ đi cùng loại repeat."))
    if question.copy_price is not None and (inside or kind != "number"):
        message = gettext_noop("copy_price chỉ đi cùng loại number, ngoài nhóm lặp.")
        yield Fault((*path, "copy_price"), message)
    if question.min_files > question.max_files:
        yield Fault((*path, "max_files"), gettext_noop("max_files không được nhỏ hơn min_files."))
    if inside and kind in ("paper", "repeat"):
        yield Fault((*path, "type"), gettext_noop("trong nhóm lặp không có loại paper và repeat."))
    if kind in ("person", "address", "phone") and question.personal == "none":
        message = gettext_noop("loại %(type)s luôn là dữ liệu cá nhân; personal không được là none.")
        yield Fault((*path, "personal"), message, {"type": kind})
    before = dict(known)
    for row, inner in enumerate(question.questions):
        yield from _question(inner, before, (*path, "questions", row), inside=True)
        before[inner.name] = inner


def _condition(condition: Condition | None, known: Mapping[str, Question], path: Path) -> Iterator[Fault]:
    """Names that do not stand earlier, and values that no answer can have."""
    for name, values in condition.comparisons() if condition else ():
        base, _point, part = name.partition(".")
        question = known.get(base or OWN)
        found = TYPES[question.type] if question else None
        kind = (found.parts_compare.get(part, "") if part else found.compares) if found else ""
        if OWN not in known and (part or name == TODAY):
            message = gettext_noop("chỉ constraint và rules được so với “today” và từng phần của một người.")
            yield Fault(path, message)
        elif name == TODAY:
            continue
        elif question is None:
            message = gettext_noop("điều kiện hỏi “%(name)s”, không có câu hỏi nào tên ấy đứng trước.")
            yield Fault(path, message, {"name": name})
        elif not kind:
            message = gettext_noop("điều kiện không so được câu trả lời loại %(type)s của “%(name)s”.")
            yield Fault(path, message, {"type": question.type, "name": name})
        else:
            message = gettext_noop("“%(name)s” không bao giờ có câu trả lời “%(value)s”.")
            impossible = (value for value in values if not _can_equal(kind, question, value))
            yield from (Fault(path, message, {"name": name, "value": value}) for value in impossible)


def _can_equal(kind: str, question: Question, value: Any) -> bool:
    if kind == "choice":
        return question.choice(value) is not None
    if kind == "sex":
        return value in ("nam", "nu")
    if kind in ("flag", "text"):
        return isinstance(value, bool if kind == "flag" else str)
    order = ordered(value)
    return order is not None and order[0] == kind


def _never_asked(form: FilingForm) -> Iterator[Fault]:
    """Questions that no answers can make visible: found by trying those on which they depend."""
    compared: dict[str, set[Any]] = {}
    for condition in form.conditions.values():
        for name, values in condition.comparisons() if condition else ():
            compared.setdefault(name, set()).update(values)
    tried = {
        one.name: (None, *_answers(one.question, compared.get(one.name, ()))) for one in form.eligibility
    }
    for path, _section, _page, question in form.walk():
        tried[question.name] = (None, *_answers(question, compared.get(question.name, ())))
        condition = form.conditions[question.name]
        if condition is None:
            continue
        needed = _needed(condition, form.conditions)
        names = [one for one in tried if one in needed]
        tries = list(islice(product(*(tried[one] for one in names)), _MOST_TRIED + 1))
        # Too many to try: what is said of them stands in no way between the author and the form.
        if len(tries) <= _MOST_TRIED and not any(
            _shows(condition, dict(zip(names, values, strict=True)), form.conditions) for values in tries
        ):
            message = gettext_noop("không có câu trả lời nào làm hiện câu hỏi “%(name)s”.")
            yield Fault((*path, "relevant"), message, {"name": question.name})


def _needed(condition: Condition, asked: Mapping[str, Condition | None]) -> set[str]:
    found: set[str] = set()
    waiting = set(condition.names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            before = asked.get(name)
            waiting |= before.names if before else set()
    return found


def _shows(condition: Condition, values: Mapping[str, Any], asked: Mapping[str, Condition | None]) -> bool:
    answers: dict[str, Any] = {}
    for name, value in values.items():
        before = asked.get(name)
        if value is not None and (before is None or before.holds(answers)):
            answers[name] = value
    return condition.holds(answers)


def _answers(question: Question, values: Collection[Any]) -> Iterator[Any]:
    """Answers of every kind that conditions with these values tell apart."""
    kind = TYPES[question.type].compares
    choices = [choice.code for choice in question.options]
    if question.type == "some_of":
        # Several at once: every condition that asks for one of them holds.
        yield from ([code] for code in choices)
        yield choices
    elif kind == "choice":
        yield from choices
    elif kind == "flag":
        yield from (True, False)
    elif kind == "number":
        numbers = {int(float(value)) for value in values} | {0}
        yield from sorted({number + step for number in numbers for step in (-1, 0, 1)})
    elif kind == "day":
        yield from sorted({"2025-12-31", "2026-01-01", *_DAYS, *_days_around(values)})
    else:
        yield from sorted({str(value) for value in values} | {"–"})


def _days_around(values: Collection[Any]) -> Iterator[str]:
    """These days, and those before and after them: a condition may ask for what lies between two."""
    for value in values:
        with suppress(ValueError, OverflowError):
            day = date.fromisoformat(str(value))
            around = ((day + timedelta(days=step)).isoformat() for step in (-1, 0, 1))
            yield from (one for one in around if _DAYS[0] <= one <= _DAYS[1])
