"""When a lane rests and when it works again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason
from messaging.channels.lanes import circuit_breaker
from messaging.channels.lanes.circuit_breaker import Condition, after

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
DOWN = Outcome(OutcomeKind.TEMPORARY, "503", "Máy chủ của kênh lỗi.", reason=Reason.PROVIDER)
CUT = Outcome(OutcomeKind.UNKNOWN, "cut", reason=Reason.TRANSPORT)
WELL = Condition()
FINE = Outcome(OutcomeKind.ACCEPTED)
REFUSED = Outcome(OutcomeKind.PERMANENT, "-118", reason=Reason.NO_ACCOUNT)
TOKEN = Outcome(OutcomeKind.TEMPORARY, "-124", "Khóa hết hạn.", reason=Reason.CREDENTIAL)


def many(result: Outcome | Finding, count: int, condition: Condition = WELL) -> Condition:
    for _ in range(count):
        condition = after(condition, result, NOW)
    return condition


def rested(condition: Condition) -> datetime:
    """The moment at which the rest is over."""
    assert condition.rests_until is not None
    return condition.rests_until


def test_some_failures_are_borne() -> None:
    assert many(DOWN, circuit_breaker.FAILURES_BEFORE_REST - 1).rests_until is None


@pytest.mark.parametrize("result", [DOWN, Finding.LATER])
def test_failures_in_a_row_make_it_rest(result: Outcome | Finding) -> None:
    condition = many(result, circuit_breaker.FAILURES_BEFORE_REST)
    assert timedelta(seconds=3) <= rested(condition) - NOW <= circuit_breaker.SHORTEST_REST


def test_one_answer_that_nobody_can_read_is_enough() -> None:
    """The message may have been taken, so each further one may become a telephone call."""
    condition = after(WELL, CUT, NOW)
    assert timedelta(0) < rested(condition) - NOW <= circuit_breaker.FIRST_REST
    assert condition.asks_first


def test_another_one_after_the_provider_had_answered_a_question_lengthens_the_rest_at_once() -> None:
    answered = replace(after(WELL, CUT, NOW), rests_until=None)
    assert rested(after(answered, CUT, NOW)) - NOW >= circuit_breaker.LONGEST_REST * 0.75


@pytest.mark.parametrize("finding", [Finding.AWAITED, Finding.UNSUPPORTED])
def test_what_no_provider_was_asked_about_says_nothing(finding: Finding) -> None:
    in_doubt = after(WELL, CUT, NOW)
    assert after(in_doubt, finding, NOW + timedelta(minutes=1)) == in_doubt


def test_a_provider_that_answers_no_questions_is_tried_with_a_message_after_many() -> None:
    condition, asked = after(WELL, CUT, NOW), 0
    while condition.asks_first:
        condition, asked = after(condition, Finding.LATER, rested(condition)), asked + 1
    assert asked == circuit_breaker.MOST_QUESTIONS - 1
    assert rested(condition) - NOW > timedelta(minutes=2)


@pytest.mark.parametrize("between", [FINE, REFUSED])
def test_what_says_that_the_channel_works_begins_the_count_anew(between: Outcome) -> None:
    """A refusal of one message does so, too."""
    assert after(many(DOWN, circuit_breaker.FAILURES_BEFORE_REST - 1), between, NOW) == Condition()


def test_after_the_rest_one_failure_is_enough_and_the_rest_is_longer() -> None:
    first = many(DOWN, circuit_breaker.FAILURES_BEFORE_REST)
    second = after(first, DOWN, rested(first))
    assert (second.rests, rested(second) - rested(first) > timedelta(seconds=5)) == (2, True)


@pytest.mark.parametrize("failed", [DOWN, CUT])
def test_after_the_rest_as_many_successes_as_failures_end_it(failed: Outcome) -> None:
    condition = many(failed, circuit_breaker.FAILURES_BEFORE_REST)
    over = rested(condition)
    for _each in range(circuit_breaker.FAILURES_BEFORE_REST):
        assert condition.on_trial
        condition = after(condition, FINE, over)
    assert condition == Condition()


def test_the_first_success_ends_the_trouble_that_is_shown() -> None:
    condition = many(DOWN, circuit_breaker.FAILURES_BEFORE_REST)
    known = after(condition, FINE, rested(condition))
    assert (known.trouble, known.trouble_since) == ("", None)
    assert (known.rests_until, known.asks_first) == (None, False)


def test_answers_to_what_was_on_its_way_do_not_lengthen_the_rest() -> None:
    condition = many(DOWN, circuit_breaker.FAILURES_BEFORE_REST)
    late = after(condition, DOWN, NOW)
    assert (late.rests, rested(late)) == (1, rested(condition))


@given(rests=st.integers(0, 1000))
def test_a_provider_that_is_well_again_is_found_within_a_minute(rests: int) -> None:
    condition = after(Condition(rests=rests, failures=5), DOWN, NOW)
    assert rested(condition) - NOW <= timedelta(seconds=30)


def test_trouble_with_the_account_makes_it_rest_at_once_and_tells_why_and_since_when() -> None:
    first = after(Condition(), TOKEN, NOW)
    assert (rested(first) - NOW, first.trouble) == (circuit_breaker.ACCOUNT_REST, "Khóa hết hạn.")
    assert first.trouble_since == after(first, TOKEN, rested(first)).trouble_since == NOW


def test_the_time_that_a_channel_names_is_kept_for_the_whole_lane() -> None:
    """A late success does not end it."""
    limited = replace(TOKEN, reason=Reason.RATE_LIMIT, retry_after=timedelta(seconds=90))
    condition = after(Condition(), limited, NOW)
    assert rested(condition) - NOW == timedelta(seconds=90)
    assert after(condition, FINE, NOW) == condition


def test_what_is_worn_out_says_nothing_yet() -> None:
    """It is renewed and tried again: neither does the lane rest for it, nor is its trial over."""
    on_trial = Condition(failures=5, rests=2, rests_until=NOW, trouble="Lỗi.", trouble_since=NOW)
    assert after(on_trial, replace(TOKEN, reason=Reason.STALE), NOW) == on_trial
    assert after(WELL, replace(TOKEN, reason=Reason.STALE), NOW) == WELL
