from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery.relay import process
from messaging.outbox.models.messages import Message
from tenants.isolation.context import province_context
from tests.messaging.conftest import ScriptedChannel, agreed, write


def relay_command(*arguments: str) -> str:
    output = StringIO()
    call_command("relay", *arguments, stdout=output)
    return output.getvalue()


def state(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_drain_of_one_province_leaves_the_others(contact: Contact, scripted: ScriptedChannel) -> None:
    here = write(contact)
    with province_context("dongnai"):
        there = write(agreed("0905000218"))
    relay_command("drain", "--province", "dongnai")
    with province_context("dongnai"):
        assert state(there) == State.DELIVERED
    assert state(here) == State.QUEUED


def test_drain_tells_of_trouble(contact, scripted, monkeypatch):
    def broken() -> list[int]:
        raise RuntimeError("hỏng")

    monkeypatch.setattr(process, "due_lanes", broken)
    with pytest.raises(CommandError, match="gặp lỗi"):
        relay_command("drain", "--province", "daklak")


def test_status_ends_well_when_there_is_nothing_to_look_into(contact, scripted):
    write(contact)
    assert "scripted/chinh" in relay_command("status", "--province", "daklak")
