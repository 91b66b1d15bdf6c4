"""Calendar and workflow of a province, from `calendar.yaml` and `workflow.yaml` of its folder."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.rules.calendar import CalendarError, WorkCalendar
from dossiers.rules.default_workflow import default_workflow_data
from dossiers.rules.workflow import Workflow, WorkflowError
from tenants.onboarding.folder import Folder
from tenants.onboarding.problems import Problem
from tenants.onboarding.registry import Progress, Step, StepReport
from tenants.onboarding.registry import register as register_step

CALENDAR = "calendar.yaml"
WORKFLOW = "workflow.yaml"


def register() -> None:
    """Add this room's steps to the onboarding of a province."""
    register_step(
        Step(
            code="calendar",
            title=gettext_lazy("Lịch làm việc"),
            validate=validate_calendar,
            apply=apply_calendar,
            order=20,
            files=(CALENDAR,),
        )
    )
    register_step(
        Step(
            code="workflow",
            title=gettext_lazy("Quy trình"),
            validate=validate_workflow,
            apply=apply_workflow,
            order=30,
            files=(WORKFLOW,),
        )
    )


def validate_calendar(folder: Folder) -> Sequence[Problem]:
    """What keeps the calendar from being used; it is never guessed, so the file must be there."""
    document = folder.document(CALENDAR)
    try:
        WorkCalendar.from_data(document.data)
    except CalendarError as error:
        return [document.problem(_(error.message) % error.params)]
    return []


def apply_calendar(folder: Folder, progress: Progress) -> StepReport:
    """Publish a new version when the calendar differs from the one in force."""
    from dossiers.models import CalendarVersion

    calendar: Any = WorkCalendar.from_data(folder.document(CALENDAR).data)
    _version, created = CalendarVersion.publish(calendar.to_data())
    return _report(created)


def validate_workflow(folder: Folder) -> Sequence[Problem]:
    """Every fault of the workflow, at its line."""
    if not folder.has(WORKFLOW):
        return []
    document = folder.document(WORKFLOW)
    try:
        Workflow.from_data(document.data)
    except WorkflowError as error:
        return [
            document.problem_at(fault.path, _(fault.message) % fault.params)
            if fault.path
            else document.problem(_(fault.message) % fault.params)
            for fault in error.faults
        ]
    return []


def apply_workflow(folder: Folder, progress: Progress) -> StepReport:
    """Publish a new version when the workflow differs; the default one where the folder names none."""
    from dossiers.models import WorkflowVersion

    data = folder.document(WORKFLOW).data if folder.has(WORKFLOW) else default_workflow_data()
    _version, created = WorkflowVersion.publish(Workflow.from_data(data).to_data())
    return _report(created)


def _report(created: bool) -> StepReport:
    return StepReport(added=1) if created else StepReport(unchanged=1)
