"""What `make test-clocks` rests on: one clock for the suite and its services, and one other day a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection

from portal.embedded.processes import with_clock
from tests import clocks


def test_the_services_have_the_clock_of_the_suite(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (of_database,) = cursor.fetchone()
    seconds, _microseconds = redis.Redis.from_url(settings.REDIS_URL).time()  # type: ignore[misc]
    for moment in (of_database, datetime.fromtimestamp(seconds, UTC)):
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("shifted", "passed_on"),
    [
        ({"LD_PRELOAD": "other.so"}, {}),
        ({"LD_PRELOAD": "faketime.so", "FAKETIME": "+9s"}, {"LD_PRELOAD": "faketime.so", "FAKETIME": "+9s"}),
    ],
)
def test_services_are_started_with_a_shifted_clock_and_nothing_else(
    shifted: dict[str, str], passed_on: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {"LANG": "C.UTF-8", **shifted})
    assert with_clock({"LC_ALL": "C"}) == {"LC_ALL": "C", **passed_on}


def test_each_clock_has_its_turn() -> None:
    days = [date(2026, 11, 28) + timedelta(days=number) for number in range(len(clocks.NAMES))]
    assert {clocks.of_the_day(day) for day in days} == set(clocks.NAMES)
