"""The columns of a dossier are copies of what its events say, whatever happened to it."""

import random
from datetime import date, datetime, timedelta

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import projection
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.refusals import Refused
from tests.dossiers.walking import received, take
from tests.factories import Office

COMPARED = projection.DERIVED


def columns(dossier: Dossier) -> dict[str, object]:
    return {name: getattr(dossier, name) for name in COMPARED}


def something(office: Office, dossier: Dossier, chance: random.Random) -> None:
    """One act drawn by lot; a refusal is as good as any."""
    dossier.refresh_from_db()
    seen, step = dossier.last_sequence, dossier.step
    workflow = dossier.workflow_version.workflow
    ways = workflow.transitions_from(step)
    draw = chance.random()
    try:
        if draw < 0.6 and ways:
            way = chance.choice(ways)
            actor = office.leader if "leader" in way.roles else None
            take(office, dossier, way.code, actor=actor)
        elif draw < 0.75:
            last = dossier.events.select_related("actor").last()
            services.recall(dossier.pk, actor=last.actor, seen=seen)
        elif draw < 0.85:
            to_step = chance.choice(list(workflow.steps))
            services.correct(dossier.pk, actor=office.leader, seen=seen, to_step=to_step, reason="Bấm nhầm")
        elif draw < 0.93:
            services.assign(dossier.pk, actor=office.leader, seen=seen, assignee=office.leader)
        else:
            services.apologise(
                dossier.pk, actor=office.leader, seen=seen, new_due=date(2027, 1, 15), reason="Chờ đo đạc"
            )
    except Refused:
        pass


@pytest.mark.parametrize("seed", range(12))
def test_columns_equal_the_replay_of_all_events(office: Office, noon: datetime, seed: int) -> None:
    chance = random.Random(seed)
    dossier = received(office)
    moment = noon
    for _turn in range(14):
        moment += timedelta(minutes=chance.choice((1, 5, 200, 1500)))
        with clock.frozen(moment):
            something(office, dossier, chance)
    dossier.refresh_from_db()
    written = columns(dossier)
    projection.replay(
        dossier, list(dossier.events.select_related("note", "holder", "assignee").order_by("sequence"))
    )
    assert columns(dossier) == written


def test_a_date_once_promised_is_the_event_s_too(office: Office) -> None:
    dossier = received(office)
    take(office, dossier, "forward")
    take(office, dossier, "require_payment", actor=office.specialist)
    assert [event.due_at for event in dossier.events.all()] == [dossier.due_at] * 3
