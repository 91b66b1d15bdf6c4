"""The answers of a filing in words: for the page that checks them, for the copy, and for its printed sheet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from dossiers.filing.models import FilingFile
from dossiers.filing.public.form import say
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import ELIGIBILITY, FilingForm, Page
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question, Say
from dossiers.filing.supplements import CurrentPaper
from dossiers.lifecycle.intake import MAX_PAPER

Earlier = Mapping[tuple[str, str], list[tuple[Any, datetime]]]
"""See `dossiers.filing.supplements.CurrentText`."""


@dataclass(frozen=True)
class Replaced:
    """An answer or a paper that another took the place of, or that a later answer hides, line by line, and when."""

    lines: list[str]
    at: datetime


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer, line by line; `page` is where it is changed, `is_missing` that it must be. `earlier`
    are those whose place it took, the newest first. A paper of a dossier is shown by the names of its files, `papers`."""

    label: str
    lines: list[str]
    page: str
    is_missing: bool = False
    earlier: list[Replaced] = field(default_factory=list)
    papers: Sequence[CurrentPaper] | None = None


@dataclass(frozen=True)
class AnswerGroup:
    """The rows under one heading."""

    title: str
    rows: list[AnswerRow]


def groups(
    form: FilingForm | None,
    answers: Mapping[str, Mapping[str, Any]],
    *,
    files: Iterable[FilingFile] = (),
    papers: Iterable[CurrentPaper] | None = None,
    missing: Iterable[journey.Missing] = (),
    earlier: Earlier | None = None,
    speak: Say = say,
) -> list[AnswerGroup]:
    """All questions that are asked with their answers, section by section after those before the form, and those that
    a correction hides with what stood there `earlier`; then the papers that no question of the form asks.

    Papers are named by their `files` in a draft, by the `papers` of a dossier. `speak` chooses the language.
    """
    shown = journey.visible_answers(form, answers) if form else {}
    asked = journey.visible_questions(form, answers) if form else {}
    wanting, earlier = {(one.page, one.name) for one in missing}, earlier or {}
    wanted_papers = {one.paper for found in asked.values() for one in found if one.paper}
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.question, []).append(file.name)
    brought: dict[str, list[CurrentPaper]] = {}
    for paper in papers or ():
        brought.setdefault(paper.name, []).append(paper)

    def rows(page: Page) -> Iterator[AnswerRow]:
        for question in page.questions:
            place, is_asked = (page.code, question.name), question in asked.get(page.code, ())
            # Another question may ask for the same paper now.
            if not is_asked and (place not in earlier or question.paper in wanted_papers):
                continue
            label = speak(question.label, question.label_en or "")
            gone = [] if is_asked else [speak(gettext_noop("không còn hỏi"), "")]
            if question.paper is not None and papers is not None:
                came = brought.pop(question.paper[:MAX_PAPER], [])
                if gone:
                    came = [
                        replace(one, replaced_at=one.replaced_at or earlier[place][-1][1]) for one in came
                    ]
                yield _paper_row(label, came, page.code, gone)
                continue
            value = shown.get(page.code, {}).get(question.name)
            lines = gone or names.get(question.name) or TYPES[question.type].lines(question, value, speak)
            before = replaced(question, earlier, page.code, speak)
            yield AnswerRow(label, lines, page.code, place in wanting, before)

    found = [
        AnswerGroup(speak(one.title, one.title_en or ""), [row for page in one.pages for row in rows(page)])
        for one in (form.sections if form else ())
    ]
    first = [
        AnswerRow(
            speak(one.label, one.label_en or ""),
            TYPES["one_of"].lines(one.question, shown.get(ELIGIBILITY, {}).get(one.name), speak),
            ELIGIBILITY,
        )
        for one in (form.eligibility if form else ())
    ]
    start, title = speak(gettext_noop("Trước khi điền"), ""), speak(gettext_noop("Giấy tờ khác"), "")
    others = [_paper_row(name or title, came) for name, came in brought.items()]
    return [one for one in (AnswerGroup(start, first), *found, AnswerGroup(title, others)) if one.rows]


def _paper_row(
    label: str, came: Sequence[CurrentPaper], page: str = "", gone: Sequence[str] = ()
) -> AnswerRow:
    lines = [one.file.name for one in came if not one.replaced_at]
    earlier = [Replaced([one.file.name], one.replaced_at) for one in came if one.replaced_at]
    earlier.sort(key=lambda one: one.at, reverse=True)
    return AnswerRow(label, [*gone, *lines], page, earlier=earlier, papers=came)


def replaced(question: Question, earlier: Earlier, page: str, speak: Say = say) -> list[Replaced]:
    """The answers to a question, other than a paper, that later ones took the place of, the newest first."""
    if question.type == "paper":
        return []
    found = reversed(earlier.get((page, question.name), []))
    return [Replaced(TYPES[question.type].lines(question, value, speak), at) for value, at in found]
