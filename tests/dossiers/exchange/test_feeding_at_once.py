"""Senders at once, each on a connection of its own: every row is answered, every dossier is changed once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from dossiers.exchange.feeds.receive import Answer, receive_rows
from dossiers.lifecycle.models import Dossier, Event
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.isolation.context import province_context
from tests.conftest import NOON
from tests.dossiers.exchange.conftest import connected
from tests.dossiers.legacy_files import at_status
from tests.factories import Office

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("noon")]
SENDERS, ROWS = 3, 12


def test_senders_of_the_same_rows_make_and_move_each_dossier_once(
    committed_province: Any,
) -> None:
    system = connected(Office())
    start = threading.Barrier(SENDERS)
    agreed = {"Đồng_ý_nhận_tin": "x"}

    def send(status: int, at: str) -> list[list[Answer]]:
        rows = [
            at_status(status, Mã_hồ_sơ=f"HS/{n}", Điện_thoại=f"09050006{n:02}", Ngày_trạng_thái=at, **agreed)
            for n in range(ROWS)
        ]

        def one(number: int) -> list[Answer]:
            try:
                with province_context(committed_province.record), clock.frozen(NOON):
                    start.wait(30)
                    # One comes from the other end: they meet at the same dossiers in another order.
                    return receive_rows(system, rows[:: 1 - 2 * (number % 2)], agencies=None)
            finally:
                connection.close()

        with ThreadPoolExecutor(SENDERS) as pool:
            return list(pool.map(one, range(SENDERS)))

    for status, at, outcome in ((4, "24/11/2026 08:00:00", "created"), (5, "25/11/2026 09:00:00", "changed")):
        told = [one.outcome for answers in send(status, at) for one in answers]
        assert sorted(told) == [outcome] * ROWS + ["unchanged"] * (SENDERS - 1) * ROWS
    assert Dossier.objects.filter(status=5).count() == Dossier.objects.count() == ROWS
    assert Event.objects.filter(kind="feed").count() == Message.objects.count() == ROWS
