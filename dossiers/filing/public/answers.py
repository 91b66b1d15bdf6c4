"""The answers of a filing in words: for the page that checks them, for the copy, and for its printed sheet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from dossiers.filing.models import FilingFile
from dossiers.filing.public.form import say
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import ELIGIBILITY, FilingForm, Page
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Say
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
    """One question with its answer, line by line; `page` is where it is changed, `name` that of a question of the form,
    `fault` what is missing or does not fit. `earlier` are those whose place it took, the newest first. A paper is shown
    by the names of its files, `papers`; the desk puts links to them in `files`."""

    label: str
    lines: list[str]
    page: str
    name: str = ""
    fault: str = ""
    earlier: list[Replaced] = field(default_factory=list)
    papers: Sequence[CurrentPaper[Any]] | None = None
    files: Sequence[Any] = ()

    @property
    def is_paper(self) -> bool:
        return self.papers is not None


@dataclass(frozen=True)
class AnswerGroup:
    """The rows under one heading."""

    title: str
    rows: list[AnswerRow]

    @property
    def answers(self) -> list[AnswerRow]:
        return [row for row in self.rows if not row.is_paper]

    @property
    def papers(self) -> list[AnswerRow]:
        return [row for row in self.rows if row.is_paper]


def groups(
    form: FilingForm | None,
    answers: Mapping[str, Mapping[str, Any]],
    *,
    files: Iterable[FilingFile] = (),
    papers: Iterable[CurrentPaper[Any]] | None = None,
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
    known = journey.known_answers(form, answers) if form else {}
    faults = {(one.page, one.name): speak(one.sentence, one.english) for one in missing}
    earlier, sent = earlier or {}, list(files)
    wanted_papers = {one.paper for found in asked.values() for one in found if one.paper}
    brought: dict[str, list[CurrentPaper[Any]]] = {}
    for paper in papers or ():
        brought.setdefault(paper.name, []).append(paper)

    def rows(page: Page) -> Iterator[AnswerRow]:
        for question in page.questions:
            place, is_asked = (page.code, question.name), question in asked.get(page.code, ())
            # Another question may ask for the same paper now.
            if not is_asked and (place not in earlier or question.paper in wanted_papers):
                continue
            worded = question.worded(known)
            label = speak(worded.label, worded.label_en)
            gone = [] if is_asked else [speak(gettext_noop("không còn hỏi"), "")]
            own: dict[str, Any] = {"page": page.code, "name": question.name, "fault": faults.get(place, "")}
            if question.paper is not None:
                came = brought.pop(question.paper[:MAX_PAPER], [])
                came += [CurrentPaper(one, question.paper) for one in sent if one.question == question.name]
                yield _paper_row(label, came, gone, **own)
                continue
            value, lines = shown.get(page.code, {}).get(question.name), TYPES[question.type].lines
            before = [
                Replaced(lines(question, one, speak), at) for one, at in reversed(earlier.get(place, []))
            ]
            yield AnswerRow(label, gone or lines(question, value, speak), earlier=before, **own)

    found = [
        AnswerGroup(speak(one.title, one.title_en), [row for page in one.pages for row in rows(page)])
        for one in (form.sections if form else ())
    ]
    first = [
        AnswerRow(
            speak(one.label, one.label_en),
            TYPES["one_of"].lines(one.question, shown.get(ELIGIBILITY, {}).get(one.name), speak),
            ELIGIBILITY,
            one.name,
            faults.get((ELIGIBILITY, one.name), ""),
        )
        for one in (form.eligibility if form else ())
    ]
    start, title = speak(gettext_noop("Trước khi điền"), ""), speak(gettext_noop("Giấy tờ khác"), "")
    others = [_paper_row(name or title, came) for name, came in brought.items()]
    return [one for one in (AnswerGroup(start, first), *found, AnswerGroup(title, others)) if one.rows]


def _paper_row(
    label: str, came: Sequence[CurrentPaper[Any]], gone: Sequence[str] = (), page: str = "", **own: str
) -> AnswerRow:
    lines = [one.file.name for one in came if not one.replaced_at]
    earlier = [Replaced([one.file.name], one.replaced_at) for one in came if one.replaced_at]
    earlier.sort(key=lambda one: one.at, reverse=True)
    return AnswerRow(label, lines or list(gone), page, earlier=earlier, papers=came, **own)
