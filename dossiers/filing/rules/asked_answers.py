"""Answers that the desk asks to correct: named among the papers of a request, and found again by what is asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.questions import Question

LONGEST_LABEL = 120


def name_of(question: Question) -> str:
    """How a request names the answer to this question: words that a citizen reads, as short as a paper's name."""
    label = question.label
    short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
    return f"Câu trả lời “{short}”"


def english_names(form: FilingForm) -> dict[str, str]:
    """The English of the answers and papers of a form, by the names under which they are asked for; "" for none."""
    found = {name_of(one): one.label_en or "" for one in form.questions.values()}
    return found | {one.paper: one.paper_en or "" for one in form.questions.values() if one.paper}


def askable(form: FilingForm, answers: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Every answer that may be asked for again: those to the questions that were asked, papers left out."""
    asked = journey.visible_questions(form, answers).values()
    return tuple(name_of(one) for questions in asked for one in questions if one.type != "paper")


def asked_pages(
    form: FilingForm | None, papers: Iterable[str], answers: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[str, ...]:
    """The pages of the form whose answers stand among the papers of a request, in the order of the form: for a line that
    names an answer no file is expected. With `answers` those alone on which they still ask for it."""
    asked = tuple(papers)
    shown = journey.visible_questions(form, answers) if form and answers is not None else None
    return tuple(
        page.code
        for page in (form.pages if form else ())
        for questions in [page.questions if shown is None else shown.get(page.code, ())]
        if any(paper.startswith(name_of(one)) for one in questions for paper in asked)
    )
