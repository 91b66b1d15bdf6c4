from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from messaging.channels.lanes import retry_policy

DUE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@given(attempt=st.integers(1, 10_000))
def test_a_wait_is_between_a_second_and_the_ceiling_of_its_attempt(attempt: int) -> None:
    assert timedelta(seconds=1) <= retry_policy.wait_after(attempt) <= retry_policy.ceiling(attempt)


def test_the_ceiling_grows_from_seconds_to_hours() -> None:
    ceilings = [retry_policy.ceiling(attempt).total_seconds() for attempt in range(1, 14)]
    assert ceilings == [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 10800, 10800]


def test_waits_of_the_same_attempt_differ() -> None:
    assert len({retry_policy.wait_after(8) for _ in range(20)}) > 1


def test_a_channel_is_not_disturbed_before_the_time_it_named() -> None:
    assert retry_policy.wait_after(1, at_least=timedelta(minutes=5)) == timedelta(minutes=5)


END = DUE + timedelta(hours=24)


def test_the_last_try_is_at_the_end_of_its_hours_and_there_is_none_after() -> None:
    assert retry_policy.next_try(DUE + timedelta(hours=23), END, timedelta(hours=3)) == END
    assert retry_policy.next_try(END, END, timedelta(seconds=1)) is None


def test_a_day_of_failures_ends() -> None:
    now, attempt = DUE, 1
    while (moment := retry_policy.next_try(now, END, retry_policy.wait_after(attempt))) is not None:
        now, attempt = moment, attempt + 1
    assert (now - DUE, attempt <= retry_policy.MOST_ATTEMPTS) == (timedelta(hours=24), True)
