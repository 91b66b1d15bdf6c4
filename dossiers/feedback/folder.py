"""`feedback.yaml` of a province's folder, optional: within which time it answers feedback, and why so.

answer_within: {value: 10, unit: working_day}
source: Quyết định số … của Ủy ban nhân dân tỉnh
"""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy
from pydantic import Field

from dossiers.deadlines.rules.deadlines import LONGEST_TERM
from dossiers.feedback.deadline_promise import OWN_PROMISE
from tenants.folder.file_schema import Line
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import Schema

FILE = "feedback.yaml"
LONGEST_SOURCE = 200


class Within(Schema):
    """The time within which feedback is answered."""

    value: Annotated[int, Field(ge=1, le=LONGEST_TERM)]
    unit: Literal["working_day", "calendar_day"] = "working_day"


class FeedbackFile(Schema):
    """What the province promises for answers to feedback."""

    answer_within: Within | None = None
    source: Annotated[Line, Field(max_length=LONGEST_SOURCE)] = ""


def _write(folder: Folder, data: dict[str, Any], progress: Progress) -> StepReport:
    from dossiers.feedback.models import FeedbackPromise

    created = not folder.keeps(FILE) and FeedbackPromise.publish(data)[1]
    return StepReport(added=int(created), unchanged=int(not created))


def _state(folder: Folder) -> State:
    data = _in_force()
    return {FILE: {name: str(value) for name, value in data.items()}} if data else {}


def _export(draft: Draft) -> None:
    data = _in_force()
    if data and data != OWN_PROMISE:
        content: dict[str, Any] = {"answer_within": {"value": data["value"], "unit": data["unit"]}}
        content |= {"source": data["source"]} if data["source"] else {}
        draft.document(FILE, content, "Hạn trả lời phản ánh, kiến nghị và căn cứ.")


def _in_force() -> dict[str, Any]:
    from dossiers.feedback.models import FeedbackPromise

    newest = FeedbackPromise.newest()
    return newest.data if newest else {}


def _read(folder: Folder) -> tuple[dict[str, Any], list[ValidationProblem]]:
    _document, content, problems = folder.content(FILE, FeedbackFile)
    if content is None:
        return dict(OWN_PROMISE), problems
    within = content.answer_within.model_dump() if content.answer_within else {}
    return {**OWN_PROMISE, **within, "source": content.source}, problems


STEP = Step(
    "feedback", gettext_lazy("Phản ánh, kiến nghị"), _read, _write, {FILE: FeedbackFile}, _state, _export
)
