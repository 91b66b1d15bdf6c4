"""`manage.py deadline`: the worked cases through the command, refusals in words, nothing but a Python needed."""

import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle.due_dates import national_calendar
from tests import tables
from tests.factories import Office


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("deadline", *arguments, stdout=out)
    return out.getvalue()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    errors = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("deadline", *arguments, stderr=errors)
    assert ended.value.code == 2
    return errors.getvalue()


def test_the_explanation_follows_the_date() -> None:
    date, explanation = run("2026-11-16T14:10", "15", "working_day").splitlines()
    assert date == "2026-12-08T17:00"
    assert "Bỏ qua 24/11/2026 (Ngày Văn hóa Việt Nam)" in explanation


def test_it_explains_in_english_when_asked() -> None:
    assert "working days" in run("2026-11-16T14:10", "15", "working_day", "--english")


@pytest.mark.parametrize(
    "unit", [("ngày", "làm", "việc"), ("ngay lam viec",), ("working-days",), ("WORKING_DAY",)]
)
def test_a_unit_may_be_said_in_words(unit: tuple[str, ...]) -> None:
    assert run("2026-11-16T14:10", "15", *unit).startswith("2026-12-08T17:00\n")


def test_completed_papers_begin_the_term_anew() -> None:
    printed = run("2026-11-16T14:10", "3", "working_day", "--restart", "2026-11-26T09:00")
    assert printed.startswith("2026-12-01T17:00\n")


def test_a_re_appointment_names_a_day_and_a_reason() -> None:
    printed = run(
        "2026-11-16T14:10", "3", "working_day", "--extend", "2026-12-04", "--reason", "Chờ xác minh"
    )
    assert printed.startswith("2026-12-04T17:00\n")
    assert "Lý do: Chờ xác minh." in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        *tables.read(__file__, "refused_counts.yaml"),
        (("2026-11-16T14:10", "9" * 5000, "working_day"), "không phải số nguyên"),
    ],
)
def test_what_cannot_be_counted_is_said_in_one_sentence(capsys, arguments, sentence):
    said = refused(capsys, *arguments)
    assert sentence in said
    assert said.count("\n") == 1


def test_an_unknown_province_is_said(db: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Không có tỉnh “atlantis”" in refused(
        capsys, "2026-11-16T14:10", "3", "month", "--province=atlantis"
    )


def test_a_province_counts_by_its_own_calendar(office: Office) -> None:
    # The office of the tests knows no Tết: the week before the national calendar's date.
    printed = run("2026-02-13T09:00", "5", "working_day", "--province=daklak")
    assert printed.startswith("2026-02-20T17:00\n")


def test_it_runs_where_there_is_no_database_and_no_setting() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "deadline", "2026-11-16T14:10", "15", "working_day"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": os.environ["TEST_ROOT"] + "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("2026-12-08T17:00\n")


@pytest.mark.parametrize("slug", ["daklak", "dongnai"])
def test_the_national_calendar_has_the_days_of_the_provinces(slug: str) -> None:
    text = (settings.PROVINCES_DIR / slug / "calendar.yaml").read_text(encoding="utf-8")
    provincial, national = WorkCalendar.from_data(yaml.safe_load(text)), national_calendar()
    years = provincial.known_years
    assert provincial.days_off == {day: name for day, name in national.days_off.items() if day.year in years}
    assert provincial.makeup_days == {day for day in national.makeup_days if day.year in years}
