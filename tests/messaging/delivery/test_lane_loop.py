"""The loop over one lane: a slow provider keeps no worker, results survive the database, one limit for all workers."""

import threading
import time as clock_of_the_machine
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from celery import signals
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models.functions import Now

from messaging.channels.base import (
    Account,
    Capabilities,
    Finding,
    Health,
    Outcome,
    OutcomeKind,
    Reason,
    registry,
)
from messaging.channels.lanes import circuit_breaker
from messaging.channels.lanes.lanes import Lease
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop, tasks
from messaging.delivery.claims import claim, claim_questions
from messaging.delivery.relay import process, sweep
from messaging.delivery.results import settle_all
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.models.messages import Attempt, Message
from tenants import clock
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.conftest import CommittedProvince
from tests.messaging.conftest import ScriptedChannel, agreed, lane, let_leases_run_out, write
from tests.messaging.delivery.test_probe import whats
from tests.messaging.granting import GrantingChannel, grant, granted

PATIENCE = 10.0


@pytest.mark.committed
@pytest.mark.real_clock
def test_a_provider_that_hangs_keeps_the_worker_for_a_moment_only(committed_province, scripted):
    """The slow attempt is recorded by a thread of its own when it comes back; the process waits for it before it ends."""
    released = threading.Event()
    scripted.on_send = lambda: released.wait(PATIENCE)
    message = write(agreed("0905000217"), channels=["scripted"])
    began = clock_of_the_machine.monotonic()
    report = lane_loop.run_lane(message.lane_id, seconds=0.2)
    took = clock_of_the_machine.monotonic() - began
    assert (took < PATIENCE / 2, report.settled, lane().lease_until) == (True, 0, None)
    released.set()
    signals.worker_process_shutdown.send(tasks)
    message.refresh_from_db()
    assert (message.state, message.attempts, len(scripted.sent)) == (State.DELIVERED, 1, 1)


@pytest.mark.committed
@pytest.mark.real_clock
def test_a_slow_result_is_kept_while_the_database_is_away(committed_province, scripted, monkeypatch):
    failures, released = [OperationalError("no connection")], threading.Event()

    def settle(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return settle_all(*arguments)

    monkeypatch.setattr(lane_loop, "settle_all", settle)
    monkeypatch.setattr(lane_loop, "_BETWEEN_TRIES", 0.0)
    scripted.on_send = lambda: released.wait(PATIENCE)
    message = write(agreed("0905000217"), channels=["scripted"])
    lane_loop.run_lane(message.lane_id, seconds=0.2)
    released.set()
    lane_loop.wait_for_stragglers()
    message.refresh_from_db()
    assert message.state == State.DELIVERED


@pytest.mark.committed
@pytest.mark.real_clock
def test_what_a_slow_provider_refuses_as_worn_out_is_renewed(committed_province, scripted, monkeypatch):
    """Its refusal comes after the turn has ended."""
    channel, released = GrantingChannel(), threading.Event()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    granted(channel)
    channel.pair = lambda: {"access": "khac", "refresh": "refresh-0"}  # type: ignore[method-assign]
    channel.on_send = lambda: released.wait(PATIENCE)
    message = write(agreed("0905000217"), channels=["scripted"])
    lane_loop.run_lane(message.lane_id, seconds=0.2)
    released.set()
    lane_loop.wait_for_stragglers()
    assert (channel.refused, channel.shown, grant().generation) == (1, ["refresh-0"], 2)


@pytest.mark.committed
@pytest.mark.real_clock
def test_questions_that_hang_count_against_the_lanes_limit(committed_province, scripted):
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=2)
    contact, released, asked = agreed("0905000217"), threading.Event(), []
    for number in range(6):
        message = write(contact, subject=f"dossier:{number}", channels=["scripted"])
    Message.objects.update(state=State.ACCEPTED, next_attempt_at=Now())

    def ask(account: Account, question: Any) -> Finding:
        asked.append(question)
        released.wait(PATIENCE)
        return Finding.DELIVERED

    scripted.reconcile_unknown = ask  # type: ignore[method-assign]
    for _turn in range(2):
        lane_loop.run_lane(message.lane_id, seconds=0.2)
    released.set()
    lane_loop.wait_for_stragglers()
    assert len(asked) == 2


