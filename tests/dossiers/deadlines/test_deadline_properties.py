"""What holds for every receipt, term and pause, not only for the worked examples."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from django.utils import translation
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import (
    Extension,
    Pause,
    Promise,
    Term,
    TermUnit,
    compute,
    working_days_left,
)
from dossiers.deadlines.rules.explanation import explain
from tests.dossiers.deadlines.calendars import CALENDAR, CALENDAR_COUNTS, VIETNAM

FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 12, 31)


@st.composite
def invented_calendars(draw):
    """Any week, any days off and made up, one to three sessions, any dated 15:00 rule."""
    days = st.dates(FIRST.date(), date(2027, 6, 30))
    makeup_days = draw(st.frozensets(days, max_size=5))
    quarters = draw(st.lists(st.integers(20, 80), min_size=2, max_size=6, unique=True).map(sorted))
    ends = [time(quarter // 4, quarter % 4 * 15) for quarter in quarters[: len(quarters) // 2 * 2]]
    rules = st.tuples(
        days, st.sampled_from(["transfer", "counts"]), st.sampled_from([time(15), time(16, 30)])
    )
    return WorkCalendar(
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        days_off={day: "Ngày nghỉ" for day in draw(st.lists(days, max_size=10)) if day not in makeup_days},
        makeup_days=makeup_days,
        sessions=tuple(zip(ends[::2], ends[1::2], strict=True)),
        cutoffs=tuple(sorted(draw(st.lists(rules, max_size=2, unique_by=lambda rule: rule[0])))),
    )


calendars = st.sampled_from([CALENDAR, CALENDAR_COUNTS]) | invented_calendars()
moments = st.datetimes(FIRST, LAST).map(
    lambda moment: moment.replace(tzinfo=VIETNAM, second=0, microsecond=0)
)
lengths = st.integers(1, 60 * 24 * 9).map(lambda minutes: timedelta(minutes=minutes))
# Round hours and days besides odd minutes: ends that meet are where counting goes wrong.
ticks = st.integers(0, 60 * 24).map(lambda hours: timedelta(hours=hours))


@st.composite
def terms(draw, units=tuple(TermUnit)):
    unit = draw(st.sampled_from(units))
    longest = 6 if unit is TermUnit.MONTH else 60
    return Term(0 if unit is TermUnit.SAME_DAY else draw(st.integers(1, longest)), unit)


@st.composite
def receipts_with_pauses(draw, most=4):
    received = draw(moments)
    midnight = received.replace(hour=0, minute=0)
    pauses = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(
            st.one_of(ticks.map(lambda tick: midnight + tick), lengths.map(lambda length: received + length))
        )
        pauses.append(Pause(start, start + draw(st.one_of(lengths, ticks))))
    return received, pauses


@given(receipts_with_pauses(), terms(), calendars, st.randoms(use_true_random=False))
def test_the_order_of_pauses_does_not_matter(case, term, calendar, random):
    received, pauses = case
    shuffled = random.sample(pauses, len(pauses))
    assert compute(received, term, calendar, pauses=shuffled) == compute(
        received, term, calendar, pauses=pauses
    )


@given(receipts_with_pauses(), terms(), calendars, st.floats(0, 1))
def test_a_pause_in_two_pieces_is_the_same_pause(case, term, calendar, part):
    received, pauses = case
    assume(pauses)
    first, *rest = pauses
    middle = first.start + timedelta(minutes=round((first.end - first.start) / timedelta(minutes=1) * part))
    pieces = [Pause(middle, first.end), *rest, Pause(first.start, middle)]
    assert compute(received, term, calendar, pauses=pieces) == compute(
        received, term, calendar, pauses=pauses
    )


@given(receipts_with_pauses(), terms(), calendars)
def test_the_same_input_gives_the_same_answer_in_any_zone(case, term, calendar):
    received, pauses = case
    elsewhere = [Pause(pause.start.astimezone(UTC), pause.end.astimezone(UTC)) for pause in pauses]
    assert compute(received, term, calendar, pauses=pauses) == compute(
        received.astimezone(UTC), term, calendar, pauses=elsewhere
    )


@given(receipts_with_pauses(), terms(), calendars)
def test_the_due_day_is_open(case, term, calendar):
    received, pauses = case
    due = compute(received, term, calendar, pauses=pauses).due
    assert calendar.is_open_day(due.date())
    assert calendar.opening(due.date()) < due <= calendar.closing(due.date())


@given(
    receipts_with_pauses(),
    terms(units=[TermUnit.CALENDAR_DAY, TermUnit.MONTH, TermUnit.HOUR]),
    calendars,
)
def test_the_due_moment_of_these_units_is_never_inside_a_pause(case, term, calendar):
    received, pauses = case
    due = compute(received, term, calendar, pauses=pauses).due
    assert not [pause for pause in pauses if pause.start < due <= pause.end]


@given(
    receipts_with_pauses(),
    terms(units=[unit for unit in TermUnit if unit is not TermUnit.SAME_DAY]),
    calendars,
)
def test_a_longer_term_is_never_due_earlier(case, term, calendar):
    received, pauses = case
    longer = Term(term.value + 1, term.unit)
    assert (
        compute(received, term, calendar, pauses=pauses).due
        <= compute(received, longer, calendar, pauses=pauses).due
    )


MONDAYS_AFTER_THREE = WorkCalendar(weekdays=frozenset({1}), sessions=((time(15, 15), time(15, 30)),))
SUNDAY_NIGHT = datetime(2026, 6, 7, 22, 14, tzinfo=VIETNAM)


@example((SUNDAY_NIGHT, []), Term(0, TermUnit.SAME_DAY), MONDAYS_AFTER_THREE, timedelta(minutes=106))
@given(receipts_with_pauses(), terms(), calendars, st.one_of(lengths, ticks))
def test_a_later_receipt_is_never_due_earlier(case, term, calendar, later):
    received, pauses = case
    afterwards = [Pause(pause.start + later, pause.end + later) for pause in pauses]
    assume(all(pause.start >= received + later for pause in afterwards))
    first = compute(received, term, calendar, pauses=afterwards)
    assert first.due <= compute(received + later, term, calendar, pauses=afterwards).due


@given(receipts_with_pauses(), terms(), calendars)
def test_one_more_pause_is_never_due_earlier(case, term, calendar):
    received, pauses = case
    dues = [compute(received, term, calendar, pauses=pauses[:count]).due for count in range(len(pauses) + 1)]
    assert all(earlier <= later for earlier, later in pairwise(dues))


@given(receipts_with_pauses(), terms(), calendars, lengths)
def test_an_extension_is_never_due_earlier(case, term, calendar, later):
    received, pauses = case
    due = compute(received, term, calendar, pauses=pauses).due
    extension = Extension(due + later, "Lý do")
    assert compute(received, term, calendar, pauses=pauses, extension=extension).due >= due


@given(receipts_with_pauses(), terms(), calendars, st.integers(0, 60 * 24 * 90), st.integers(0, 90))
def test_whatever_happened_the_due_day_is_open(case, term, calendar, restart_after, extended_by):
    received, pauses = case
    restarted = received + timedelta(minutes=restart_after) if restart_after else None
    extension = Extension(received + timedelta(days=extended_by), "Lý do", received) if extended_by else None
    due = compute(received, term, calendar, pauses=pauses, restarted_at=restarted, extension=extension).due
    assert calendar.is_open_day(due.date())


@st.composite
def histories(draw):
    """All that can be told of a dossier at once, also what no workflow would let happen."""
    received, pauses = draw(receipts_with_pauses())
    term = draw(st.none() | terms())
    if draw(st.booleans()):
        pauses = [*pauses, Pause(received + draw(lengths))]
    after = st.none() | lengths.map(lambda length: received + length)
    extended, promised = draw(after), draw(after)
    return {
        "received": received,
        "term": term,
        "pauses": pauses,
        "restarted_at": draw(after),
        "extension": extended and Extension(extended, draw(st.sampled_from(["Lý do", "50 %", ""]))),
        "promise": promised and Promise(promised, received + draw(lengths)),
    }


@given(histories(), calendars)
def test_every_date_can_be_explained_in_both_languages(history, calendar):
    for message, values in explain(compute(calendar=calendar, **history)):
        assert message % values
        with translation.override("en"):
            english = translation.gettext(message)
        assert english != message
        assert english % values


@given(receipts_with_pauses(most=2), terms(), calendars, lengths)
def test_an_open_pause_suspends_exactly_when_its_end_will_move_the_date(case, term, calendar, after):
    received, pauses = case
    since = received + after
    assume(all(pause.end < since for pause in pauses))
    before = compute(received, term, calendar, pauses=pauses)
    paused = compute(received, term, calendar, pauses=[*pauses, Pause(since)])
    ended = compute(received, term, calendar, pauses=[*pauses, Pause(since, since + timedelta(days=100))])
    assert (paused.suspended_since is not None) is (ended.due > before.due)
    assert paused.due == (before.due if paused.suspended_since is None else None)


@given(moments, st.integers(1, 60), st.integers(0, 59), st.integers(1, 20), calendars)
def test_a_pause_of_whole_open_days_adds_exactly_those_days(received, days, after, paused, calendar):
    assume(after < days)
    term = Term(days, TermUnit.WORKING_DAY)
    without = compute(received, term, calendar)
    start = calendar.add_open_days(without.counted_from.date(), 1 + after)
    pause = Pause(calendar.opening(start), calendar.opening(calendar.add_open_days(start, paused)))
    due = compute(received, term, calendar, pauses=[pause]).due
    assert due == calendar.closing(calendar.add_open_days(without.due.date(), paused))


@given(moments, st.integers(1, 60), calendars)
def test_without_pauses_working_days_are_counted_on_the_fingers(received, days, calendar):
    deadline = compute(received, Term(days, TermUnit.WORKING_DAY), calendar)
    day, left = deadline.counted_from.date(), days
    while left:
        day += timedelta(days=1)
        left -= calendar.is_open_day(day)
    assert deadline.due == calendar.closing(day)


@given(moments, st.integers(1, 200), calendars)
def test_hours_are_opening_minutes(received, hours, calendar):
    deadline = compute(received, Term(hours, TermUnit.HOUR), calendar)
    assert calendar.working_minutes(deadline.counted_from, deadline.due) == hours * 60


@given(moments, moments)
def test_days_left_is_negative_exactly_when_late(now, due):
    assert (working_days_left(now, due, CALENDAR) < 0) is (now > due)
