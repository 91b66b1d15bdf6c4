"""Ways that rest: what a claim makes of them, and how long they are shown."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.channels.base import Account, Outcome, OutcomeKind, OutgoingMessage, registry
from messaging.channels.lanes import circuit_breaker
from messaging.channels.models import Lane, WayRest
from messaging.contacts.models import Contact
from messaging.delivery import message_content, monitoring
from messaging.delivery.claims import MOST_LOOKS, claim
from messaging.outbox.models.messages import Message
from tenants.isolation.context import current_province
from tenants.operations.board.board import Urgency, lane_cell
from tests.messaging.conftest import ScriptedChannel, write

REST = timedelta(seconds=0.5)


class OneWay(ScriptedChannel):
    """It has one way. The first look at a message takes `slow` seconds."""

    ways = ("by_phone",)

    def __init__(self) -> None:
        super().__init__()
        self.slow = 0.0
        self.looks = 0

    def way_of(self, account: Account, message: OutgoingMessage) -> str:
        time.sleep(self.slow)
        self.slow = 0.0
        self.looks += 1
        if self.looks > 50:
            raise AssertionError("the claim does not end")
        return "" if "by_phone" in message.ways_resting else "by_phone"


@pytest.fixture
def channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> OneWay:
    one = OneWay()
    monkeypatch.setitem(registry._channels, one.code, one)
    settings.MESSAGING_CHANNELS = [one.code]
    return one


def rest(lane_id: int, **times: Any) -> WayRest:
    known = {"rests": 1, "trouble": "Hết số tin.", "trouble_since": Now(), "way": "by_phone"}
    return WayRest.objects.create(lane_id=lane_id, **{**known, "rests_until": Now(), **times})


def test_a_rest_that_ends_during_the_claim_does_not_keep_it(contact: Contact, channel: OneWay) -> None:
    message = write(contact)
    row = rest(message.lane_id, rests_until=Now() + REST)
    channel.slow = REST.total_seconds() + 0.1
    assert claim(message.lane_id, channel, 10) == []
    row.refresh_from_db()
    message.refresh_from_db()
    assert message.next_attempt_at == row.rests_until
    # Its time has come meanwhile, and it tries the way.
    (work,) = claim(message.lane_id, channel, 10)
    assert (work.message_id, work.trial) == (message.pk, "by_phone")


def test_a_claim_looks_through_so_many_and_no_more(contact, channel, monkeypatch):
    monkeypatch.setattr(message_content, "LOOKED_THROUGH", 1)
    written = [write(contact, subject=f"dossier:{number}") for number in range(MOST_LOOKS + 2)]
    rest(written[0].lane_id, rests_until=Now() + timedelta(hours=1))
    assert claim(written[0].lane_id, channel, 1) == []
    assert Message.objects.filter(next_attempt_at__gt=Now()).count() == MOST_LOOKS


def test_a_trial_that_went_well_ends_the_rest(contact: Contact, channel: OneWay) -> None:
    row = rest(write(contact).lane_id, trial_until=Now() + timedelta(minutes=1))
    circuit_breaker.note_ways(row.lane_id, [("by_phone", Outcome(OutcomeKind.ACCEPTED, way="by_phone"))])
    assert not WayRest.objects.exists()


@pytest.mark.parametrize(
    ("rests_for", "tried_for", "shown"),
    [(60, None, True), (-60, 60, True), (-60, -30, False), (0, None, False)],
)
def test_a_way_is_shown_while_it_rests_or_is_tried(contact, channel, rests_for, tried_for, shown):
    lane = Lane.objects.create(channel=channel.code, account="chinh")
    ends = None if tried_for is None else Now() + timedelta(seconds=tried_for)
    rest(lane.pk, rests_until=Now() + timedelta(seconds=rests_for), trial_until=ends)
    (shown_lane,) = (one for one in monitoring.lanes() if one.pk == lane.pk)
    assert (len(shown_lane.ways), shown_lane.needs_a_look) == (int(shown), shown)
    complaint = lane_cell(current_province())
    assert (complaint.need == Urgency.NOW) == shown
