"""The definitions of the figures, one worked case each. Dates are of November 2026; 24/11 is a day off."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from dossiers.lifecycle import actions as services
from dossiers.statistics.counts import figures
from dossiers.statistics.results import Counts
from tenants import clock
from tests.dossiers.histories import Act, History, write
from tests.dossiers.walking import in_progress, take
from tests.factories import Office

MONTH = (date(2026, 11, 1), date(2026, 11, 30))
AFTER = datetime(2026, 12, 31, tzinfo=clock.VIETNAM)
TICK = timedelta(microseconds=1)


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=clock.VIETNAM)


DUE = at(20, 17)


@pytest.fixture
def total(office: Office) -> Callable[..., Counts]:
    """`total(history, …)`: November's figures of a province that has only these dossiers."""

    def count(*histories: History, as_of: datetime = AFTER) -> Counts:
        write(office, histories)
        return figures(*MONTH, as_of=as_of).total

    return count


def settled(finish: datetime, due: datetime | None = DUE, *before: Act) -> History:
    return History(at(2), [Act(at(2), 2, due=due), *before, Act(finish, 9, "close", due=due)])


@pytest.mark.parametrize(
    ("finish", "due", "counted"),
    [
        (at(19, 23, 59), DUE, "settled_before"),
        (at(20, 0), DUE, "settled_on_time"),
        (DUE, DUE, "settled_on_time"),
        (DUE + TICK, DUE, "settled_late"),
        (DUE, None, "settled_without_term"),
    ],
)
def test_a_settled_dossier_by_its_finish(total, finish, due, counted):
    counts = total(settled(finish, due))
    assert (getattr(counts, counted), counts.settled, counts.total) == (1, 1, 1)


@pytest.mark.parametrize(
    ("now", "counted"), [(DUE, "open_in_term"), (DUE + TICK, "open_late"), (AFTER, "open_late")]
)
def test_an_open_dossier_by_the_moment_of_looking(total, now, counted):
    counts = total(History(at(2), [Act(at(2), 4, due=DUE)]), as_of=now)
    assert (getattr(counts, counted), counts.open) == (1, 1)


@pytest.mark.parametrize(("now", "soon"), [(at(17, 23), 0), (at(18), 1), (DUE, 1), (DUE + TICK, 0)])
def test_a_due_date_is_near_from_two_working_days_before(total, now, soon):
    assert total(History(at(2), [Act(at(2), 4, due=DUE)]), as_of=now).open_due_soon == soon


@pytest.mark.parametrize(("day", "late"), [(19, 0), (23, 1)])
def test_waiting_for_the_citizen_is_not_late_however_long_unless_it_began_too_late(total, day, late):
    counts = total(History(at(2), [Act(at(2), 4, due=DUE), Act(at(day), 5, "pause", due=DUE)]))
    assert (counts.paused, counts.late, counts.open) == (1, late, 0)


def test_the_second_request_for_papers_is_late_whatever_the_date(total: Callable[..., Counts]) -> None:
    asked = [Act(at(day), status, due=DUE) for day in (3, 5) for status in (5, 4)]
    assert total(settled(at(6), DUE, *asked[:2])).late == 0
    assert total(settled(at(6), DUE, *asked)).settled_late == 1


def test_what_looks_like_a_second_request_and_is_none(total: Callable[..., Counts]) -> None:
    """Giving the waiting dossier to a colleague, a request taken back, a status put right."""
    acts = [
        Act(at(3), 5, due=DUE),
        Act(at(4), 5, due=DUE, kind="assign"),
        Act(at(5), 4, due=DUE),
        Act(at(6), 5, due=DUE),
        Act(at(6, 10), 4, due=DUE, undoes=5, kind="recall"),
        Act(at(7), 5, due=DUE, kind="correct"),
        Act(at(8), 4, due=DUE, kind="correct"),
    ]
    assert total(settled(at(9), DUE, *acts)).settled_before == 1


