"""A reader whom the provider refused: it is not asked again about the next notice, until the reader is heard of."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from messaging.channels.base import Outcome, OutcomeKind, Reason
from messaging.channels.states import State
from messaging.contacts import contacts, followers
from messaging.contacts.models import Consent, Contact, Follower
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import REFUSED_FOR, Message
from messaging.outbox.models.phone_calls import Call
from tests.messaging.conftest import ScriptedChannel, write

pytestmark = pytest.mark.usefixtures("contact")


def refuse(scripted: ScriptedChannel, contact: Contact, reason: Reason = Reason.OPTED_OUT) -> None:
    scripted.answers = [Outcome(OutcomeKind.PERMANENT, "-141", "Người nhận đã từ chối.", reason=reason)]
    lane_loop.run_lane(write(contact, "1").lane_id)


def sent_next(scripted: ScriptedChannel, contact: Contact) -> tuple[str, int]:
    """What became of the next notice, and how often the provider was called so far."""
    message = write(contact, "2")
    lane_loop.run_lane(message.lane_id)
    return Message.objects.get(pk=message.pk).state, len(scripted.sent)


@pytest.mark.parametrize("reason", [Reason.OPTED_OUT, Reason.NO_ACCOUNT])
def test_who_was_refused_is_called_without_asking_again(contact, scripted, reason):
    refuse(scripted, contact, reason)
    assert sent_next(scripted, contact) == (State.FAILED, 1)
    assert Call.objects.count() == 2


def test_another_reason_says_nothing_about_the_next_notice(contact, scripted):
    refuse(scripted, contact, Reason.BAD_PAYLOAD)
    assert sent_next(scripted, contact) == (State.DELIVERED, 2)


@pytest.mark.parametrize("column", ["last_heard_at", "followed_at"])
@pytest.mark.parametrize(("later", "wanted"), [(True, State.DELIVERED), (False, State.FAILED)])
def test_who_writes_or_follows_afterwards_is_tried_again(contact, scripted, column, later, wanted):
    refuse(scripted, contact)
    reader = Follower.objects.create(channel="scripted", account="chinh", address="1234567")
    followers.link(reader, "dossier:khac", contact, "mã liên kết thử")
    moment = Now() + timedelta(seconds=1) if later else Now() - timedelta(days=1)
    Follower.objects.update(**{column: moment})
    assert sent_next(scripted, contact)[0] == wanted


def test_a_refusal_is_forgotten_after_a_while(contact: Contact, scripted: ScriptedChannel) -> None:
    refuse(scripted, contact)
    Consent.objects.update(refused_at=F("refused_at") - REFUSED_FOR)
    assert sent_next(scripted, contact) == (State.DELIVERED, 2)


def test_it_counts_for_its_purpose_and_its_channel_alone(contact: Contact, scripted: ScriptedChannel) -> None:
    contacts.grant(contact, "scripted", contacts.NEWS, evidence="đơn thử")
    refuse(scripted, contact)
    refused = Consent.objects.filter(refused_at__isnull=False)
    assert list(refused.values_list("channel", "purpose")) == [("scripted", contacts.DOSSIER_STATUS)]
