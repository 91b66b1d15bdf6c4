"""A province whose schema is being made, or was not migrated yet: passed over without a word until it is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from messaging.channels.states import State
from messaging.delivery import monitoring, tasks
from messaging.outbox.models.messages import Message
from tests.conftest import as_owner
from tests.messaging.conftest import agreed, write

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]


@contextmanager
def _half_made(slug: str) -> Iterator[None]:
    """Its schema has no table of what was migrated, and none of messages."""
    tables = ("django_migrations", "channels_lane", "messaging_message")

    def rename(before: str, after: str) -> None:
        with as_owner(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {slug}.{before}{table} RENAME TO {after}{table}")

    rename("", "later_")
    try:
        yield
    finally:
        rename("later_", "")


def _drain() -> None:
    call_command("relay", "drain", stdout=StringIO())


def test_a_half_made_province_is_passed_over_until_it_is_ready(committed_province, scripted, caplog):
    message = write(agreed("0905000217"))
    caplog.set_level(logging.INFO)
    connection.set_schema_to_public()
    with _half_made(committed_province.slug):
        for work in (_drain, tasks.sweep, tasks.tidy, monitoring.report):
            work()
    said = [text for record in caplog.records if committed_province.slug in (text := record.getMessage())]
    assert said == []
    connection.set_tenant(committed_province.record)
    _drain()
    assert Message.objects.get(pk=message.pk).state == State.DELIVERED
