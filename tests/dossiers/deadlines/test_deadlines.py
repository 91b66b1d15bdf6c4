import csv
from datetime import timedelta
from pathlib import Path

import pytest

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import (
    Extension,
    ExtensionError,
    Pause,
    Term,
    TermError,
    TermUnit,
    check_extension,
    compute,
    working_days_left,
)
from tests import tables
from tests.dossiers.deadlines.calendars import CALENDAR, CALENDAR_COUNTS, at


def rows(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CASES = [*rows("examples.csv"), *rows("worked.csv")]

FIFTEEN_DAYS = Term(15, TermUnit.WORKING_DAY)
RECEIVED = at("2026-11-16T14:10")
DUE = at("2026-12-08T17:00")


@pytest.mark.parametrize("row", CASES, ids=[row["case"] for row in CASES])
def test_every_worked_case(row):
    pauses = [Pause(*(at(end) for end in span.split("/") if end)) for span in row["pauses"].split()]
    calendar = {"transfer": CALENDAR, "counts": CALENDAR_COUNTS}[row["cutoff"]]
    term = Term(int(row["value"]), TermUnit(row["unit"]))
    due = compute(at(row["received"]), term, calendar, pauses=pauses).due
    assert due == (at(row["due"]) if row["due"] else None)


@pytest.mark.parametrize(
    ("received", "counted_from"),
    [
        ("2026-11-16T17:00", "2026-11-16T17:00"),  # at closing is not after closing
        ("2026-11-16T17:01", "2026-11-17T07:30"),
        ("2026-11-16T05:00", "2026-11-16T05:00"),
        ("2026-11-20T19:00", "2026-11-23T07:30"),
        ("2026-11-23T19:00", "2026-11-25T07:30"),
    ],
)
def test_a_receipt_outside_hours_counts_from_the_next_opening(received, counted_from):
    assert compute(at(received), FIFTEEN_DAYS, CALENDAR).counted_from == at(counted_from)


def test_seconds_do_not_count():
    received = at("2026-11-17T15:00") + timedelta(seconds=59)
    assert compute(received, Term(0, TermUnit.SAME_DAY), CALENDAR).due == at("2026-11-17T17:00")


def test_another_time_than_15_hours_is_dated_data():
    cutoffs = [["2026-01-01", "counts"], ["2026-11-17", "counts", "16:00"]]
    calendar = WorkCalendar.from_data({**CALENDAR.to_data(), "cutoffs": cutoffs})
    one_day = Term(1, TermUnit.WORKING_DAY)
    assert compute(at("2026-11-16T15:30"), one_day, calendar).due == at("2026-11-18T17:00")
    assert compute(at("2026-11-17T15:30"), one_day, calendar).due == at("2026-11-18T17:00")
    assert compute(at("2026-11-17T15:30"), Term(0, TermUnit.SAME_DAY), calendar).due == at("2026-11-17T17:00")


def test_without_a_term_nothing_is_invented():
    deadline = compute(RECEIVED, None, CALENDAR)
    assert (deadline.due, deadline.suspended_since) == (None, None)


class TestPauses:
    def test_a_pause_over_a_weekend_takes_nothing(self):
        pause = Pause(at("2026-11-20T17:00"), at("2026-11-23T07:30"))
        deadline = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=[pause])
        assert (deadline.due, deadline.pauses) == (DUE, ())

    def test_a_pause_cannot_end_before_it_starts(self):
        with pytest.raises(ValueError, match="pause"):
            compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=[Pause(DUE, RECEIVED)])


class TestRestart:
    RESTARTED = at("2026-11-30T09:00")

    def test_the_term_begins_anew(self):
        restarted = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, restarted_at=self.RESTARTED)
        assert restarted.due == compute(self.RESTARTED, FIFTEEN_DAYS, CALENDAR).due

    def test_earlier_pauses_no_longer_matter(self):
        pauses = [Pause(at("2026-11-18T07:30"), at("2026-12-02T09:00")), Pause(at("2026-11-27T07:30"))]
        restarted = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, restarted_at=self.RESTARTED)
        tail = Pause(self.RESTARTED, at("2026-12-02T09:00"))
        expected = compute(self.RESTARTED, FIFTEEN_DAYS, CALENDAR, pauses=[tail]).due
        paused = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=pauses, restarted_at=self.RESTARTED)
        assert (paused.due, paused.suspended_since) == (expected, None)
        assert paused.due > restarted.due

    def test_a_pause_after_it_counts(self):
        deadline = compute(
            RECEIVED,
            FIFTEEN_DAYS,
            CALENDAR,
            pauses=[Pause(at("2026-12-02T09:00"))],
            restarted_at=self.RESTARTED,
        )
        assert deadline.suspended_since is not None

    def test_it_cannot_come_before_the_receipt(self):
        with pytest.raises(ValueError, match="restart"):
            compute(self.RESTARTED, FIFTEEN_DAYS, CALENDAR, restarted_at=RECEIVED)