def test_nothing_is_late_without_a_term(total: Callable[..., Counts]) -> None:
    asked = [Act(at(day), status) for day in (3, 5) for status in (5, 4)]
    counts = total(settled(at(6), None, *asked))
    assert (counts.late, counts.without_term, counts.on_time_rate) == (0, 1, None)


@pytest.mark.parametrize("status", [3, 7, 8])
def test_what_ended_without_a_result_is_no_settled_one(total: Callable[..., Counts], status: int) -> None:
    counts = total(History(at(2), [Act(at(2), 2, due=DUE), Act(at(23), status, "close", due=DUE)]))
    assert (counts.settled, counts.not_accepted, counts.withdrawn, counts.stopped) == (
        0,
        *(int(status == one) for one in (3, 7, 8)),
    )
    assert counts.late == 1


def test_the_month_begins_at_midnight_in_viet_nam(total: Callable[..., Counts]) -> None:
    """17:00 of 31 October in UTC is the first moment of November."""
    before, first = at(1, 0) - TICK, at(1, 0)
    moments = [History(moment, [Act(moment, 2, due=DUE)]) for moment in (before, first)]
    ended = History(at(5, month=10), [Act(at(5, month=10), 2, due=DUE), Act(first, 9, "close", due=DUE)])
    counts = total(*moments, ended)
    assert (counts.opening, counts.received, counts.settled_before) == (2, 1, 1)


def test_working_time_leaves_out_closed_days_and_waiting(total: Callable[..., Counts]) -> None:
    """Thursday 19th to Friday 27th: 20, 23, 25, 26, 27 without the holiday; two of them waited."""
    waiting = [Act(at(24), 5, "pause", due=AFTER), Act(at(26), 4, "resume", due=AFTER)]
    plain = History(at(19), [Act(at(19), 2, due=AFTER), Act(at(27), 9, "close", due=AFTER)])
    waited = History(at(19), [plain.acts[0], *waiting, plain.acts[1]])
    same_day = History(at(19), [plain.acts[0], Act(at(19, 16), 9, "close", due=AFTER)])
    counts = total(plain, waited, same_day)
    assert (counts.mean_days, counts.median_days) == (Decimal("2.67"), Decimal("3.00"))
    assert counts.ninetieth_days == Decimal("4.60")


def test_rates_have_two_decimals_and_nothing_to_divide_by_is_said(total: Callable[..., Counts]) -> None:
    nothing = total().as_dict()
    assert {nothing[name] for name in ("on_time_rate", "online_share", "mean_days", "median_days")} == {"N/A"}
    online = History(at(2), [Act(at(2), 1, due=at(2))], channel="online")
    counts = total(online, settled(at(19)), settled(at(19))).as_dict()
    assert (counts["on_time_rate"], counts["online_share"], counts["unchecked"]) == ("66.67", "33.33", 1)


@pytest.mark.parametrize(
    ("first", "last", "by"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), None),
        (date(2027, 1, 1), date(2027, 1, 31), None),
        (*MONTH, "name"),
    ],
)
def test_a_period_or_grouping_that_makes_no_sense_is_refused(office, first, last, by):
    with pytest.raises(ValueError):
        figures(first, last, by=by, as_of=AFTER)


def test_a_recalled_result_counted_until_it_was_recalled(office: Office, noon: datetime) -> None:
    """Through the services: what was true at that moment stays in the figures of that moment."""
    dossier = in_progress(office)
    with clock.frozen(noon + timedelta(minutes=5)):
        take(office, dossier, "finish")
    with clock.frozen(noon + timedelta(minutes=10)):
        dossier.refresh_from_db()
        services.recall(dossier.pk, actor=office.specialist, seen=dossier.last_sequence)
    seen = [figures(*MONTH, as_of=noon + timedelta(minutes=minutes)).total for minutes in (4, 6, 11)]
    assert [(counts.open_in_term, counts.settled_before) for counts in seen] == [(1, 0), (0, 1), (1, 0)]
