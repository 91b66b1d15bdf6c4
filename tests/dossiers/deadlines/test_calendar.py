import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.deadlines.rules.calendar import CalendarError, WorkCalendar
from tests import tables
from tests.dossiers.deadlines.calendars import CALENDAR, CALENDAR_COUNTS, VIETNAM, at

BAD = tables.read(__file__, "bad_calendars.yaml")

MONDAY = date(2026, 11, 23)
SIX_DAYS = WorkCalendar(weekdays=frozenset({1, 2, 3, 4, 5, 6}), days_off={MONDAY: "Ngày nghỉ"})
ONE_YEAR_CLOSED = WorkCalendar(days_off={date(2026, 1, 1) + timedelta(days=n): "Nghỉ" for n in range(365)})


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 11, 23), None),
        (date(2026, 11, 21), "thứ Bảy"),
        (date(2026, 11, 22), "Chủ nhật"),
        (date(2026, 11, 24), "Ngày Văn hóa Việt Nam"),
        (date(2026, 8, 22), None),  # a make-up Saturday
    ],
)
def test_why_a_day_is_closed(day, reason):
    assert CALENDAR.why_closed(day) == reason
    assert CALENDAR.is_open_day(day) is (reason is None)


def test_first_open_day_may_be_the_day_itself():
    assert CALENDAR.first_open_day(MONDAY) == MONDAY
    assert CALENDAR.first_open_day(date(2026, 2, 14)) == date(2026, 2, 23)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_open_days_backwards_are_negative(one, other):
    assert CALENDAR.open_days_between(one, other) == -CALENDAR.open_days_between(other, one)


days = st.dates(date(2025, 12, 1), date(2027, 2, 1))


@given(st.sampled_from([CALENDAR, SIX_DAYS, ONE_YEAR_CLOSED]), days, st.integers(-500, 500))
def test_open_days_are_those_found_one_by_one(calendar, day, count):
    found, left = day, count
    while left:
        found += timedelta(days=1 if count > 0 else -1)
        left -= calendar.is_open_day(found) * (1 if count > 0 else -1)
    assert calendar.add_open_days(day, count) == found


@given(st.sampled_from([CALENDAR, SIX_DAYS, ONE_YEAR_CLOSED]), days, days)
def test_days_between_are_open_or_closed(calendar, one, other):
    start, end = sorted((one, other))
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    closed = calendar.closed_days_between(start, end)
    assert closed == [day for day in between if not calendar.is_open_day(day)]
    assert calendar.open_days_between(start, end) == len(between) - len(closed)


def test_threads_that_ask_at_once_get_the_same_days():
    calendar = WorkCalendar(days_off=CALENDAR.days_off)
    with ThreadPoolExecutor(8) as pool:
        asked = pool.map(lambda count: calendar.add_open_days(MONDAY, count), [200] * 64)
    assert set(asked) == {CALENDAR.add_open_days(MONDAY, 200)}


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23T07:30", "2026-11-23T17:00", 450),
        ("2026-11-23T10:00", "2026-11-23T14:00", 120),  # over lunch
        ("2026-11-23T17:00", "2026-11-25T07:30", 0),  # a holiday between
        ("2026-11-20T16:00", "2026-11-23T08:00", 90),  # over a weekend
        ("2026-11-23T10:00", "2026-11-23T09:00", 0),
    ],
)
def test_working_minutes(start, end, minutes):
    assert CALENDAR.working_minutes(at(start), at(end)) == minutes


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30)), st.integers(1, 10_000))
def test_working_minutes_undo_adding_them(moment, minutes):
    start = CALENDAR.local(moment.replace(tzinfo=VIETNAM))
    end = CALENDAR.add_working_minutes(start, minutes)
    assert CALENDAR.working_minutes(start, end) == minutes


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="naive"):
        CALENDAR.local(datetime(2026, 11, 23, 9, 0))


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_a_year_that_no_dossier_can_have_is_refused(year):
    with pytest.raises(CalendarError, match="xa như vậy"):
        CALENDAR.local(datetime(year, 6, 1, tzinfo=UTC))


def test_the_cutoff_rule_has_an_effective_date():
    calendar = WorkCalendar.from_data({"cutoffs": [["2026-10-01", "transfer"], ["2026-07-01", "counts"]]})
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 10, 1)]
    assert [calendar.cutoff(day)[0] for day in days] == ["transfer", "counts", "transfer"]


def test_a_year_without_days_off_is_unknown():
    assert CALENDAR.knows(2027)
    assert not CALENDAR.knows(2028)


def test_the_end_of_time_is_a_sentence_not_a_crash():
    with pytest.raises(CalendarError, match="xa như vậy"):
        CALENDAR.next_open_day(date.max)


@pytest.mark.parametrize(
    "calendar",
    [
        CALENDAR,
        CALENDAR_COUNTS,
        WorkCalendar(),
        WorkCalendar(cutoffs=((date(2026, 1, 1), "counts", time(16, 30)),)),
    ],
)
def test_data_makes_a_round_trip_through_json(calendar):
    assert WorkCalendar.from_data(json.loads(json.dumps(calendar.to_data()))) == calendar


def test_equal_calendars_have_equal_hashes():
    assert hash(WorkCalendar.from_data(CALENDAR.to_data())) == hash(CALENDAR)


@pytest.mark.parametrize(("data", "sentence"), BAD["data"])
def test_bad_data_is_named_in_vietnamese(data, sentence):
    with pytest.raises(CalendarError, match=sentence):
        WorkCalendar.from_data(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["weekdays", "days_off", "makeup_days", "sessions", "cutoffs"]


@given(JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
def test_data_are_read_or_refused_and_nothing_else(data):
    with suppress(CalendarError):
        WorkCalendar.from_data(data)