class TestExtension:
    GIVEN = Extension(at("2026-12-15T00:00"), "Chờ ý kiến của cơ quan chuyên ngành", at("2026-12-04T09:00"))

    def test_the_new_date_holds_up_to_closing(self):
        assert compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, extension=self.GIVEN).due == at("2026-12-15T17:00")

    def test_it_never_shortens(self):
        extension = Extension(at("2026-12-01T17:00"), "Nhầm")
        deadline = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, extension=extension)
        assert (deadline.due, deadline.extension) == (DUE, None)

    def test_a_later_pause_moves_the_new_date(self):
        pause = Pause(at("2026-12-07T07:30"), at("2026-12-09T07:30"))
        deadline = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=[pause], extension=self.GIVEN)
        assert deadline.due == at("2026-12-17T17:00")

    def test_an_earlier_pause_was_known_when_it_was_given(self):
        pause = Pause(at("2026-11-25T07:30"), at("2026-11-27T07:30"))
        deadline = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=[pause], extension=self.GIVEN)
        assert deadline.due == at("2026-12-15T17:00")

    def test_an_open_pause_suspends_the_new_date(self):
        deadline = compute(
            RECEIVED, FIFTEEN_DAYS, CALENDAR, pauses=[Pause(at("2026-12-10T09:00"))], extension=self.GIVEN
        )
        assert deadline.due is None

    @pytest.mark.parametrize(
        ("decided", "due"),
        [("2026-12-04T09:00", "2026-12-28T17:00"), ("2026-12-21T09:00", "2027-01-15T17:00")],
    )
    def test_one_from_before_a_restart_no_longer_holds(self, decided, due):
        extension = Extension(at("2027-01-15T17:00"), "Lý do", at(decided))
        restarted = at("2026-12-07T09:00")
        deadline = compute(RECEIVED, FIFTEEN_DAYS, CALENDAR, restarted_at=restarted, extension=extension)
        assert deadline.due == at(due)

    def test_it_may_be_given_one_working_day_before(self):
        check_extension(DUE, self.GIVEN, at("2026-12-07T16:59"), CALENDAR)

    @pytest.mark.parametrize(
        ("due", "reason", "decided", "given_before", "sentence"),
        [
            ("2026-12-15T17:00", "Lý do", "2026-12-08T08:00", 0, "một ngày làm việc trước"),
            ("2026-12-15T17:00", "Lý do", "2026-12-04T09:00", 1, "chỉ được hẹn lại một lần"),
            ("2026-12-15T17:00", "  ", "2026-12-04T09:00", 0, "lý do"),
            ("2026-12-08T17:00", "Lý do", "2026-12-04T09:00", 0, "phải sau ngày hẹn"),
            ("2026-12-13T17:00", "Lý do", "2026-12-04T09:00", 0, "Chủ nhật"),
        ],
    )
    def test_it_is_refused(self, due, reason, decided, given_before, sentence):
        with pytest.raises(ExtensionError, match=sentence):
            check_extension(DUE, Extension(at(due), reason), at(decided), CALENDAR, given_before=given_before)


@pytest.mark.parametrize(
    ("now", "left"),
    tables.read(__file__, "days_left.yaml"),
)
def test_working_days_left(now, left):
    assert working_days_left(at(now), DUE, CALENDAR) == left


def test_late_over_a_weekend_is_late():
    assert working_days_left(at("2026-11-21T09:00"), at("2026-11-20T17:00"), CALENDAR) == -1


@pytest.mark.parametrize("value", [0, -1, 3651])
def test_a_term_has_bounds(value):
    with pytest.raises(TermError, match="từ 1 đến 3650"):
        Term(value, TermUnit.WORKING_DAY)


@pytest.mark.parametrize("unit", TermUnit)
@pytest.mark.parametrize("received", [RECEIVED, at("2999-12-31T23:59")], ids=["now", "last"])
def test_the_longest_term_can_be_counted(unit, received):
    assert compute(received, Term(3650, unit), CALENDAR).due


@pytest.mark.parametrize("argument", ["received", "restarted_at", "pause", "extension"])
def test_a_naive_moment_is_refused(argument):
    naive = RECEIVED.replace(tzinfo=None)
    arguments = {
        "received": {"received": naive},
        "restarted_at": {"restarted_at": naive},
        "pause": {"pauses": [Pause(naive)]},
        "extension": {"extension": Extension(naive, "Lý do")},
    }[argument]
    with pytest.raises(ValueError, match="naive"):
        compute(**{"received": RECEIVED, "term": FIFTEEN_DAYS, "calendar": CALENDAR, **arguments})


def test_an_unknown_year_is_said():
    deadline = compute(at("2027-12-20T09:00"), FIFTEEN_DAYS, CALENDAR)
    assert deadline.unknown_year == 2028
