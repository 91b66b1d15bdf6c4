"""What each day between receipt and due date counts as, beside the date that the same rules give."""

import pytest

from dossiers.deadlines.rules.deadlines import Extension, Pause, Promise, Term, TermUnit, compute
from dossiers.deadlines.rules.explanation import Day, DayKind, day_by_day
from tests.dossiers.deadlines.calendars import CALENDAR, at

FIVE = Term(5, TermUnit.WORKING_DAY)
MONDAY = at("2026-11-16T09:00")
LOOKS = {"received": "r", "counted": "c", "closed": "-", "paused": "p", "added": "+"}


def days(**facts: object) -> list[Day]:
    return day_by_day(compute(MONDAY, FIVE, CALENDAR, **facts), CALENDAR)


def drawn(found: list[Day]) -> str:
    return "".join(LOOKS[day.kind] for day in found)


def test_days_are_counted_to_the_due_date_without_the_closed_ones() -> None:
    found = days()
    assert drawn(found) == "rcccc--c"
    assert [day.number for day in found] == [0, 1, 2, 3, 4, 4, 4, 5]
    assert [day.is_due for day in found] == [False] * 7 + [True]


def test_a_day_off_has_its_name_and_weekly_rest_has_none() -> None:
    found = day_by_day(compute(at("2026-11-20T09:00"), FIVE, CALENDAR), CALENDAR)
    assert [day.holiday for day in found if day.kind is DayKind.CLOSED] == [
        "",
        "",
        "Ngày Văn hóa Việt Nam",
        "",
        "",
    ]


def test_whole_days_of_a_pause_are_not_counted() -> None:
    pause = Pause(at("2026-11-18T07:00"), at("2026-11-20T07:00"))
    assert drawn(days(pauses=[pause])) == "rcppc--c-cc"


def test_a_day_that_a_pause_only_cuts_is_made_up_for_at_the_end() -> None:
    found = days(pauses=[Pause(at("2026-11-18T10:00"), at("2026-11-18T11:00"))])
    assert drawn(found) == "rcccc--c-c"
    assert [day.number for day in found] == [0, 1, 1, 2, 3, 3, 3, 4, 4, 5]


def test_days_of_a_new_appointment_come_after_the_term() -> None:
    found = days(extension=Extension(at("2026-11-25T17:00"), "Chờ đo đạc", at("2026-11-19T09:00")))
    assert drawn(found) == "rcccc--c-+"
    assert (found[-1].number, found[-1].is_due) == (5, True)


def test_counting_begins_anew_after_a_restart() -> None:
    assert days(restarted_at=at("2026-11-18T09:00"))[0].date.isoformat() == "2026-11-18"


@pytest.mark.parametrize(
    "facts",
    [
        {"promise": Promise(at("2026-11-30T17:00"), at("2026-11-17T09:00"))},
        {"pauses": [Pause(at("2026-11-18T09:00"))]},
    ],
    ids=["promised elsewhere", "suspended"],
)
def test_nothing_where_days_do_not_explain_the_date(facts: dict[str, object]) -> None:
    assert days(**facts) == []


@pytest.mark.parametrize("term", [None, Term(10, TermUnit.CALENDAR_DAY), Term(8, TermUnit.HOUR)])
def test_nothing_for_other_units(term: Term | None) -> None:
    assert day_by_day(compute(MONDAY, term, CALENDAR), CALENDAR) == []
