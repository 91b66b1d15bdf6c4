"""The calendar of a province, from `calendar.yaml` of its folder, and its days as a table to take out and bring back."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Strict, model_validator

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import NATIONAL_CALENDAR, CalendarData, CalendarError, WorkCalendar
from tenants import clock
from tenants.folder.file_schema import problems_of
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.questionnaire import Answers
from tenants.folder.readers.csv_reader import TableRow, read_table
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.folder.tables import Part
from tenants.isolation.context import current_province
from tenants.validation import fault, fault_at, gettext_noop, shown

CALENDAR = "calendar.yaml"
DAYS = "ngay-nghi.csv"
OFF, MAKEUP = "nghỉ", "làm bù"
NEXT_YEAR_NEEDED = (12, 15)
"""Month and day from which a folder without the days off of next year is refused: they are announced by then.

A demonstration is never refused for it: it must start in years whose days off are not announced yet."""


EffectOf = Callable[[WorkCalendar], Any]
"""What a calendar would do to running dossiers: a report with its `moves`."""


def make_step(effect_of: EffectOf) -> Step:
    """The step of the calendar; `effect_of` tells what a calendar would do to running dossiers."""

    def write(folder: Folder, calendar: WorkCalendar, progress: Progress) -> StepReport:
        return StepReport(unchanged=1) if folder.keeps(CALENDAR) else _publish(calendar, effect_of)

    files = {CALENDAR: CalendarData}
    return Step("calendar", gettext_lazy("Lịch làm việc"), _read, write, files, _state, _export, _start)


def _read(folder: Folder) -> tuple[WorkCalendar, list[ValidationProblem]]:
    """Faults of the calendar, and years without days off, which a demonstration may have. The file is required."""
    document, found = folder.document_to_check(CALENDAR)
    try:
        calendar = WorkCalendar.from_data(document.data)
    except CalendarError as error:
        return WorkCalendar(), [*found, *problems_of(document, error.faults)]
    today, demo = clock.today(), folder.manifest.demo
    for day in sorted(calendar.makeup_days):
        if day.isoweekday() in calendar.weekdays:
            # A day that is open anyway makes up for nothing: another one was meant.
            words = _("ngày làm bù %(day)s vốn là ngày làm việc.") % {"day": f"{day:%d/%m/%Y}"}
            found.append(document.problem(words, "makeup_days"))
    text = _("chưa có ngày nghỉ nào của năm %(year)d; hẹn trả rơi vào năm ấy sẽ tính thiếu ngày nghỉ.")
    found += [
        document.problem(text % {"year": year}, "days_off", blocks=today >= needed_from and not demo)
        for year, needed_from in ((today.year, today), (today.year + 1, date(today.year, *NEXT_YEAR_NEEDED)))
        if not calendar.knows(year)
    ]
    return calendar, found


def _publish(calendar: WorkCalendar, effect_of: EffectOf) -> StepReport:
    """The calendar becomes the one in force, for new dossiers; the notes say what it would do to running ones."""
    _version, created = CalendarVersion.publish(calendar.to_data())
    report = StepReport(added=int(created), unchanged=int(not created))
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


def _state(folder: Folder) -> State:
    """The calendar in force, day by day; days that only the file names are empty."""
    if CalendarVersion.newest() is None:
        return {CALENDAR: {}}
    wanted = WorkCalendar.from_data(folder.document(CALENDAR).data).to_data()
    return {CALENDAR: {**dict.fromkeys(_by_day(wanted), ""), **_by_day(_in_force().to_data())}}


def _by_day(data: dict[str, Any]) -> dict[str, str]:
    rest = {
        name: json.dumps(value) for name, value in data.items() if name not in ("days_off", "makeup_days")
    }
    days = {day: str(name) for day, name in data["days_off"].items()}
    return {**rest, **days, **dict.fromkeys(data["makeup_days"], "làm bù")}


def _export(draft: Draft) -> None:
    if CalendarVersion.newest():
        note = "Lịch làm việc đang áp dụng. Ngày viết năm-tháng-ngày; weekdays: 1 là thứ Hai, 7 là Chủ nhật."
        draft.document(CALENDAR, _in_force().to_data(), note)


def _start(draft: Draft, answers: Answers) -> None:
    """`calendar.yaml` with the days off of the whole country, as announced, and the hours of the answers."""
    shipped = NATIONAL_CALENDAR.read_text(encoding="utf-8")
    start = (NATIONAL_CALENDAR.parent / "calendar_start.yaml").read_text(encoding="utf-8")
    sessions = "".join(f'  - ["{begin}", "{end}"]\n' for begin, end in answers.hours)
    days = shipped[shipped.index("\ndays_off:") + 1 :].rstrip("\n")
    draft.files[CALENDAR] = start % {"sessions": sessions, "days": days}


def _in_force() -> WorkCalendar:
    newest = CalendarVersion.newest()
    # Not `.calendar`, which a process keeps: a version that is only tried out never was.
    return WorkCalendar.from_data(newest.data) if newest else WorkCalendar()


# --- The days off and make-up days as a table


def _day(text: str) -> date:
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 – a day has no zone
    words = gettext_noop("“%(day)s” không phải ngày viết dạng 2027-01-01 hoặc 01/01/2027.")
    raise fault(words, day=shown(text))


class DayRow(TableRow):
    """A day on which the offices do not keep their usual week."""

    day: Annotated[date, BeforeValidator(_day), Strict(False)]
    kind: Literal["nghỉ", "làm bù"]
    name: str = ""

    @model_validator(mode="after")
    def _check_name(self) -> "DayRow":
        if self.kind == OFF and not self.name:
            raise fault_at(["name"], gettext_noop("ngày nghỉ phải có tên."))
        return self


def make_part(effect_of: EffectOf) -> Part:
    """The part of the days off; `effect_of` as in `make_step`."""
    return Part(
        code="ngay-nghi",
        title=gettext_lazy("Ngày nghỉ, ngày làm bù"),
        explained=gettext_lazy(
            "Tệp phải có đủ mọi ngày, cả các năm trước. Ghi xong thì hồ sơ mới tính theo lịch mới; hồ sơ đã "
            "nhận giữ lịch lúc nhận."
        ),
        file=DAYS,
        key=("day",),
        name="name",
        columns={
            "day": gettext_lazy("ngày, dạng 2027-01-01 hoặc 01/01/2027"),
            "kind": gettext_lazy("nghỉ hoặc làm bù"),
            "name": gettext_lazy("tên ngày nghỉ, in trên phiếu và trang tra cứu; ngày làm bù thì để trống"),
        },
        rows=_rows,
        apply=lambda path, hide_missing: _apply_days(path, effect_of),
    )


def _rows() -> Iterator[dict[str, str]]:
    """The days of the calendar in force, in order; none where the province has no calendar yet."""
    calendar = _in_force()
    days = {day: (OFF, name) for day, name in calendar.days_off.items()}
    days |= dict.fromkeys(calendar.makeup_days, (MAKEUP, ""))
    for day, (kind, name) in sorted(days.items()):
        yield {"day": day.isoformat(), "kind": kind, "name": name}


def _apply_days(path: Path, effect_of: EffectOf) -> StepReport:
    """Publish a calendar with the days of the file and everything else as it is. Raises Refused."""
    table = read_table(path, DayRow, key=("day",))
    if table.problems:
        raise Refused(table.problems)
    days_off = {row.day: row.name for row in table.rows if row.kind == OFF}
    if not days_off:
        raise refuse(path.name, 0, _("tệp không có ngày nghỉ nào."))
    before = _in_force()
    try:
        after = WorkCalendar.from_data(
            {
                **before.to_data(),
                "days_off": days_off,
                "makeup_days": [row.day for row in table.rows if row.kind == MAKEUP],
            }
        )
    except CalendarError as error:
        words = "\n".join(_(one.message) % one.params for one in error.faults)
        raise refuse(path.name, 0, words) from error
    old, new = ({**dict.fromkeys(one.makeup_days, ""), **one.days_off} for one in (before, after))
    report = StepReport(hidden=len(old.keys() - new.keys()))
    for day, name in new.items():
        report.count(new=day not in old, differs=old.get(day) != name)
    if report.changes:
        report.notes = _publish(after, effect_of).notes
    return report
