"""The days off and make-up days of the calendar as a table to take out and bring back."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BeforeValidator, Strict, model_validator

from dossiers.deadlines.folder.calendar import EffectOf, publish
from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import CalendarError, WorkCalendar
from tenants.folder.problems import Refused, refuse
from tenants.folder.readers.csv_reader import TableRow, read_table
from tenants.folder.steps import StepReport
from tenants.folder.tables import Part
from tenants.validation import fault, fault_at, gettext_noop, shown

FILE = "ngay-nghi.csv"
OFF, MAKEUP = "nghỉ", "làm bù"
COLUMNS = {
    "day": _("ngày, dạng 2027-01-01 hoặc 01/01/2027"),
    "kind": _("nghỉ hoặc làm bù"),
    "name": _("tên ngày nghỉ, in trên phiếu và trang tra cứu; ngày làm bù thì để trống"),
}
_SHAPES = (
    re.compile(r"\A(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})\Z"),
    re.compile(r"\A(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})\Z"),
)


def _day(text: str) -> date:
    found = next(filter(None, (shape.match(text) for shape in _SHAPES)), None)
    try:
        if found:
            return date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError:
        pass
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
    """The part of the days off; `effect_of` tells what a calendar would do to running dossiers."""
    return Part(
        code="ngay-nghi",
        title=_("Ngày nghỉ, ngày làm bù"),
        explained=_(
            "Tệp phải có đủ mọi ngày, cả các năm trước. Ghi xong thì hồ sơ mới tính theo lịch mới; hồ sơ đã "
            "nhận giữ lịch lúc nhận."
        ),
        file=FILE,
        key=("day",),
        name="name",
        columns=COLUMNS,
        rows=rows,
        apply=partial(apply, effect_of=effect_of),
    )


def rows() -> Iterator[dict[str, str]]:
    """The days of the calendar in force, in order; none where the province has no calendar yet."""
    calendar = _in_force()
    days = {day: (OFF, name) for day, name in calendar.days_off.items()}
    days |= dict.fromkeys(calendar.makeup_days, (MAKEUP, ""))
    for day, (kind, name) in sorted(days.items()):
        yield {"day": day.isoformat(), "kind": kind, "name": name}


def apply(path: Path, hide_missing: bool, effect_of: EffectOf) -> StepReport:
    """Publish a calendar with the days of the file and everything else as it is. Raises Refused."""
    table = read_table(path, DayRow, key=("day",))
    if table.problems:
        raise Refused(table.problems)
    days_off = {row.day: row.name for row in table.rows if row.kind == OFF}
    if not days_off:
        raise refuse(path.name, 0, gettext("tệp không có ngày nghỉ nào."))
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
        words = "\n".join(gettext(one.message) % one.params for one in error.faults)
        raise refuse(path.name, 0, words) from error
    old, new = _by_day(before), _by_day(after)
    report = StepReport(
        added=len(new.keys() - old.keys()),
        changed=sum(old[day] != new[day] for day in old.keys() & new.keys()),
        hidden=len(old.keys() - new.keys()),
        unchanged=sum(old[day] == new[day] for day in old.keys() & new.keys()),
    )
    if report.changes:
        report.notes = publish(after, effect_of).notes
    return report


def _by_day(calendar: WorkCalendar) -> dict[date, str]:
    return {**dict.fromkeys(calendar.makeup_days, ""), **calendar.days_off}


def _in_force() -> WorkCalendar:
    newest = CalendarVersion.newest()
    # Not `.calendar`, which a process keeps: a version that is only tried out never was.
    return WorkCalendar.from_data(newest.data) if newest else WorkCalendar()
