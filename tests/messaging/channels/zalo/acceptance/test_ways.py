"""Every way to a reader, and from a closed one to the next."""

import pytest

from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.models.provider_templates import ProviderTemplate
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage


def test_from_way_to_way_and_then_to_the_next_channel(stage: Stage, office: Office, person: Person) -> None:
    """By our own account they spoke an hour ago, by Zalo's a month ago; the form is not for Zalo ids, and the
    telephone has no Zalo any more."""
    office.control.last_interaction(person.user, office.oa_id, hours_ago=24 * 30)
    office.control.admin("set_template", template=office.template, uid_allowed=False)
    first = office.write(person, 1, then=["mock"])
    stage.run()
    assert office.tries(first) == ["-230", "-249", "0"]
    with office.inside():
        assert ProviderTemplate.objects.get().ways_closed == ["template_uid"]

    office.control.admin("set_user", user=person.user, has_zalo=False)
    second = office.write(person, 2, then=["mock"])
    stage.carry_on()
    # The form's way by Zalo id is known to be closed by now.
    assert office.tries(second) == ["-230", "-118"]
    assert (office.state(second), office.state(first)) == ("delivered", "accepted")
    with office.inside():
        assert Message.objects.get(pk=second.pk).lane.channel == "mock"
        assert not Call.objects.exists()


@pytest.mark.parametrize("kind", ["cs", "oa"])
def test_who_refuses_is_not_sent_it_by_another_way(stage, office, person, kind):
    office.control.act("block_type", user=person.user, oa=office.oa_id, kind=kind)
    message = office.write(person)
    stage.carry_on()
    assert (office.tries(message), office.shown(person), office.state(message)) == (["-244"], [], "failed")


def test_words_too_long_for_a_form_are_cut_as_our_placeholders_say(stage: Stage, office: Office) -> None:
    """Zalo calls every place of the form STRING; the name of an organisation is words, a code is not."""
    stranger = office.person(follows=False)
    name = "Công ty Trách nhiệm hữu hạn Một thành viên Minh Họa"
    message = office.write(stranger, values={"ho_ten": name})
    stage.carry_on()
    assert office.state(message) == "delivered"
    (shown,) = office.shown(stranger)
    assert "Công ty Trách nhiệm hữu hạn…" in shown.text
