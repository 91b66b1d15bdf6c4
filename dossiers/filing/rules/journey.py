"""The journey through a form: which pages are shown, what is missing, what is filed. Pure functions.

`answers` are the answers of each page by name: `{page code: {name: value}}`. Those before the form stand under
`dieu-kien`; other pages that every journey has stay as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dossiers.filing.rules.conditions import TODAY
from dossiers.filing.rules.form import BUILT_IN_PAGES, ELIGIBILITY, Ending, FilingForm, Section
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question
from tenants.validation import Fault, gettext_noop

Answers = Mapping[str, Mapping[str, Any]]
State = Literal["done", "started", "not_started", "cannot_start"]

NOT_ANSWERED = gettext_noop("Chưa trả lời.")
NO_LONGER_FITS = gettext_noop("Câu trả lời không còn phù hợp; xin trả lời lại.")


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer that is missing: its page, the question's name and a Vietnamese sentence, with an English one where
    the form itself has it."""

    page: str
    name: str
    sentence: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class SectionState:
    """A line of the task list. `page` is where it goes on; None for a section that asks nothing of this person."""

    section: Section
    state: State
    page: str | None


def ending(form: FilingForm, answers: Answers) -> Ending | None:
    """Where the journey ends by the answers before the form; None where it goes on."""
    given = answers.get(ELIGIBILITY, {})
    asked = ((one.name, answer) for one in form.eligibility for answer in one.answers)
    return next((one.ends for name, one in asked if one.ends and one.code == given.get(name)), None)


def is_eligible(form: FilingForm, answers: Answers) -> bool:
    """Whether every question before the form is answered and none of the answers ends the journey."""
    given = answers.get(ELIGIBILITY, {})
    answered = all(one.question.choice(given.get(one.name)) for one in form.eligibility)
    return answered and ending(form, answers) is None


def visible_answers(form: FilingForm, answers: Answers) -> dict[str, dict[str, Any]]:
    """The answers that are shown and leave with the dossier: none to a question that is hidden or not in the form.

    A hidden answer counts as absent in the conditions of later questions too.
    """
    return _walk(form, answers)[0]


def visible_questions(form: FilingForm, answers: Answers) -> dict[str, tuple[Question, ...]]:
    """The questions that are asked, by page code, in order; pages without any are left out."""
    return _walk(form, answers)[1]


def filer(form: FilingForm, answers: Answers) -> dict[str, Any]:
    """Name and number of who fills in: by the form's own question, or else the owner's; nothing while unknown."""
    shown = visible_answers(form, answers)
    values = {name: value for page in shown.values() for name, value in page.items()}
    people = form.people
    for name, number in ((people.filer, people.filer), (people.owner_name, people.owner_id_number)):
        person, owner = values.get(name or ""), values.get(number or "")
        if isinstance(person, Mapping) and person.get("name"):
            found = owner.get("id_number") if isinstance(owner, Mapping) else None
            return {"name": person["name"], **({"id_number": found} if found else {})}
    return {}


def known_answers(form: FilingForm, answers: Answers, page: str = "") -> dict[str, Any]:
    """The visible answers before a page, or all of them, by name: what conditions on that page may ask for."""
    found = _walk(form, answers)[0]
    known = dict(found.get(ELIGIBILITY, {}))
    for one in form.pages:
        if one.code == page:
            break
        known |= found.get(one.code, {})
    return known


def neighbour(form: FilingForm, answers: Answers, code: str, step: int) -> str | None:
    """The code of the next shown page onward (`step` 1) or back (-1), also from a page that is hidden now; None at the
    end."""
    shown = set(visible_questions(form, answers))
    codes = [page.code for page in form.pages]
    if code not in codes:
        return None
    at = codes.index(code)
    onward = codes[at + 1 :] if step > 0 else reversed(codes[:at])
    return next((one for one in onward if one in shown), None)


def first_page(form: FilingForm, answers: Answers) -> str | None:
    """Where to go on: the first shown page on which something is missing; None where nothing is."""
    return next((one.page for one in missing(form, answers) if one.page not in BUILT_IN_PAGES), None)


def missing(form: FilingForm, answers: Answers, today: str | None = None) -> list[Missing]:
    """Every visible answer that is missing or does not fit any more, in order. Empty: the form can be filed.

    `today` ("2026-11-24") is for constraints that ask for it; without it they are not looked at.
    """
    found, shown = _walk(form, answers)
    given = found.get(ELIGIBILITY, {})
    wanting = [
        Missing(ELIGIBILITY, one.name, NOT_ANSWERED)
        for one in form.eligibility
        if one.question.choice(given.get(one.name)) is None
    ]
    known = {**given, TODAY: today} if today else dict(given)
    for code, questions in shown.items():
        for question in questions:
            value = found.get(code, {}).get(question.name)
            wanting += _faults(question, value, code, known)
            if value is not None:
                known[question.name] = value
    return wanting


def doubts(form: FilingForm, answers: Answers) -> Iterator[tuple[str, Question, Fault]]:
    """The visible answers that are to be looked at once more before filing, in order: page, question, and why."""
    known = known_answers(form, answers)
    for code, questions in visible_questions(form, answers).items():
        for one in questions:
            if one.name in known:
                found = TYPES[one.type].doubts(one, known[one.name], known)
                yield from ((code, one, why) for why in found)


