"""The one statement gives what a plain recount gives, for any history, period and moment of looking."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle.models import Dossier
from dossiers.statistics.counts import figures as statistics_figures
from dossiers.statistics.counts import late as statistics_late
from dossiers.statistics.results import Figures
from tenants import clock
from tenants import clock as periods_clock
from tests.deep import DEEP
from tests.dossiers.histories import Act, History, write
from tests.dossiers.recount import recount
from tests.factories import AgencyFactory, Office, ProcedureFactory, SectorFactory

# Days around the end of a month, and moments at which something can be wrong by a hair: midnight in Viet Nam
# (17:00 UTC), midnight UTC (07:00), opening, closing.
FIRST_DAY = date(2026, 10, 28)
DAYS = 9
TIMES = [(0, 0), (0, 0), (6, 59), (7, 0), (7, 30), (11, 45), (17, 0), (17, 0), (23, 59)]
MOMENTS = [
    datetime(2026, 10, 28, hour, minute, tzinfo=periods_clock.VIETNAM) + timedelta(days=day)
    for day in range(DAYS)
    for hour, minute in TIMES
]
LAST_MOMENTS = [moment - timedelta(microseconds=1) for moment in MOMENTS]

moments = st.sampled_from(MOMENTS + LAST_MOMENTS)
days = st.integers(0, DAYS - 1).map(lambda number: FIRST_DAY + timedelta(days=number))
CLOCKS = {5: ["pause", "pause", "none"], 6: ["pause", "none"], 9: ["close", "none"], 7: ["close", "none"]}
ANY_CLOCK = ["none", "none", "none", "pause", "resume", "restart", "close"]
STATUSES = [1, 2, 4, 4, 4, 5, 5, 5, 5, 6, 3, 7, 8, 9, 9, 10]


def history(chance: random.Random, places: list[dict[str, Any]]) -> History:
    """A dossier with up to nine events in order of time, many at one moment, some taking others back."""
    times = sorted(chance.choices(MOMENTS + LAST_MOMENTS, k=chance.randint(1, 10)))
    received = times[0]
    # A due date is often the moment of an act, or late enough to let everything else decide.
    dues = [None, None, *times, *chance.choices(MOMENTS, k=3), *[MOMENTS[-1] + timedelta(days=40)] * 4]
    due, acts = chance.choice(dues), list[Act]()
    for moment in times[1:]:
        status = chance.choice(STATUSES)
        clocks = CLOCKS.get(status, ANY_CLOCK) if chance.random() < 0.7 else ANY_CLOCK
        undoes = chance.randint(1, len(acts)) if acts and chance.random() < 0.1 else None
        if (
            len(acts) > 1 and chance.random() < 0.25
        ):  # as a recall does it: the last act, to where it came from
            undoes, status = len(acts), acts[-2].status
        due = chance.choice(dues) if chance.random() < 0.3 else due
        kind = chance.choice(["move", "move", "move", "correct", "import"])
        acts.append(Act(moment.astimezone(UTC), status, chance.choice(clocks), due, undoes, kind))
    return History(
        received_at=received,
        acts=acts,
        counted_from=max(received, chance.choice([received, chance.choice(MOMENTS)])),
        original_due=chance.choice(dues),
        channel=chance.choice(["counter", "online", "post"]),
        kind=chance.choice(["normal", "normal", "normal", "complaint", "conciliation"]),
        legacy=chance.random() < 0.2,
        **chance.choice(places),
    )


@st.composite
def histories(draw: st.DrawFn, places: list[dict[str, Any]]) -> list[History]:
    """Up to forty dossiers made from one number: drawn one by one they would be few, and much alike."""
    seed, size = draw(st.integers(0, 2**32)), draw(st.integers(0, 40))
    written = [history(random.Random(f"{seed}/{number}"), places) for number in range(size)]
    note(written)
    return written


@pytest.fixture
def places(office: Office) -> list[dict[str, Any]]:
    """Two agencies, three procedures: two of one sector, one of none."""
    agencies = [office.department, AgencyFactory(code="H15.77", name="Sở Minh Họa")]
    sector = SectorFactory(name="Lĩnh vực minh họa")
    procedures = [
        ProcedureFactory(code="9.000001", sector=sector),
        ProcedureFactory(code="9.000002", sector=sector),
        ProcedureFactory(code="9.000003", sector=None),
    ]
    return [
        {
            "agency": agency,
            "procedure": procedure,
            "places": {
                "agency": agency.code,
                "procedure": procedure.code,
                "sector": str(procedure.sector_id or ""),
            },
        }
        for agency in agencies
        for procedure in procedures
    ]


def counted(figures: Figures) -> dict[str, dict[str, Any]]:
    """By group, "*" for the whole, without what names the group."""
    groups = {group["key"]: group for group in figures.as_dict()["groups"]}
    return {"*": figures.as_dict()["total"]} | {
        key: {name: value for name, value in group.items() if name not in ("key", "name")}
        for key, group in groups.items()
    }


def expected(written, kind, by, first, until):
    is_open = CalendarVersion.in_force().calendar.is_open_day
    written = [history for history in written if history.kind == kind]
    found = {"*": recount(written, first, until, is_open)}
    for key in sorted({place(history, by) for history in written}) if by else ():
        of_group = recount(
            [history for history in written if place(history, by) == key], first, until, is_open
        )
        if of_group["total"]:
            found[key] = of_group
    return found


def place(history: History, by: str) -> str:
    return history.channel if by == "channel" else history.places[by]


quick = settings(
    max_examples=150 if DEEP else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.sampled
@quick
@given(data=st.data())
def test_the_statement_equals_a_recount(places: list[dict[str, Any]], office: Office, data: Any) -> None:
    written = data.draw(histories(places))
    first, length = data.draw(days), data.draw(st.integers(0, DAYS))
    last = first + timedelta(days=length)
    as_of = data.draw(
        moments.filter(lambda moment: moment >= clock.beginning(first))
        | st.just(MOMENTS[-1] + timedelta(days=30))
    )
    by = data.draw(st.sampled_from([None, "agency", "sector", "procedure", "channel"]))
    kind = data.draw(st.sampled_from(["normal", "normal", "complaint", "conciliation"]))
    with transaction.atomic():
        write(office, written)
        found = statistics_figures(first, last, by=by, as_of=as_of, kind=kind)
        late = statistics_late(first, last, as_of=as_of, kind=kind, most=len(written) + 1)
        transaction.set_rollback(True)
    assert late.total == len(late.dossiers) == found.total.late
    until = min(as_of, datetime(last.year, last.month, last.day, 23, 59, 59, 999999, periods_clock.VIETNAM))
    assert counted(found) == expected(written, kind, by, first, until)
    assert found.until == until


@pytest.mark.sampled
@quick
@given(data=st.data())
def test_what_a_period_leaves_the_next_begins_with(places, office, data):
    written = data.draw(histories(places))
    first = data.draw(days)
    with transaction.atomic():
        write(office, written)
        this = statistics_figures(first, first).total
        following = statistics_figures(first + timedelta(days=1), first + timedelta(days=3)).total
        transaction.set_rollback(True)
    assert following.opening == this.open + this.paused
    for counts in (this, following):
        classes = counts.settled + counts.open + counts.paused
        assert counts.total == classes + counts.not_accepted + counts.withdrawn + counts.stopped


def test_only_dossiers_in_scope_are_counted(places: list[dict[str, Any]], office: Office) -> None:
    written = [History(received_at=MOMENTS[5], **place) for place in places]
    write(office, written)
    scope = Dossier.objects.filter(competent_agency=office.department, procedure__name__contains="%")
    found = statistics_figures(FIRST_DAY, FIRST_DAY, scope=scope).total.received
    everything = statistics_figures(
        FIRST_DAY, FIRST_DAY, scope=Dossier.objects.filter(competent_agency=office.department)
    )
    assert (found, everything.total.received) == (0, 3)
