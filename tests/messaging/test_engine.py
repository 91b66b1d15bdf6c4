"""Several lanes at once in one process."""

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from messaging.channels.base import Account
from messaging.delivery import worker
from messaging.delivery.results import settle_all
from messaging.delivery.worker import Engine
from messaging.models import Contact, Lane, Message
from messaging.models.messages import State
from messaging.relay import process
from tenants.isolation.context import current_province, province_context

from .conftest import ScriptedChannel, agreed, write

PATIENCE = 10.0


def finish(engine: Engine) -> None:
    while not engine.idle:
        engine.turn(0.05)


def test_a_lane_that_hangs_holds_up_no_other(contact: Contact, scripted: ScriptedChannel) -> None:
    hanging = current_province()
    others_are_sent = threading.Event()
    sent_by: list[UUID] = []
    starved: list[bool] = []

    def send(account: Account, message: Any, real: Any = scripted.send) -> Any:
        if account.province == hanging.uuid:
            starved.append(not others_are_sent.wait(PATIENCE))
        else:
            sent_by.append(account.province)
            if len(sent_by) == 20:
                others_are_sent.set()
        return real(account, message)

    scripted.send = send  # type: ignore[method-assign]
    engine = Engine()
    for number in range(20):
        write(contact, subject=f"dossier:{number}")
    engine.start(hanging, Lane.objects.get(channel="scripted").pk)
    with province_context("dongnai") as other:
        person = agreed("0905000218")
        for number in range(20):
            write(person, subject=f"dossier:{number}")
        engine.start(other, Lane.objects.get(channel="scripted").pk)
    finish(engine)
    engine.end()
    assert (set(starved), len(scripted.sent)) == ({False}, 40)


def test_what_was_heard_while_the_database_was_away_is_settled_afterwards(
    contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection:
        def close(self) -> None:
            """The connection of the test stays."""

    failures = [OperationalError("server closed the connection"), OperationalError("no connection")]

    def settle(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return settle_all(*arguments)

    monkeypatch.setattr(worker, "settle_all", settle)
    monkeypatch.setattr(worker, "connection", Connection())
    monkeypatch.setattr(worker, "_BETWEEN_TRIES", 0.0)
    message = write(contact)
    report = process.run_lane(message.lane_id)
    message.refresh_from_db()
    assert (report.settled, report.lost, len(scripted.sent), message.state) == (1, 0, 1, State.DELIVERED)


def test_a_relay_that_stops_gives_back_what_it_has_not_tried(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    for number in range(3):
        write(contact, subject=f"dossier:{number}")
    Lane.objects.update(rate=1)
    engine = Engine()
    engine.start(current_province(), Lane.objects.get(channel="scripted").pk)
    engine.close()
    finish(engine)
    engine.end()
    states = sorted(Message.objects.values_list("state", flat=True))
    assert (states, len(scripted.sent)) == ([State.DELIVERED, State.QUEUED, State.QUEUED], 1)
    assert Lane.objects.get(channel="scripted").lease_until is None


def test_a_lane_whose_work_raises_is_dropped_and_the_others_go_on(
    contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = current_province()

    def settle(channel: Any, lane_id: int, pairs: Any) -> Any:
        if current_province() == broken:
            raise RuntimeError("hỏng")
        return settle_all(channel, lane_id, pairs)

    monkeypatch.setattr(worker, "settle_all", settle)
    engine = Engine(isolates=True)
    engine.start(broken, write(contact).lane_id)
    with province_context("dongnai") as other:
        message = write(agreed("0905000218"))
        engine.start(other, message.lane_id)
    finish(engine)
    engine.end()
    with province_context("dongnai"):
        message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_an_answer_costs_no_look_while_messages_keep_coming(
    contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane is looked into ten times a second by itself; a chat of twenty answers a second would double that."""
    write(contact, subject="dossier:0")
    engine = Engine()
    run = engine.start(current_province(), Lane.objects.get(channel="scripted").pk)
    assert run is not None
    write(contact, subject="dossier:1")
    while run.claims < 2:
        engine.turn(0.02)
    assert (run.settled, run.may_hold_more) == (1, False)
    run.look_at += PATIENCE
    looks: list[Any] = []
    monkeypatch.setattr(worker, "claim", lambda *told, **more: looks.append(told) or [])
    while run.settled < 2:
        engine.turn(0.02)
    engine.close()
    finish(engine)
    engine.end()
    assert looks == []
