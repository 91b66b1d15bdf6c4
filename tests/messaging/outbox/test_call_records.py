"""How a call is recorded, by whom, and what its desk's list holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import Http404

from messaging.outbox import phone_calls
from messaging.outbox.models.phone_calls import Call, CallTry
from messaging.outbox.phone_calls import CallFilter
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tenants.organisation.models import Agency, Role
from tests.conftest import CommittedProvince
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory
from tests.messaging.calling import outcome, without_message
from tests.messaging.conftest import NUMBER, SUBJECT
from tests.messaging.holding import wait_for_locks

Outcome, Try = Call.Outcome, CallTry.Outcome


@pytest.fixture
def desk(province: object) -> Agency:
    return AgencyFactory(desk=True)


@pytest.fixture
def clerk(desk: Agency) -> User:
    person: User = AssignmentFactory(agency=desk, role=Role.CLERK).user
    return person


def test_no_answer_leaves_it_open_and_told_settles_it_for_good(desk: Agency, clerk: User) -> None:
    call = without_message(desk)
    for _ in range(2):
        phone_calls.record(call.pk, actor=clerk, outcome=Try.NO_ANSWER)
    assert (outcome(call), call.tries.count()) == ("", 2)
    assert phone_calls.record(call.pk, actor=clerk, outcome=Try.INFORMED).settled_at is not None
    with pytest.raises(phone_calls.AlreadySettled, match=clerk.full_name):
        phone_calls.record(call.pk, actor=clerk, outcome=Try.UNREACHABLE, note="Sai số")
    assert (outcome(call), call.tries.count()) == (Outcome.INFORMED, 3)


@pytest.mark.parametrize("wanted", [Try.UNREACHABLE, Try.INFORMED_OTHERWISE])
def test_some_outcomes_need_a_word(desk: Agency, clerk: User, wanted: str) -> None:
    call = without_message(desk)
    with pytest.raises(phone_calls.NoteNeeded):
        phone_calls.record(call.pk, actor=clerk, outcome=wanted, note="  ")
    assert (outcome(call), call.tries.count()) == ("", 0)


def test_recording_leaves_a_trace_without_personal_data(desk: Agency, clerk: User) -> None:
    call = without_message(desk)
    phone_calls.record(call.pk, actor=clerk, outcome=Try.UNREACHABLE, note="Bà Nguyễn Thị Thử đổi số")
    entry = AuditEntry.objects.get(action="call.record")
    assert (entry.subject, entry.actor_name, entry.detail) == (
        SUBJECT,
        clerk.username,
        {"call": call.pk, "outcome": "unreachable"},
    )


def test_reading_the_number_leaves_a_trace_and_of_a_settled_call_nobody_reads_it(desk, clerk):
    call = without_message(desk)
    assert phone_calls.reveal_number(call.pk, actor=clerk) == NUMBER
    assert AuditEntry.objects.get(action="call.number").detail == {"call": call.pk}
    phone_calls.record(call.pk, actor=clerk, outcome=Try.INFORMED)
    with pytest.raises(phone_calls.AlreadySettled):
        phone_calls.reveal_number(call.pk, actor=clerk)


@pytest.mark.committed
def test_of_two_at_once_one_is_told_that_the_other_was_first(committed_province: CommittedProvince) -> None:
    """Both find the row held by a third, so that neither can have looked after the other was done."""
    desk = AgencyFactory(code="H99.08", desk=True)
    people = [AssignmentFactory(agency=desk, role=Role.CLERK).user for _ in range(2)]
    call = without_message(desk)

    def press(person: User) -> str:
        try:
            with province_context(committed_province.record):
                return phone_calls.record(call.pk, actor=person, outcome=Try.INFORMED).outcome
        except phone_calls.AlreadySettled:
            return "second"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=call.pk)
            pressed = [pool.submit(press, person) for person in people]
            wait_for_locks(len(people))
        answers = sorted(one.result() for one in pressed)
    assert (answers, call.tries.count()) == (["second", "told"], 1)


# Who


@pytest.mark.parametrize(("role", "may"), [(Role.CLERK, True), (Role.LEADER, True), (Role.SPECIALIST, False)])
def test_clerks_and_leaders_of_the_desk_record(desk: Agency, role: str, may: bool) -> None:
    person = AssignmentFactory(agency=desk, role=role).user
    call = without_message(desk)
    if not may:
        with pytest.raises(PermissionDenied):
            phone_calls.record(call.pk, actor=person, outcome=Try.INFORMED)
    else:
        phone_calls.record(call.pk, actor=person, outcome=Try.INFORMED)
    assert call.tries.exists() == may


def test_a_stranger_neither_sees_nor_records(desk: Agency) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(desk=True)).user
    call = without_message(desk)
    assert not phone_calls.visible_to(stranger).exists()
    with pytest.raises(Http404):
        phone_calls.record(call.pk, actor=stranger, outcome=Try.INFORMED)


def test_the_successor_of_a_dissolved_desk_takes_its_calls_over(desk: Agency, clerk: User) -> None:
    old = AgencyFactory(desk=True, successor=desk, dissolved_on="2026-01-01")
    call = without_message(old)
    assert phone_calls.record(call.pk, actor=clerk, outcome=Try.INFORMED).outcome == Outcome.INFORMED


def test_a_call_of_no_desk_is_for_who_sees_the_whole_province(clerk: User) -> None:
    call = without_message(None)
    administrator = AssignmentFactory(role=Role.ADMINISTRATOR).user
    superuser = UserFactory(administrator=True)
    seen = [phone_calls.visible_to(person).exists() for person in (clerk, administrator, superuser)]
    assert seen == [False, True, True]
    assert phone_calls.record(call.pk, actor=administrator, outcome=Try.INFORMED).outcome == Outcome.INFORMED


# The list


def test_who_waits_longest_comes_first(desk: Agency, clerk: User) -> None:
    late, early = without_message(desk, "1"), without_message(desk, "2", "apology")
    Call.objects.filter(pk=early.pk).update(opened_at=Now() - timedelta(days=2))
    assert list(phone_calls.find(clerk, CallFilter())) == [early, late]


def test_a_leader_above_may_ask_for_the_own_desk_alone(desk: Agency) -> None:
    below = AgencyFactory(desk=True, parent=desk)
    leader = AssignmentFactory(agency=desk, role=Role.LEADER).user
    own, other = without_message(desk), without_message(below, "2", "apology")
    assert set(phone_calls.find(leader, CallFilter())) == {own, other}
    assert list(phone_calls.find(leader, CallFilter(own=True))) == [own]


def test_settled_ones_are_shown_for_thirty_days(desk: Agency, clerk: User) -> None:
    recent, old = without_message(desk), without_message(desk, "2", "apology")
    for call in (recent, old):
        phone_calls.record(call.pk, actor=clerk, outcome=Try.INFORMED)
    Call.objects.filter(pk=old.pk).update(settled_at=Now() - timedelta(days=31))
    assert list(phone_calls.find(clerk, CallFilter(settled=True))) == [recent]


def test_the_list_costs_the_same_for_many(desk, clerk, django_assert_max_num_queries):
    for number in range(5):
        call = without_message(desk, str(number), "apology")
        phone_calls.record(call.pk, actor=clerk, outcome=Try.NO_ANSWER)
    with django_assert_max_num_queries(4):
        names = [
            (call.desk.name, attempt.by.full_name)
            for call in phone_calls.find(clerk, CallFilter())
            if call.desk
            for attempt in call.tries.all()
        ]
    assert len(names) == 5
