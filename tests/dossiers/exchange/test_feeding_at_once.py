"""Senders at once, and senders that are killed: every row is answered, every dossier is changed once."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
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
KILLS = 20
SENDER = """
import json, sys, django
from datetime import datetime
django.setup()
from dossiers.exchange.feeds.receive import receive_rows
from dossiers.lifecycle.models import OtherSystem
from tenants import clock
from tenants.isolation.context import province_context
slug, path, noon = sys.argv[1:]
rows = json.load(open(path))
with province_context(slug), clock.frozen(datetime.fromisoformat(noon)):
    system = OtherSystem.objects.get()
    print("begun", flush=True)
    for first in range(0, len(rows), 25):
        outcomes = [one.outcome for one in receive_rows(system, rows[first : first + 25], agencies=None)]
        assert set(outcomes) <= {"created", "changed", "unchanged"}, outcomes
"""


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


@pytest.mark.deep
def test_a_sender_that_is_killed_anywhere_sends_all_again_and_nothing_is_doubled_or_lost(
    committed_province, tmp_path
):
    """New dossiers, then a state of each with a notice, then the older state once more, which says nothing."""
    connected(Office())
    count, path = 120, tmp_path / "rows.json"

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SENDER, committed_province.slug, str(path), NOON.isoformat()]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=committed_province.environ, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        return process

    def send(status: int, at: str) -> None:
        agreed = {"Đồng_ý_nhận_tin": "x", "Ngày_trạng_thái": at}
        rows = [
            at_status(status, Mã_hồ_sơ=f"HS/{n}", Điện_thoại=f"09050006{n % 100:02}", **agreed)
            for n in range(count)
        ]
        path.write_text(json.dumps(rows))
        for _kill in range(KILLS // 2):
            process = start()
            # Anywhere in the work, for which a second and a half is enough.
            time.sleep(random.random() * 1.2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert start().wait(60) == 0

    send(4, "24/11/2026 08:00:00")
    assert (Dossier.objects.count(), Event.objects.filter(kind="feed").count(), Message.objects.count()) == (
        count,
        0,
        0,
    )
    send(5, "25/11/2026 09:00:00")
    assert Dossier.objects.filter(status=5).count() == Dossier.objects.count() == count
    assert Event.objects.filter(kind="feed").values("dossier").distinct().count() == count
    assert Event.objects.filter(kind="feed").count() == Message.objects.count() == count
    path.write_text(path.read_text().replace("25/11/2026 09:00:00", "24/11/2026 08:00:00"))
    assert start().wait(60) == 0
    assert Event.objects.filter(kind="feed").count() == Message.objects.count() == count
