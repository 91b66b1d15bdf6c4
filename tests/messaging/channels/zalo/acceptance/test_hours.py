"""Nights and days: what Zalo takes at no hour, what it takes no more today, and when each comes back."""

from collections import Counter
from datetime import datetime, time, timedelta

from tenants import clock
from tests.messaging.channels.zalo.acceptance.stage import Office, Stage

MANY = 40


def comes_back(stage: Stage, office: Office) -> list[datetime]:
    """When each message that waits is tried again, by the clocks of Viet Nam."""
    waiting = [one for one in office.messages() if one.state in ("deferred", "queued")]
    return sorted((one.next_attempt_at + stage.offset).astimezone(clock.VIETNAM) for one in waiting)


def test_what_was_refused_at_night_comes_in_the_morning_not_all_at_once(stage: Stage, office: Office) -> None:
    stage.control.settings(phone_night="all")
    stranger = office.person(follows=False)
    stage.until(23)
    for number in range(1, MANY + 1):
        office.write(stranger, number)
    stage.run()
    moments = comes_back(stage, office)
    assert (len(moments), stage.accepted()) == (MANY, 0)
    assert {moment.date() for moment in moments} == {clock.now().date() + timedelta(days=1)}
    assert time(6) <= moments[0].time() <= moments[-1].time() <= time(6, 31)
    assert max(Counter(moment.minute for moment in moments).values()) < MANY / 4
    calls = len(stage.control.requests("/message/template"))
    assert calls <= MANY

    stage.until(5, 58)
    stage.run()
    assert len(stage.control.requests("/message/template")) == calls
    stage.until(6, 15)
    stage.run()
    assert 5 <= stage.accepted() <= 35
    stage.until(6, 32)
    stage.run()
    stage.deliver()
    assert (office.states(), len(office.shown(stranger))) == ({"delivered": MANY}, MANY)
