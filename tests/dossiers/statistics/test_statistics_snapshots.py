"""Figures kept ready: counted by the tasks of each province, read with one query."""

from datetime import date, datetime, timedelta

import pytest

from dossiers.statistics import tasks
from dossiers.statistics.counts import figures
from dossiers.statistics.models import StatisticsSnapshot
from dossiers.statistics.periods import Period
from dossiers.statistics.results import Figures
from dossiers.statistics.snapshots import kept, refresh, several
from tenants import clock
from tenants.isolation.context import public_context
from tests.dossiers.histories import Act, History, write
from tests.factories import Office

NOVEMBER = Period("month", date(2026, 11, 1))
DIMENSIONS = [None, "agency", "sector", "procedure", "channel"]


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    sent: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.refresh, "delay", lambda *args: sent.append(args))
    # It would close the connection whose transaction this test lives in.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    return sent


def receive(office: Office, moment: datetime, kind: str = "normal") -> None:
    write(office, [History(moment, [Act(moment, 2, due=moment + timedelta(days=5))], kind=kind)])


def snapshot(period: Period, by: str | None = None, kind: str = "normal") -> Figures | None:
    rows = StatisticsSnapshot.objects.filter(unit=period.unit, start=period.start, kind=kind)
    row = rows.filter(dimension=by or "whole").first()
    return Figures.from_dict(row.figures) if row else None


@pytest.mark.parametrize("kind", ["normal", "complaint", "conciliation"])
@pytest.mark.parametrize("by", DIMENSIONS)
def test_a_snapshot_is_what_was_counted(office: Office, noon: datetime, by: str | None, kind: str) -> None:
    for moment in (noon - timedelta(days=30), noon):
        receive(office, moment)
        receive(office, moment, "complaint")
    refresh(NOVEMBER)
    counted = figures(NOVEMBER.start, NOVEMBER.last, by=by, kind=kind)
    assert snapshot(NOVEMBER, by, kind) == counted


def test_a_later_count_replaces_an_earlier_one_and_one_that_took_too_long_nothing(office, noon):
    refresh(NOVEMBER)
    receive(office, noon)
    for hours in (1, -1):
        with clock.frozen(noon + timedelta(hours=hours)):
            refresh(NOVEMBER)
    assert (snapshot(NOVEMBER).total.received, snapshot(NOVEMBER).until) == (1, noon + timedelta(hours=1))


def test_every_hour_the_running_day_and_month_of_each_province(province, noon, hints):
    tasks.refresh_present()
    assert hints == [
        (slug, unit, start)
        for slug in ("daklak", "dongnai")
        for unit, start in (("day", "2026-11-25"), ("month", "2026-11-01"))
    ]


def test_every_night_what_runs_or_ended_in_a_week(province: object, hints: list[tuple[str, ...]]) -> None:
    """Right after midnight in Viet Nam, when it is still the day before in UTC."""
    with clock.frozen(datetime(2027, 1, 1, 0, 20, tzinfo=clock.VIETNAM)):
        assert tasks.refresh_past() == 14
    assert hints[:7] == [
        ("daklak", "day", "2026-12-31"),
        ("daklak", "month", "2027-01-01"),
        ("daklak", "month", "2026-12-01"),
        ("daklak", "quarter", "2027-01-01"),
        ("daklak", "quarter", "2026-10-01"),
        ("daklak", "year", "2027-01-01"),
        ("daklak", "year", "2026-01-01"),
    ]


def test_on_sundays_two_years_back(province: object, hints: list[tuple[str, ...]]) -> None:
    with clock.frozen(datetime(2027, 1, 3, 0, 20, tzinfo=clock.VIETNAM)):
        assert tasks.refresh_past() == 42
    assert hints[:3] + hints[13:21] == [
        ("daklak", "day", "2027-01-02"),
        ("daklak", "month", "2027-01-01"),
        ("daklak", "month", "2026-12-01"),
        ("daklak", "month", "2026-01-01"),
        ("daklak", "quarter", "2027-01-01"),
        *(("daklak", "quarter", f"2026-{month}-01") for month in ("10", "07", "04", "01")),
        ("daklak", "year", "2027-01-01"),
        ("daklak", "year", "2026-01-01"),
    ]


@pytest.mark.committed
def test_the_task_counts_in_the_province_it_is_told(committed_province, noon):
    receive(Office("H99"), noon)
    with public_context():
        tasks.refresh(committed_province.slug, "day", "2026-11-25")
    assert snapshot(Period("day", noon.date())).total.received == 1


@pytest.mark.parametrize(
    ("unit", "day", "start", "last", "previous"),
    [
        ("month", date(2026, 2, 14), date(2026, 2, 1), date(2026, 2, 28), date(2026, 1, 1)),
        ("quarter", date(2026, 2, 14), date(2026, 1, 1), date(2026, 3, 31), date(2025, 10, 1)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31), date(2026, 7, 1)),
        ("year", date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2025, 1, 1)),
    ],
)
def test_a_day_lies_in_a_period(unit, day, start, last, previous):
    period = Period.of(unit, day)
    assert (period.start, period.last, period.previous.start) == (start, last, previous)


KEYS = {
    "2026-11-25": Period("day", date(2026, 11, 25)),
    "2026-11": NOVEMBER,
    "2026-q4": Period("quarter", date(2026, 10, 1)),
    "2026-q1": Period("quarter", date(2026, 1, 1)),
    "2026": Period("year", date(2026, 1, 1)),
}


@pytest.mark.parametrize(("key", "period"), KEYS.items())
def test_a_period_has_a_key_and_is_found_by_it(key: str, period: Period) -> None:
    assert (period.key, Period.from_key(key)) == (key, period)


def test_periods_with_dossiers_are_known_by_one_query(office, noon, django_assert_num_queries):
    receive(office, noon)
    for unit, day in (("month", date(2026, 9, 1)), ("month", noon.date()), ("quarter", noon.date())):
        refresh(Period.of(unit, day))
    with django_assert_num_queries(1):
        assert kept("month") == [NOVEMBER]
    assert kept("quarter", "month") == [Period.of("quarter", noon.date()), NOVEMBER]


def test_figures_of_several_periods_come_in_one_query(office, noon, django_assert_num_queries):
    receive(office, noon)
    refresh(NOVEMBER)
    wanted = [(NOVEMBER, None), (NOVEMBER, "agency"), (NOVEMBER.previous, None)]
    with django_assert_num_queries(1):
        found = several(wanted)
    assert set(found) == {(NOVEMBER, None), (NOVEMBER, "agency")}
    assert found[NOVEMBER, "agency"] == (snapshot(NOVEMBER, "agency"), noon)
    assert several([]) == {}
