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


def test_who_nobody_reaches_is_called(stage: Stage, office: Office) -> None:
    message = office.write(office.person(follows=False, has_zalo=False))
    stage.carry_on()
    assert office.state(message) == "failed"
    with office.inside():
        assert Call.objects.get().message_id == message.pk


@pytest.mark.parametrize("kind", ["cs", "oa"])
def test_who_refuses_is_not_sent_it_by_another_way(
    stage: Stage, office: Office, person: Person, kind: str
) -> None:
    office.control.act("block_type", user=person.user, oa=office.oa_id, kind=kind)
    message = office.write(person)
    stage.carry_on()
    assert (office.tries(message), office.shown(person), office.state(message)) == (["-244"], [], "failed")


def test_without_forms_chat_is_all_there_is(stage: Stage) -> None:
    """An OA whose forms are not approved yet works at a lower level."""
    (office,) = stage.offices
    person, stranger = office.person(), office.person(follows=False)
    chat, nothing = office.write(person, 1), office.write(stranger, 2)
    stage.carry_on()
    assert (office.state(chat), office.state(nothing)) == ("delivered", "failed")


def test_words_too_long_for_a_form_are_cut_as_our_placeholders_say(stage: Stage, office: Office) -> None:
    """Zalo calls every place of the form STRING; the name of an organisation is words, a code is not."""
    stranger = office.person(follows=False)
    name = "Công ty Trách nhiệm hữu hạn Một thành viên Minh Họa"
    message = office.write(stranger, values={"ho_ten": name})
    stage.carry_on()
    assert office.state(message) == "delivered"
    (shown,) = office.shown(stranger)
    assert "Công ty Trách nhiệm hữu hạn…" in shown.text


def test_what_fits_no_form_says_why(stage: Stage, office: Office) -> None:
    message = office.write(office.person(follows=False), values={"ma_ho_so": "H15.08-261125-0001" * 2})
    stage.carry_on()
    with office.inside():
        call = Call.objects.get()
    assert (office.tries(message), office.state(message)) == (["unfit"], "failed")
    assert "“ma_ho_so” dài quá 30 ký tự" in call.problem
    assert "chưa có mẫu tin" not in call.problem
