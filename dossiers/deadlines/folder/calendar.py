"""The calendar of a province, from `calendar.yaml` of its folder."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.rules.calendar import CalendarData, CalendarError, WorkCalendar
from dossiers.deadlines.rules.national import NATIONAL_CALENDAR
from tenants import clock
from tenants.folder.file_schema import problems_of
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.questionnaire import Answers
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.isolation.context import current_province

CALENDAR = "calendar.yaml"
NEXT_YEAR_NEEDED = (12, 15)
"""Month and day from which a folder without the days off of next year is refused: they are announced by then.

A demonstration is never refused for it: it must start in years whose days off are not announced yet."""


class Effect(Protocol):
    """What a calendar would do to running dossiers."""

    @property
    def moves(self) -> Sequence[object]: ...


EffectOf = Callable[[WorkCalendar], Effect]


def make_step(effect_of: EffectOf) -> Step:
    """The step of the calendar; `effect_of` tells what a calendar would do to running dossiers."""
    return Step(
        code="calendar",
        title=gettext_lazy("Lịch làm việc"),
        validate=validate_calendar,
        apply=partial(apply_calendar, effect_of=effect_of),
        files=(CALENDAR,),
        state=calendar_state,
        export=export_calendar,
        start=start_calendar,
        schemas={CALENDAR: CalendarData},
    )


def validate_calendar(folder: Folder) -> Sequence[ValidationProblem]:
    """Faults of the calendar, and years without days off, which a demonstration may have. The file is required."""
    document, found = folder.document_to_check(CALENDAR)
    try:
        calendar = WorkCalendar.from_data(document.data)
    except CalendarError as error:
        return [*found, *problems_of(document, error.faults)]
    today, demo = clock.today(), folder.manifest.demo
    for day in sorted(calendar.makeup_days):
        if day.isoweekday() in calendar.weekdays:
            # A day that is open anyway makes up for nothing: another one was meant.
            words = _("ngày làm bù %(day)s vốn là ngày làm việc.") % {"day": f"{day:%d/%m/%Y}"}
            found.append(document.problem(words, "makeup_days"))
    text = _("chưa có ngày nghỉ nào của năm %(year)d; hẹn trả rơi vào năm ấy sẽ tính thiếu ngày nghỉ.")
    return found + [
        document.problem(text % {"year": year}, "days_off", blocks=today >= needed_from and not demo)
        for year, needed_from in ((today.year, today), (today.year + 1, date(today.year, *NEXT_YEAR_NEEDED)))
        if not calendar.knows(year)
    ]


def apply_calendar(folder: Folder, progress: Progress, effect_of: EffectOf) -> StepReport:
    """Publish a new version, for new dossiers, when the calendar differs from the one in force."""
    if folder.keeps(CALENDAR):
        return StepReport(unchanged=1)
    return publish(WorkCalendar.from_data(folder.document(CALENDAR).data), effect_of)


def publish(calendar: WorkCalendar, effect_of: EffectOf) -> StepReport:
    """The calendar becomes the one in force, for new dossiers; the notes say what it would do to running ones."""
    from dossiers.deadlines.models import CalendarVersion

    _version, created = CalendarVersion.publish(calendar.to_data())
    report = _report(created)
    moves = effect_of(calendar).moves if created else ()
    if moves:
        report.notes.append(
            _(
                "%(count)d hồ sơ đang giải quyết vẫn giữ ngày hẹn theo lịch cũ; theo lịch mới sẽ đổi. "
                "Xem bằng lệnh calendar_change %(slug)s."
            )
            % {"count": len(moves), "slug": current_province().slug}
        )
    return report


def calendar_state(folder: Folder) -> State:
    """The calendar in force, day by day; days that only the file names are empty."""
    data = _in_force()
    if not data:
        return {CALENDAR: {}}
    wanted = WorkCalendar.from_data(folder.document(CALENDAR).data).to_data()
    return {CALENDAR: {**dict.fromkeys(_by_day(wanted), ""), **_by_day(data)}}


def _by_day(data: dict[str, Any]) -> dict[str, str]:
    """The calendar's data as fields, each day one of them."""
    rest = {
        name: json.dumps(value) for name, value in data.items() if name not in ("days_off", "makeup_days")
    }
    days = {day: str(name) for day, name in data["days_off"].items()}
    return {**rest, **days, **dict.fromkeys(data["makeup_days"], "làm bù")}


def export_calendar(draft: Draft) -> None:
    """`calendar.yaml` as in force in the present province."""
    if data := _in_force():
        note = "Lịch làm việc đang áp dụng. Ngày viết năm-tháng-ngày; weekdays: 1 là thứ Hai, 7 là Chủ nhật."
        draft.document(CALENDAR, data, note)


def start_calendar(draft: Draft, answers: Answers) -> None:
    """`calendar.yaml` with the days off of the whole country, as announced, and the hours of the answers."""
    shipped = NATIONAL_CALENDAR.read_text(encoding="utf-8")
    start = (NATIONAL_CALENDAR.parent / "calendar_start.yaml").read_text(encoding="utf-8")
    sessions = "".join(f'  - ["{begin}", "{end}"]\n' for begin, end in answers.hours)
    days = shipped[shipped.index("\ndays_off:") + 1 :].rstrip("\n")
    draft.text(CALENDAR, start % {"sessions": sessions, "days": days})


def _in_force() -> dict[str, Any]:
    from dossiers.deadlines.models import CalendarVersion

    newest = CalendarVersion.newest()
    return newest.calendar.to_data() if newest else {}


def _report(created: bool) -> StepReport:
    return StepReport(added=1) if created else StepReport(unchanged=1)
