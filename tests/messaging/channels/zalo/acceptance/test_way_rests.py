"""What one way may not do just now, the others still may."""

from datetime import time, timedelta
from typing import Any

import pytest

from messaging.channels.lanes import lanes
from messaging.delivery.relay import housekeeping
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.factories import UserFactory
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage

SPENT: list[tuple[dict[str, Any], str]] = [
    ({"quota": 0}, "-144"),
    ({"zbs_linked": False}, "-136"),
    ({"balance": 0}, "-115"),
]


@pytest.mark.parametrize(("spent", "code"), SPENT, ids=[code for _spent, code in SPENT])
def test_a_way_that_is_closed_leaves_the_chat_open(stage, office, person, spent, code):
    stranger = office.person(follows=False)
    stage.control.set_oa(office.oa_id, **spent)
    by_phone = office.write(stranger, 1)
    stage.run()
    assert office.tries(by_phone) == [code]

    waits = [office.write(stranger, number) for number in range(2, 30)]
    notice = office.write(person, 30)
    office.control.act_send_text(person.user, office.oa_id, "BCGHKL")
    stage.deliver()
    stage.run()
    stage.deliver()
    assert [one.kind for one in office.shown(person)] == ["cs", "cs"]
    assert office.state(notice) == "delivered"
    # Nobody asked Zalo for what it refuses just now, and none of it counts as tried.
    assert len(stage.control.requests("/message/template")) == 1
    assert [one.attempts for one in office.messages() if one.pk in {one.pk for one in waits}] == [0] * 28


def test_a_spent_day_goes_on_five_minutes_after_midnight_by_one(stage: Stage, office: Office) -> None:
    stranger = office.person(follows=False)
    stage.until(12)
    stage.control.set_oa(office.oa_id, quota=3)
    for number in range(1, 31):
        office.write(stranger, number)
    stage.run()
    assert office.lane().rests_until is None
    (rest,) = office.rests()
    until = (rest.rests_until + stage.offset).astimezone(clock.VIETNAM)
    tomorrow = clock.now().date() + timedelta(days=1)
    assert (rest.way, until.date()) == ("template_phone", tomorrow)
    assert until.time().replace(second=0, microsecond=0) == time(0, 5)
    calls = len(stage.control.requests("/message/template"))
    assert stage.accepted() == 3 < calls <= 3 + 8

    # The new day is spent as well: one message finds it out.
    stage.control.set_oa(office.oa_id, quota=0)
    stage.until(0, 5)
    stage.later(seconds=1)
    stage.run()
    assert len(stage.control.requests("/message/template")) == calls + 1

    # Whoever saw to it ends the rest.
    stage.control.set_oa(office.oa_id, quota=500)
    with office.inside():
        lanes.end_rest(office.lane(), UserFactory())
    stage.run()
    assert (stage.accepted(), office.rests()) == (4, [])
    # The others waited for the one that tried it.
    stage.later(seconds=20)
    stage.run()
    assert stage.accepted() == 30


def test_what_has_another_channel_waits_no_longer_than_half_an_hour(stage: Stage, office: Office) -> None:
    # Not across midnight, when the day's quota is whole again.
    stage.until(9)
    stranger = office.person(follows=False)
    stage.control.set_oa(office.oa_id, quota=0)
    messages = [office.write(stranger, number, then=["mock"]) for number in range(1, 13)]
    stage.run()
    stage.later(minutes=25)
    stage.run()
    assert {office.state(one) for one in messages} <= {"queued", "deferred"}
    stage.later(minutes=6)
    with office.inside():
        assert housekeeping.hand_on() == 12
    stage.run()
    with office.inside():
        assert set(Message.objects.values_list("lane__channel", "state")) == {("mock", "delivered")}


def test_each_form_way_has_a_quota_of_its_own(stage: Stage, office: Office, person: Person) -> None:
    """With the day's templates by telephone spent, those by Zalo id go on; and the other way round."""
    stage.later(hours=49)
    stage.control.set_oa(office.oa_id, quota=0)
    office.write(office.person(follows=False), 1)
    stage.run()
    by_uid = office.write(person, 2)
    stage.run()
    assert office.tries(by_uid) == ["0"]
    stage.control.set_oa(office.oa_id, quota=500, uid_quota=0)
    with office.inside():
        lanes.end_rest(office.lane(), UserFactory())
    instead = office.write(person, 3)
    stage.run()
    assert office.tries(instead) == ["-211", "0"]
    assert {rest.way for rest in office.rests()} == {"template_uid"}
