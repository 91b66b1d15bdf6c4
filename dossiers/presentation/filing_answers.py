"""The answers of a filing in words: for the page that checks them, for the copy, and for its printed sheet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dossiers.models import FilingFile
from dossiers.presentation.filing_form import say
from dossiers.rules.filing import journey
from dossiers.rules.filing.form import FilingForm
from dossiers.rules.filing.question_types import TYPES
from dossiers.rules.filing.questions import Say


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer, line by line; `page` is where it is changed, `is_missing` that it must be."""

    label: str
    lines: list[str]
    page: str
    is_missing: bool = False


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
            )
            for page in section.pages
            for question in asked.get(page.code, ())
        ]
        if rows:
            found.append(AnswerGroup(speak(section.title, section.title_en or ""), rows))
    return found
