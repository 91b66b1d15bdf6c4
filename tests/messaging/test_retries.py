from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from messaging import retries

DUE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@given(attempt=st.integers(1, 10_000))
def test_a_wait_is_between_a_second_and_the_ceiling_of_its_attempt(attempt: int) -> None:
    assert timedelta(seconds=1) <= retries.wait_after(attempt) <= retries.ceiling(attempt)


def test_the_ceiling_grows_from_seconds_to_hours() -> None:
    ceilings = [retries.ceiling(attempt).total_seconds() for attempt in range(1, 14)]
    assert ceilings == [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 10800, 10800]


def test_waits_of_the_same_attempt_differ() -> None:
    assert len({retries.wait_after(8) for _ in range(20)}) > 1


def test_a_channel_is_not_disturbed_before_the_time_it_named() -> None:
    assert retries.wait_after(1, at_least=timedelta(minutes=5)) == timedelta(minutes=5)


def test_the_last_try_is_at_the_end_of_the_24_hours() -> None:
    late = DUE + timedelta(hours=23)
    assert retries.next_try(late, DUE, timedelta(hours=3)) == DUE + timedelta(hours=24)


def test_after_24_hours_there_is_no_other_try() -> None:
    assert retries.next_try(DUE + timedelta(hours=24), DUE, timedelta(seconds=1)) is None


def test_24_hours_of_failures_end() -> None:
    now, attempt = DUE, 1
    while (moment := retries.next_try(now, DUE, retries.wait_after(attempt))) is not None:
        now, attempt = moment, attempt + 1
    assert (now - DUE, attempt < 100) == (timedelta(hours=24), True)
