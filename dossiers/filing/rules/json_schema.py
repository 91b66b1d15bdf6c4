"""A form as JSON Schema (draft 2020-12), for those who read filed answers or fill in a form by machine."""

from typing import Any

from dossiers.filing.rules.form import ELIGIBILITY, FilingForm
from dossiers.filing.rules.question_types import COMMUNE_CODE, LONGEST_CODE, SEXES, TYPES, Compound
from dossiers.filing.rules.questions import Question
from dossiers.filing.rules.simple_types import LONGEST_LINE, LONGEST_TEXT

LARGEST_SUM = 10**15


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
        **_of_answer(question),
        "x-personal": question.personal,
    }
    if condition is not None:
        schema["x-relevant"] = condition.to_json_logic()
    if question.paper:
        schema["x-paper"] = question.paper
    if question.source:
        schema["x-source"] = question.source
    if question.rules:
        schema["x-rules"] = [one.sentence for one in question.rules]
    return question.name, question.required and condition is None, schema


def _of_answer(question: Question) -> dict[str, Any]:
    codes = [choice.code for choice in question.options]
    match question.type:
        case "text" | "long_text":
            longest = LONGEST_LINE if question.type == "text" else LONGEST_TEXT
            return {"type": "string", "minLength": 1, "maxLength": longest}
        case "number" if question.decimals:
            return {"type": ["integer", "string"], "pattern": r"^-?[0-9]+\.[0-9]+$"}
        case "number":
            return {"type": "integer"}
        case "money":
            return {"type": "integer", "minimum": 0, "maximum": LARGEST_SUM}
        case "date":
            return {"type": "string", "format": "date"}
        case "yes_no":
            return {"type": "boolean"}
        case "one_of":
            return {"type": "string", "enum": codes}
        case "some_of":
            return {"type": "array", "items": {"enum": codes}, "uniqueItems": True, "minItems": 1}
        case "phone":
            return {"type": "string", "pattern": "^0[35789][0-9]{8}$"}
        case "paper":
            return {"type": "integer", "minimum": question.min_files, "maximum": question.max_files}
        case "repeat":
            inner = {one.name: _of_answer(one) for one in question.questions}
            row = {"type": "object", "properties": inner, "additionalProperties": False}
            return {"type": "array", "minItems": 1, "maxItems": question.max_rows, "items": row}
    kind = TYPES[question.type]
    assert isinstance(kind, Compound)
    keys = [key for key, _label, _sentence in kind.boxes(question)]
    parts: dict[str, Any] = {
        key: {"type": "string", "minLength": 1, "maxLength": kind.longest[key]} for key in keys
    }
    if question.type == "address":
        parts[COMMUNE_CODE] = {"type": "string", "maxLength": LONGEST_CODE}
    if "sex" in parts:
        parts["sex"] = {"enum": [choice.code for choice in SEXES]}
    if "born" in parts:
        parts["born"] = {"type": "string", "format": "date"}
    return {"type": "object", "properties": parts, "required": keys, "additionalProperties": False}
