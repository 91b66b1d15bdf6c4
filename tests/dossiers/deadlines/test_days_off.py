"""The days off of the province as a file: taken out, looked at, brought back."""

from pathlib import Path

import pytest

from dossiers.deadlines import folder as calendar
from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle.actions import calendar_change
from tenants.folder.problems import Refused
from tenants.folder.readers.spreadsheets import as_csv
from tenants.folder.tables import Part
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.onboarding import tables as table_exchange
from tests.factories import CALENDAR

HEADING = "day,kind,name\n"
AS_IT_IS = HEADING + "2026-11-24,nghỉ,Ngày Văn hóa Việt Nam\n2027-01-01,nghỉ,Tết Dương lịch\n"


@pytest.fixture
def part(province: ProvinceRecord) -> Part:
    CalendarVersion.publish(CALENDAR)
    return calendar.make_part(calendar_change.effect_of)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / calendar.DAYS
    path.write_text(text, encoding="utf-8")
    return path


def test_the_days_of_the_calendar_come_out(part: Part) -> None:
    assert as_csv(tuple(part.columns), part.rows()).replace("\r", "").lstrip("\ufeff") == AS_IT_IS


def test_what_was_taken_out_makes_no_new_version(part: Part) -> None:
    assert table_exchange.bring(part, AS_IT_IS.encode()).report.changes == 0
    assert CalendarVersion.objects.count() == 1


@pytest.mark.parametrize("day", ["2027-02-05", "05/02/2027", "5/2/2027"])
def test_days_may_be_written_in_both_ways(part: Part, tmp_path: Path, day: str) -> None:
    part.apply(written(tmp_path, f"{AS_IT_IS}{day},nghỉ,Tết Nguyên đán\n"), False)
    assert CalendarVersion.in_force().data["days_off"]["2027-02-05"] == "Tết Nguyên đán"


def test_hours_and_the_rest_stay_as_they_are(part: Part, tmp_path: Path) -> None:
    report = part.apply(written(tmp_path, HEADING + "2027-01-01,nghỉ,Tết\n2027-01-09,làm bù,\n"), False)
    after = CalendarVersion.in_force().calendar
    assert (report.added, report.changed, report.hidden) == (1, 1, 1)
    assert after.sessions == CalendarVersion.objects.get(number=1).calendar.sessions
    assert [day.isoformat() for day in after.makeup_days] == ["2027-01-09"]


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("2027-13-01,nghỉ,Tết", "day", "không phải ngày"),
        ("01-01-2027,nghỉ,Tết", "day", "không phải ngày"),
        ("01/01/2027,nghỉ,Tết", "day", "đã có ở dòng 3"),
        ("2027-02-05,nghi,Tết", "kind", "phải là một trong"),
        ("2027-02-05,nghỉ,", "name", "phải có tên"),
    ],
)
def test_faults_are_told_with_their_place(part, tmp_path, line, column, says):
    with pytest.raises(Refused) as refused:
        part.apply(written(tmp_path, f"{AS_IT_IS}{line}\n"), False)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column_name, says in problem.message) == (4, column, True)


def test_an_empty_list_is_refused(part: Part, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="không có ngày nghỉ nào"):
        part.apply(written(tmp_path, HEADING), False)
