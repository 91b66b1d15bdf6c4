"""A form as JSON Schema (draft 2020-12), for those who read filed answers or fill in a form by machine."""

from typing import Any

from dossiers.filing.rules.form import ELIGIBILITY, FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question


def export(form: FilingForm) -> dict[str, Any]:
    """The schema of what is filed: `{page code: {question name: answer}}`.

    A condition stands as JsonLogic under `x-relevant`: JSON Schema has no word for an answer on another page, so
    only what is always asked is `required`. `x-personal` is the kind of personal data, `x-paper` the paper's name.
    """
    pages: dict[str, Any] = {}
    if form.eligibility:
        pages[ELIGIBILITY] = _page([_described(one.question) for one in form.eligibility])
    for page in form.pages:
        pages[page.code] = _page([_described(question, form) for question in page.questions])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title,
        "x-procedure": form.procedure,
        "type": "object",
        "properties": pages,
        "required": [code for code, page in pages.items() if page["required"]],
    }


def _page(questions: list[tuple[str, bool, dict[str, Any]]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: schema for name, _always, schema in questions},
        "required": [name for name, always, _schema in questions if always],
        "additionalProperties": False,
    }


def _described(question: Question, form: FilingForm | None = None) -> tuple[str, bool, dict[str, Any]]:
    """Name, whether it is always answered, and schema of a question; without a form, of one before it."""
    condition = form.conditions[question.name] if form else None
    schema = {
        "title": question.label,
        **TYPES[question.type].schema(question),
        "x-personal": question.personal,
    }
    if condition is not None:
        schema["x-relevant"] = condition.to_json_logic()
    if question.paper:
        schema["x-paper"] = question.paper
    return question.name, question.required and condition is None, schema
