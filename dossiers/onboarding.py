"""The calendar of a province, from `calendar.yaml` of its folder."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.rules.calendar import CalendarError, WorkCalendar
from tenants.context import current_province
from tenants.onboarding.folder import Folder
from tenants.onboarding.problems import Problem
from tenants.onboarding.registry import Progress, Step, StepReport
from tenants.onboarding.registry import register as register_step

CALENDAR = "calendar.yaml"


def register() -> None:
    """Add the calendar to the onboarding of a province."""
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


def validate_calendar(folder: Folder) -> Sequence[Problem]:
    """What keeps the calendar from being used; it is never guessed, so the file must be there."""
    document = folder.document(CALENDAR)
    try:
        WorkCalendar.from_data(document.data)
    except CalendarError as error:
        return [document.problem(_(error.message) % error.params)]
    return []


def apply_calendar(folder: Folder, progress: Progress) -> StepReport:
    """Publish a new version, for new dossiers, when the calendar differs from the one in force."""
    return publish(WorkCalendar.from_data(folder.document(CALENDAR).data))


def publish(calendar: WorkCalendar) -> StepReport:
    """The calendar becomes the one in force, for new dossiers; the notes say what it would do to running ones."""
    from dossiers import calendar_change
    from dossiers.models import CalendarVersion

    _version, created = CalendarVersion.publish(calendar.to_data())
    report = _report(created)
    moves = calendar_change.effect_of(calendar).moves if created else ()
    if moves:
        report.notes.append(
            _(
                "%(count)d hồ sơ đang giải quyết vẫn giữ ngày hẹn theo lịch cũ; theo lịch mới sẽ đổi. "
                "Xem bằng lệnh calendar_change %(slug)s."
            )
            % {"count": len(moves), "slug": current_province().slug}
        )
    return report


def _report(created: bool) -> StepReport:
    return StepReport(added=1) if created else StepReport(unchanged=1)
