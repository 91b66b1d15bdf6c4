"""A message whose answer was lost is on the telephone once or not at all, and we come to know which."""

import pytest

from messaging.channels.states import State
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
