"""The answers of a filing in words: for the page that checks them, for the copy, and for its printed sheet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dossiers.filing.models import FilingFile
from dossiers.filing.public.form import say
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question, Say

Earlier = Mapping[tuple[str, str], list[tuple[Any, datetime]]]
"""See `dossiers.filing.supplements.CurrentText`."""


@dataclass(frozen=True)
class Replaced:
    """An answer that another took the place of, line by line, and when."""

    lines: list[str]
    at: datetime


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer, line by line; `page` is where it is changed, `is_missing` that it must be. `earlier`
    are those whose place it took, the newest first."""

    label: str
    lines: list[str]
    page: str
    is_missing: bool = False
    earlier: list[Replaced] = field(default_factory=list)


@dataclass(frozen=True)
class AnswerGroup:
    """The rows under one heading."""

    title: str
    rows: list[AnswerRow]


def groups(
    form: FilingForm,
    answers: Mapping[str, Mapping[str, Any]],
    *,
    files: Iterable[FilingFile] = (),
    missing: Iterable[journey.Missing] = (),
    earlier: Earlier | None = None,
    speak: Say = say,
) -> list[AnswerGroup]:
    """All questions that are asked with their answers, section by section; none for a hidden question.

    Papers are named by their files where there are any. `speak` chooses the language.
    """
    shown, asked = journey.visible_answers(form, answers), journey.visible_questions(form, answers)
    wanting = {(one.page, one.name) for one in missing}
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.question, []).append(file.name)
    found = []
    for section in form.sections:
        rows = [
            AnswerRow(
                speak(question.label, question.label_en or ""),
                names.get(question.name)
                or TYPES[question.type].lines(question, shown.get(page.code, {}).get(question.name), speak),
                page.code,
                (page.code, question.name) in wanting,
                replaced(question, earlier, page.code, speak) if earlier else [],
            )
            for page in section.pages
            for question in asked.get(page.code, ())
        ]
        if rows:
            found.append(AnswerGroup(speak(section.title, section.title_en or ""), rows))
    return found


def replaced(question: Question, earlier: Earlier, page: str, speak: Say = say) -> list[Replaced]:
    """The answers to a question, other than a paper, that later ones took the place of, the newest first."""
    if question.type == "paper":
        return []
    found = reversed(earlier.get((page, question.name), []))
    return [Replaced(TYPES[question.type].lines(question, value, speak), at) for value, at in found]
