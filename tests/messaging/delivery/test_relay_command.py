from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.channels.base import Outcome, OutcomeKind
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.relay import process
from messaging.outbox.models.messages import Message
from tenants.isolation.context import province_context
from tests.messaging.conftest import ScriptedChannel, agreed, write


def relay_command(*arguments: str) -> str:
    output = StringIO()
    call_command("relay", *arguments, stdout=output)
    return output.getvalue()


def status_of(slug: str) -> str:
    """What `status` prints when there is something to look into."""
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("relay", "status", "--province", slug, stdout=output)
    return output.getvalue()


def state(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_drain_sends_what_is_due_and_leaves_what_is_held(contact: Contact, scripted: ScriptedChannel) -> None:
    due, held = write(contact, "1"), write(agreed("0905000218"), "1", hold_seconds=60)
    output = relay_command("drain")
    assert (state(due), state(held), "1 tin" in output) == (State.DELIVERED, State.QUEUED, True)


def test_drain_of_one_province_leaves_the_others(contact: Contact, scripted: ScriptedChannel) -> None:
    here = write(contact)
    with province_context("dongnai"):
        there = write(agreed("0905000218"))
    relay_command("drain", "--province", "dongnai")
    with province_context("dongnai"):
        assert state(there) == State.DELIVERED
    assert state(here) == State.QUEUED


def test_drain_tells_of_trouble(
    contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[int]:
        raise RuntimeError("hỏng")

    monkeypatch.setattr(process, "due_lanes", broken)
    with pytest.raises(CommandError, match="gặp lỗi"):
        relay_command("drain", "--province", "daklak")


def test_status_counts_by_lane(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.answers = [Outcome(OutcomeKind.PERMANENT)]
    lane_loop.run_lane(write(contact, "1").lane_id)
    write(agreed("0905000219"), "2")
    write(agreed("0905000218"), "3", hold_seconds=60)
    line = status_of("daklak")
    assert line.split("\t")[:4] == ["daklak", "scripted/chinh", "đang chạy", "chờ 2"]
    assert ("đến hạn 1" in line, "không gửi được 1" in line) == (True, True)


def test_an_unknown_province_is_named(province: object) -> None:
    with pytest.raises(CommandError, match="hanoi"):
        relay_command("status", "--province", "hanoi")


def test_status_ends_well_when_there_is_nothing_to_look_into(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    write(contact)
    assert "scripted/chinh" in relay_command("status", "--province", "daklak")
