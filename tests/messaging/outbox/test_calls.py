"""What no channel could tell: opened once, overtaken only by what replaces it, given back by a recall."""

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.outbox import phone_calls
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call, CallTry
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Role
from tests.conftest import CommittedProvince
from tests.factories import AgencyFactory, AssignmentFactory
from tests.messaging.calling import ended, opened, outcome, without_message
from tests.messaging.conftest import NUMBER, SUBJECT, agreed, write

Reason, Outcome, Try = Call.Reason, Call.Outcome, CallTry.Outcome


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three kinds of news, for these tests alone."""
    monkeypatch.setattr(templates, "_registry", {})
    for name, kind in (
        ("received", templates.Kind.STATUS),
        ("done", templates.Kind.STATUS),
        ("correction", templates.Kind.CORRECTION),
        ("apology", templates.Kind.ADDITION),
    ):
        templates.register(name, "Tiêu đề", "Nội dung", kind=kind)


@pytest.fixture
def desk(province: object) -> Agency:
    return AgencyFactory(desk=True)


@pytest.fixture
def clerk(desk: Agency) -> User:
    person: User = AssignmentFactory(agency=desk, role=Role.CLERK).user
    return person


# Opening


def test_a_call_says_whom_where_and_the_whole_text(contact: Contact, desk: Agency) -> None:
    call = opened(ended(contact, desk=desk), Reason.FAILED, "Số không dùng Zalo.")
    assert (call.name, call.phone, call.desk) == ("Nguyễn Thị Thử", NUMBER, desk)
    assert (call.reason, call.problem) == ("failed", "Số không dùng Zalo.")
    assert call.body == "Kính gửi ông/bà. Gọi 0200 000 0000."


def test_the_reader_whom_the_message_names_is_called_and_not_the_first_owner_of_the_number(contact):
    message = ended(contact)
    message.reader = "Trần Văn Thử"
    assert opened(message).name == "Trần Văn Thử"


def test_a_text_longer_than_any_channel_takes_is_told_whole(desk: Agency) -> None:
    body = f"{'chữ ' * 150}hết.⟦ Gọi 0200 000 0000.⟧"
    assert without_message(desk, body=body).body == f"{'chữ ' * 150}hết. Gọi 0200 000 0000."


def test_a_message_has_one_call_however_often_it_is_asked_for(contact: Contact) -> None:
    message = ended(contact)
    first, second = opened(message, Reason.UNCERTAIN), opened(message, Reason.FAILED, "Số sai.")
    assert (first.pk == second.pk, second.reason, second.problem) == (True, "failed", "Số sai.")


def test_an_act_without_a_message_has_one_call_for_each_reader(desk: Agency) -> None:
    same = [without_message(desk).pk for _ in range(2)]
    other = without_message(desk, name="Lê Thị Thử").pk
    assert (same[0] == same[1], other == same[0]) == (True, False)


def test_two_readers_of_one_event_are_two_calls(contact: Contact) -> None:
    other = agreed("0905000111", "Trần Văn Thử")
    assert opened(ended(contact)).pk != opened(ended(other)).pk


@pytest.mark.committed
def test_a_call_is_opened_only_with_the_act(committed_province: CommittedProvince) -> None:
    message = ended(agreed(NUMBER))
    with pytest.raises(TransactionManagementError):
        phone_calls.open_call(message, Reason.FAILED)


# Overtaking


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("received", "done", Outcome.OVERTAKEN),
        # Neither an apology nor a correction is lost, and an apology replaces nothing.
        ("apology", "done", ""),
        ("correction", "done", ""),
        ("received", "apology", ""),
    ],
)
def test_newer_news_takes_the_place_of_an_older_state(contact, first, second, left):
    older = opened(ended(contact, "1", first))
    opened(ended(contact, "2", second))
    assert outcome(older) == left


def test_another_reader_and_another_dossier_are_still_told(contact: Contact) -> None:
    other = opened(ended(agreed("0905000111", "Trần Văn Thử"), "1", "received"))
    elsewhere = opened(ended(contact, "1", "received", subject="dossier:H15.08-261125-0002"))
    opened(ended(contact, "2", "done"))
    assert (outcome(other), outcome(elsewhere)) == ("", "")


def test_a_reader_whose_name_was_corrected_is_the_same_by_the_number(contact: Contact) -> None:
    older = opened(ended(contact, "1", "received"))
    Call.objects.filter(pk=older.pk).update(name="Tên cũ ghi sai")
    newer = opened(ended(contact, "2", "done"))
    assert (outcome(older), outcome(newer)) == (Outcome.OVERTAKEN, "")


def test_an_older_message_given_up_later_does_not_overtake_the_newer(contact: Contact) -> None:
    old, new = ended(contact, "1", "received"), ended(contact, "2", "done")
    newer, older = opened(new), opened(old, Reason.UNCERTAIN)
    assert (outcome(older), outcome(newer)) == (Outcome.OVERTAKEN, "")


@pytest.mark.parametrize(("intent", "left"), [("received", Outcome.OVERTAKEN), ("apology", "")])
def test_an_older_state_is_not_told_to_who_has_read_the_newer(contact, intent, left):
    old, new = ended(contact, "1", intent), ended(contact, "2", "done")
    Message.objects.filter(pk=new.pk).update(state=State.DELIVERED)
    assert outcome(opened(old)) == left


def test_the_arrival_of_newer_news_alone_overtakes_the_open_call(contact: Contact) -> None:
    before = write(contact, "1", intent="received")
    call = opened(ended(contact, "2", "received"))
    with transaction.atomic():
        phone_calls.close_superseded(before)
    assert outcome(call) == ""
    with transaction.atomic():
        phone_calls.close_superseded(write(contact, "3", intent="done"))
    assert outcome(call) == Outcome.OVERTAKEN


def test_who_was_told_the_newer_news_at_the_desk_is_not_called_about_the_older(desk: Agency) -> None:
    state, apology = without_message(desk, "1", "received"), without_message(desk, "2", "apology")
    with transaction.atomic():
        phone_calls.close_outdated(subject=SUBJECT, name=state.name, phone=state.phone, intent="done")
    assert (outcome(state), outcome(apology)) == (Outcome.OVERTAKEN, "")


# What the room settles, and opens, itself


def test_a_message_that_arrived_after_all_needs_no_call_unless_it_is_sent_once_more_in_vain(contact):
    message = ended(contact)
    call = opened(message)
    with transaction.atomic():
        phone_calls.close_as_reached(message)
    assert outcome(call) == Outcome.NEEDLESS
    assert (outcome(opened(message)), Call.objects.count()) == ("", 1)


def test_what_people_settled_is_not_opened_again(contact: Contact, desk: Agency, clerk: User) -> None:
    message = ended(contact, desk=desk)
    phone_calls.record(opened(message).pk, actor=clerk, outcome=Try.INFORMED)
    assert outcome(opened(message)) == Outcome.INFORMED


def test_a_recalled_act_is_told_to_nobody(contact: Contact) -> None:
    call = opened(ended(contact, "2", "done"))
    with transaction.atomic():
        told = phone_calls.close_recalled(SUBJECT, "2")
    assert (outcome(call), told) == (Outcome.NEEDLESS, False)


def test_the_recall_of_what_was_told_by_telephone_says_so(contact, desk, clerk):
    phone_calls.record(opened(ended(contact, "2", "done", desk=desk)).pk, actor=clerk, outcome=Try.INFORMED)
    with transaction.atomic():
        assert phone_calls.close_recalled(SUBJECT, "2")


def test_the_recall_gives_back_the_call_that_the_recalled_act_had_overtaken(contact: Contact) -> None:
    older = opened(ended(contact, "1", "received"))
    opened(ended(contact, "2", "done"))
    with transaction.atomic():
        phone_calls.close_recalled(SUBJECT, "2")
    assert outcome(older) == ""


def test_the_recall_leaves_what_something_else_had_overtaken(contact: Contact) -> None:
    older = opened(ended(contact, "1", "received"))
    opened(ended(contact, "2", "done"))
    opened(ended(contact, "3", "correction"))
    with transaction.atomic():
        phone_calls.close_recalled(SUBJECT, "3")
    assert outcome(older) == Outcome.OVERTAKEN