def test_results_are_kept_while_the_database_is_away(contact, scripted, monkeypatch):
    class Connection:
        def close(self) -> None:
            """The connection of the test stays."""

    failures = [OperationalError("server closed the connection"), OperationalError("no connection")]

    def settle(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return settle_all(*arguments)

    monkeypatch.setattr(lane_loop, "settle_all", settle)
    monkeypatch.setattr(lane_loop, "connection", Connection())
    monkeypatch.setattr(lane_loop, "_BETWEEN_TRIES", 0.0)
    message = write(contact)
    report = lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    assert (report.settled, len(scripted.sent), message.state) == (1, 1, State.DELIVERED)


def test_no_result_is_written_down_twice(contact, scripted, monkeypatch):
    """The database goes after a result was written down."""
    note, failures = circuit_breaker.note_ways, [OperationalError("server closed the connection")]

    def broken_once(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return note(*arguments)

    monkeypatch.setattr(circuit_breaker, "note_ways", broken_once)
    scripted.answers = [Outcome(OutcomeKind.ACCEPTED, cost=300)]
    message = write(contact)
    with pytest.raises(OperationalError):
        lane_loop.run_lane(message.lane_id)
    lane_loop.run_lane(message.lane_id)
    assert (Attempt.objects.filter(message=message).count(), lane().money_spent) == (1, 300)


def test_a_rest_that_late_results_brought_is_known_to_a_running_turn(contact, scripted, monkeypatch):
    """What it sent meanwhile would be in doubt as well."""
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=1)
    row = write(contact, "1").lane
    write(contact, "2", subject="dossier:2")

    def settle(*arguments: Any) -> Any:
        circuit_breaker.note(row.pk, circuit_breaker.condition_of(row), [Outcome(OutcomeKind.UNKNOWN)])
        return settle_all(*arguments)

    monkeypatch.setattr(lane_loop, "settle_all", settle)
    lane_loop.run_lane(row.pk)
    assert len(scripted.sent) == 1


def test_a_rest_that_late_results_brought_outlasts_a_running_turn(contact, scripted):
    row = write(contact).lane
    known = circuit_breaker.condition_of(row)
    full = Outcome(OutcomeKind.TEMPORARY, reason=Reason.RATE_LIMIT, retry_after=timedelta(minutes=5))
    circuit_breaker.note(row.pk, known, [full])
    circuit_breaker.note(row.pk, known, [Outcome(OutcomeKind.UNKNOWN)])
    assert lane().rests_until is not None


def test_a_provider_whose_answers_cannot_be_read_is_sent_no_more_than_was_on_its_way(
    contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once it answers a question again, all the rest is sent, at first one at a time."""
    for number in range(20):
        message = write(contact, subject=f"dossier:{number}")
    scripted.answers = [Outcome(OutcomeKind.UNKNOWN, "500", reason=Reason.PROVIDER)] * 20
    questions: list[bool] = []

    def health(account: Account) -> Health:
        questions.append(well := len(questions) > 3)
        return Health(well)

    monkeypatch.setattr(scripted, "health", health)
    for _rest in range(4):
        lane_loop.run_lane(message.lane_id)
        Lane.objects.update(rests_until=Now())
    assert len(scripted.sent) <= scripted.capabilities.concurrency
    scripted.answers = []
    in_doubt = Message.objects.filter(state=State.UNKNOWN).count()
    for _turn in range(3):
        lane_loop.run_lane(message.lane_id)
        Lane.objects.update(rests_until=None)
    delivered = Message.objects.filter(state=State.DELIVERED).count()
    assert (in_doubt <= 8, delivered, lane().rests) == (True, 20 - in_doubt, 0)


def test_a_message_behind_many_that_end_is_sent_in_the_same_turn(contact, scripted):
    ending = [write(contact, subject=f"dossier:{number}").pk for number in range(30)]
    Message.objects.filter(pk__in=ending).update(recalled_at=Now())
    write(contact, subject="dossier:sau")
    assert lane_loop.run_lane(lane().pk).settled == 1


def test_attempts_of_another_worker_count_against_the_lanes_limit(contact, scripted):
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=1)
    slow, waiting = write(contact, subject="dossier:1"), write(contact, subject="dossier:2")
    Message.objects.filter(pk=slow.pk).update(
        state=State.SENDING, attempts=1, sent_at=Now(), lease_until=Now() + timedelta(seconds=9),
        next_attempt_at=Now() + timedelta(seconds=9),
    )  # fmt: skip
    report = lane_loop.run_lane(waiting.lane_id, seconds=0.2)
    assert (report.taken, report.settled, scripted.sent) == (True, 0, [])


def test_a_turn_ends_after_its_rows_and_says_that_there_is_more(contact, scripted):
    for number in range(5):
        write(contact, subject=f"dossier:{number}")
    done = lane_loop.run_lane(lane().pk, rows=1)
    assert (done.more, done.settled) == (True, 1)


def test_a_process_that_ends_claims_no_more(contact, scripted, monkeypatch):
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(lane_loop, "stop_all", stopping)
    message = write(contact)
    report = lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    assert (report.settled, report.more, message.state, lane().lease_until) == (0, True, State.QUEUED, None)


@pytest.mark.committed
@pytest.mark.real_clock
def test_a_relay_that_works_until_empty_waits_for_slow_attempts(committed_province, scripted):
    """And it ends, although a broadcast over its budget is still due."""
    contact, released = agreed("0905000217"), threading.Timer(1.5, lambda: hanging.set())
    hanging = threading.Event()
    scripted.on_send = lambda: hanging.wait(PATIENCE)
    slow, bulk = (
        write(contact, subject=name, channels=["scripted"]) for name in ("dossier:1", "broadcast:1")
    )
    Message.objects.filter(pk=bulk.pk).update(bulk=True)
    Lane.objects.update(monthly_budget=10, spent=8, spent_month=clock.today().replace(day=1))

    def provinces() -> Iterator[ProvinceRecord]:
        with province_context(committed_province.record) as province:
            yield province

    released.start()
    process.serve(provinces, provinces, threading.Event(), until_empty=True)
    slow.refresh_from_db()
    assert slow.state == State.DELIVERED


@pytest.mark.committed
@pytest.mark.real_clock
def test_a_lane_is_free_as_soon_as_the_session_that_held_it_is_gone(committed_province, scripted):
    """What was on its way stays under its own lease, and takes no place of the next holder's."""
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=1)
    left, next_one = (write(agreed("0905000217"), subject=f"dossier:{number}") for number in range(2))
    taken, may_die = threading.Event(), threading.Event()

    def hold() -> None:
        with province_context(committed_province.record):
            lease = Lease(left.lane_id, lane_loop.LANE_LEASE)
            assert lease.take()
            claim(left.lane_id, scripted, 1, holds=lease.holds)
            taken.set()
            may_die.wait(PATIENCE)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(PATIENCE)
    assert (due_lanes(), lane_loop.run_lane(left.lane_id).taken, whats()) == ([], False, set())
    may_die.set()
    holder.join()
    assert (due_lanes(), whats()) == ([left.lane_id], {sweep.LANE})
    lane_loop.run_lane(left.lane_id)
    states = [Message.objects.get(pk=one.pk).state for one in (left, next_one)]
    assert states == [State.SENDING, State.DELIVERED]


def test_only_a_lane_that_was_not_given_back_is_taken_over(contact: Contact) -> None:
    """What a turn that ended left on its way still takes places."""
    lane_id, found = write(contact).lane_id, []
    for ends in (Lease.give_back, lambda _lease: let_leases_run_out(), Lease.give_back):
        lease = Lease(lane_id, lane_loop.LANE_LEASE)
        assert lease.take()
        found.append(lease.took_over)
        ends(lease)
    assert found == [False, False, True]


@pytest.mark.committed
@pytest.mark.real_clock
def test_a_process_that_is_frozen_in_a_transaction_holds_the_lane_no_longer_than_its_lease(
    committed_province: CommittedProvince, scripted: ScriptedChannel
) -> None:
    lane_id = write(agreed("0905000217")).lane_id
    locked, over = threading.Event(), threading.Event()

    def freeze() -> None:
        with province_context(committed_province.record), suppress(DatabaseError):
            Lease(lane_id, timedelta(seconds=1)).take()
            with transaction.atomic():
                Lane.objects.select_for_update().get(pk=lane_id)
                locked.set()
                over.wait(PATIENCE)
        connection.close()

    frozen = threading.Thread(target=freeze)
    frozen.start()
    assert locked.wait(PATIENCE)
    clock_of_the_machine.sleep(1)
    began = clock_of_the_machine.monotonic()
    while not Lease(lane_id, lane_loop.LANE_LEASE).take():
        assert clock_of_the_machine.monotonic() - began < PATIENCE / 2
    over.set()
    frozen.join()


@pytest.mark.parametrize("ended", ["its session", "its time", "somebody took the lane"])
def test_nothing_is_claimed_under_a_lease_that_ended(contact, scripted, ended):
    """A process that was frozen wakes up between renewing and claiming."""
    message = write(contact)
    Message.objects.update(state=State.ACCEPTED)
    lease = Lease(message.lane_id, lane_loop.LANE_LEASE)
    lease.take()
    if ended == "its session":
        lease.session += 1
    else:
        let_leases_run_out()
    if ended == "somebody took the lane":
        Lease(message.lane_id, lane_loop.LANE_LEASE).take()
    write(contact, "2")
    assert claim(message.lane_id, scripted, 1, holds=lease.holds) == []
    assert claim_questions(message.lane_id, scripted, 1, lease.holds) == []


@pytest.mark.committed
@pytest.mark.real_clock
def test_neither_a_lane_that_hangs_nor_one_that_raises_holds_up_another(
    committed_province: CommittedProvince, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider of one lane answers only when the other lane's message has arrived; a third lane cannot record."""
    contact = agreed("0905000217")
    arrived, stop = threading.Event(), threading.Event()
    starved: list[bool] = []

    def send(account: Account, message: Any, real: Any = scripted.send) -> Any:
        if account.name == "treo":
            starved.append(not arrived.wait(PATIENCE))
            stop.set()
        elif account.name == "tot":
            arrived.set()
        return real(account, message)

    def settle(channel: Any, lane_id: int, pairs: Any) -> Any:
        if lane_id == broken:
            raise RuntimeError("hỏng")
        return settle_all(channel, lane_id, pairs)

    scripted.send = send  # type: ignore[method-assign]
    monkeypatch.setattr(lane_loop, "settle_all", settle)
    broken, hanging, good = (lane_of(name, contact) for name in ("hong", "treo", "tot"))

    def provinces() -> Iterator[ProvinceRecord]:
        with province_context(committed_province.record) as province:
            yield province

    process.serve(provinces, provinces, stop)
    states = dict(Message.objects.values_list("lane", "state"))
    assert starved == [False]
    assert states == {broken: State.SENDING, hanging: State.DELIVERED, good: State.DELIVERED}


def lane_of(account: str, contact: Contact) -> int:
    """A lane of this account with one message due."""
    message = write(contact, subject=f"dossier:{account}", channels=["scripted"])
    made = Lane.objects.create(channel="scripted", account=account)
    Message.objects.filter(pk=message.pk).update(lane=made)
    return made.pk