def sections_state(form: FilingForm, answers: Answers) -> list[SectionState]:
    """The task list. A section can be started when those before it, on which its conditions depend, are done."""
    shown, wanting = visible_questions(form, answers), {one.page for one in missing(form, answers)}
    unfinished: set[str] = set()
    rows: list[SectionState] = []
    for section in form.sections:
        pages = [page for page in section.pages if page.code in shown]
        open_pages = [page.code for page in pages if page.code in wanting]
        depends = {
            name
            for page in section.pages
            for question in page.questions
            if (condition := form.conditions[question.name])
            for name in condition.names
        }
        touched = any(answers.get(page.code) for page in pages)
        state: State = "done"
        if depends & unfinished and not touched:
            state = "cannot_start"
        elif open_pages:
            state = "started" if touched else "not_started"
        elif not touched and pages:
            # Nothing in it must be answered; still it is done only once it was seen.
            state = "not_started"
        rows.append(
            SectionState(section, state, next(iter([*open_pages, *(page.code for page in pages)]), None))
        )
        unfinished |= {q.name for page in section.pages if page.code in wanting for q in page.questions}
    return rows


def carry_over(
    old_form: FilingForm, new_form: FilingForm, answers: Answers
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The answers of a draft under a new version of its form, and the pages that must be answered again.

    An answer is kept where a question of the same name and type takes it, wherever it stands now; a text may become a
    longer one. To be answered again are the shown pages that lack an answer that they had, or that the new form asks
    for.
    """
    before = {name: value for page in answers.values() for name, value in page.items()}
    carried: dict[str, dict[str, Any]] = {
        code: dict(answers[code]) for code in BUILT_IN_PAGES if code in answers
    }
    if ELIGIBILITY in carried:
        fitting = (one for one in new_form.eligibility if one.question.choice(before.get(one.name)))
        carried[ELIGIBILITY] = {one.name: before[one.name] for one in fitting}
    for _path, _section, page, question in new_form.walk():
        old, value = old_form.questions.get(question.name), before.get(question.name)
        is_same = old is not None and value is not None and _kind(old) == _kind(question)
        if is_same and TYPES[question.type].accepts(question, value):
            carried.setdefault(page.code, {})[question.name] = value
    was_missing = {(one.name, one.sentence) for one in missing(old_form, answers)}
    again = dict.fromkeys(
        one.page for one in missing(new_form, carried) if (one.name, one.sentence) not in was_missing
    )
    shown = visible_questions(new_form, carried)
    dropped = (
        code
        for code, questions in shown.items()
        for one in questions
        if before.get(one.name) is not None and one.name not in carried.get(code, {})
    )
    return carried, list(dict.fromkeys([*again, *dropped]))


def _kind(question: Question) -> str:
    return question.type.removeprefix("long_")


# --- One walk through the form


def _walk(
    form: FilingForm, answers: Answers
) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[Question, ...]]]:
    """The visible answers and the questions that are asked, by page. Conditions name earlier questions alone, so
    one pass in order settles them."""
    found: dict[str, dict[str, Any]] = {
        code: dict(answers[code]) for code in BUILT_IN_PAGES if code in answers
    }
    known: dict[str, Any] = {}
    if ELIGIBILITY in found:
        names = {one.name for one in form.eligibility}
        known = found[ELIGIBILITY] = {name: one for name, one in found[ELIGIBILITY].items() if name in names}
        known = dict(known)
    asked: dict[str, tuple[Question, ...]] = {}
    for page in form.pages:
        given = answers.get(page.code, {})
        shown: list[Question] = []
        for question in page.questions:
            condition = form.conditions[question.name]
            if condition is not None and not condition.holds(known):
                continue
            shown.append(question)
            value = given.get(question.name)
            if question.type == "repeat" and value is not None:
                value = list(_visible_rows(question, value, known))
            if value is not None:
                known[question.name] = value
                found.setdefault(page.code, {})[question.name] = value
        if shown:
            asked[page.code] = tuple(shown)
    return found, asked


def _visible_rows(question: Question, rows: Any, known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        kept: dict[str, Any] = {}
        for inner in question.questions:
            asked = inner.relevant is None or inner.relevant.holds({**known, **kept})
            if asked and row.get(inner.name) is not None:
                kept[inner.name] = row[inner.name]
        yield kept


def _faults(question: Question, value: Any, page: str, known: Mapping[str, Any]) -> Iterator[Missing]:
    """What is wrong with an answer today: answers before it may have changed since it was given."""
    if value is None:
        if question.required:
            yield Missing(page, question.name, NOT_ANSWERED)
        return
    if not TYPES[question.type].accepts(question, value):
        yield Missing(page, question.name, NO_LONGER_FITS)
    elif fault := TYPES[question.type].breach(question, value, known):
        yield Missing(page, question.name, fault.message % fault.params, str(fault.params.get("english", "")))
    elif question.type == "repeat":
        for row in value:
            before: dict[str, Any] = {}
            for inner in question.questions:
                if inner.relevant is None or inner.relevant.holds({**known, **before}):
                    # A fault in a row is a fault of the group: it is answered on the same page.
                    yield from (
                        Missing(page, question.name, one.sentence, one.english)
                        for one in _faults(inner, row.get(inner.name), page, {**known, **before})
                    )
                if row.get(inner.name) is not None:
                    before[inner.name] = row[inner.name]
