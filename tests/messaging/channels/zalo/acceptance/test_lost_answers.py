"""A message whose answer was lost is on the telephone once or not at all, and we come to know which."""

import pytest

from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import registry
from messaging.channels.states import State
from messaging.delivery.claims import claim
from messaging.delivery.lane_loop import attempt
from messaging.outbox.models.phone_calls import Call
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage

CHAT, BY_UID, BY_PHONE = "cs", "template_uid", "template_phone"
PATHS = {CHAT: "/v3.0/oa/message/cs", BY_UID: "/v3.0/oa/message/template", BY_PHONE: "/message/template"}
ENDS = {State.ACCEPTED, State.DELIVERED}


def sent_with(stage: Stage, office: Office, person: Person, way: str, fault: str) -> tuple[Person, object]:
    """A message that goes by this way, while the fault strikes the first call of it."""
    reader = office.person(follows=False) if way == BY_PHONE else person
    if way == BY_UID:
        stage.later(hours=49)
    stage.control.fault(fault, path=PATHS[way], nth=1)
    message = office.write(reader)
    stage.run()
    assert office.state(message) == State.UNKNOWN
    return reader, message


@pytest.mark.parametrize("way", PATHS)
def test_taken_and_cut_it_is_there_once(stage: Stage, office: Office, person: Person, way: str) -> None:
    reader, message = sent_with(stage, office, person, way, "cut_after")
    if way == BY_PHONE:
        # Its receipt names our own id.
        stage.deliver()
        assert office.state(message) == State.DELIVERED
    stage.carry_on()
    assert office.state(message) in ENDS
    stage.later(hours=3)
    stage.carry_on()
    assert [one.kind for one in office.shown(reader)] == [way]
    assert stage.accepted() == 1
    with office.inside():
        assert not Call.objects.exists()


@pytest.mark.parametrize(("listed", "calls"), [("ours_alone", 0), ("nothing", 1)])
def test_where_the_chat_lists_nothing_a_person_asks_and_nothing_is_sent_again(
    stage: Stage, office: Office, person: Person, listed: str, calls: int
) -> None:
    stage.control.settings(conversation=listed)
    reader, _message = sent_with(stage, office, person, CHAT, "cut_after")
    for _hour in range(3):
        stage.carry_on(rounds=2)
        stage.later(hours=1)
    stage.carry_on()
    with office.inside():
        assert Call.objects.count() == calls
    assert [one.kind for one in office.shown(reader)] == [CHAT]


def test_taken_before_the_sender_died_and_found_long_after_it_is_there_once(
    stage: Stage, office: Office, person: Person
) -> None:
    message = office.write(person)
    with office.inside():
        zalo = registry.get("zalo")
        (work,) = claim(message.lane_id, zalo, 1)
        attempt(zalo, account_of("zalo", office.name), work)
    stage.later(hours=3)
    stage.carry_on()
    assert (office.state(message), len(office.shown(person))) == (State.ACCEPTED, 1)


def test_cut_before_a_chat_it_is_sent_again(stage: Stage, office: Office, person: Person) -> None:
    office.control.act_send_text(person.user, office.oa_id, "Xin chào")
    stage.deliver()
    _reader, message = sent_with(stage, office, person, CHAT, "cut_before")
    stage.carry_on()
    assert (office.state(message), len(office.shown(person))) == (State.DELIVERED, 1)


@pytest.mark.parametrize("way", [BY_UID, BY_PHONE])
def test_cut_before_a_form_nobody_can_tell_and_somebody_calls(
    stage: Stage, office: Office, person: Person, way: str
) -> None:
    """Zalo finds no form by our id: it is never sent a second time blindly, and not handed to another channel."""
    reader, message = sent_with(stage, office, person, way, "cut_before")
    stage.carry_on(rounds=20, minutes=15)
    assert (office.state(message), office.shown(reader)) == (State.FAILED, [])
    assert len(stage.control.requests(PATHS[way])) == 1
    with office.inside():
        assert Call.objects.get().reason == Call.Reason.UNCERTAIN


def test_a_receipt_that_comes_after_all_ends_the_call(stage: Stage, office: Office) -> None:
    stranger = office.person(follows=False, online=False)
    stage.control.fault("cut_after", path=PATHS[BY_PHONE], nth=1)
    stage.control.admin("set_template", template=office.template, timeout_ms=24 * 3_600_000)
    message = office.write(stranger)
    stage.carry_on(rounds=20, minutes=15)
    with office.inside():
        assert Call.objects.get().settled_at is None
    office.control.act("go_online", user=stranger.user)
    stage.deliver()
    assert (office.state(message), len(office.shown(stranger))) == (State.FAILED, 1)
    with office.inside():
        assert Call.objects.get().settled_at is not None
