from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from messaging.outbox import sending_rules
from messaging.outbox.models.messages import SendingRules
from tenants.clock import VIETNAM

OPENS = time(7, 0)
RULES = SendingRules(window_from=OPENS, window_until=time(21, 30))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=VIETNAM)
)


def at(hour: int, minute: int = 0, day: int = 25) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def test_the_hours_include_their_beginning_and_not_their_end() -> None:
    moments = [at(6, 59), at(7), at(21, 29), at(21, 30)]
    assert [sending_rules.is_open(moment, RULES) for moment in moments] == [False, True, True, False]


def test_it_waits_for_the_next_morning_that_comes() -> None:
    assert [sending_rules.next_opening(moment, RULES) for moment in (at(3), at(22))] == [at(7), at(7, day=26)]


@given(moment=MOMENTS)
def test_what_is_put_off_is_sent_within_the_hours_and_never_earlier(moment: datetime) -> None:
    later = sending_rules.next_send_time(moment, RULES)
    assert (sending_rules.is_open(later, RULES), later >= moment) == (True, True)


def test_the_morning_is_not_stormed() -> None:
    later = {sending_rules.next_send_time(at(3), RULES) for _ in range(50)}
    assert (len(later) > 40, max(later) <= at(7) + sending_rules.SPREAD) == (True, True)


@given(moment=MOMENTS, minutes=st.integers(1, 9))
def test_hours_that_are_shorter_than_the_spread_are_kept(moment: datetime, minutes: int) -> None:
    closes = (datetime.combine(moment, OPENS) + timedelta(minutes=minutes)).time()
    rules = SendingRules(window_from=OPENS, window_until=closes)
    assert sending_rules.is_open(sending_rules.next_send_time(moment, rules), rules)
