"""What lives outside the tables: caches, signed values, ciphers, tasks, objects in memory."""

from typing import Any

import pytest
from django.core.cache import caches

from dossiers.lifecycle import actions as services
from dossiers.lookup import lookup
from messaging.delivery import lane_loop, tasks
from messaging.outbox.models.messages import Attempt, Message, SendingRules
from messaging.outbox.models.one_time_codes import OneTimeCode
from messaging.outbox.one_time_codes import codes
from tenants.isolation import signing
from tenants.isolation.context import province_context
from tenants.isolation.crypto import CannotDecrypt
from tests.system.worlds import NUMBER, World
from tests.task_queue import TaskQueue

Twins = dict[str, World]


@pytest.mark.parametrize("name", list(caches.settings))
def test_no_cache_of_this_installation_carries_a_value_over(twins: Twins, name: str) -> None:
    with province_context("daklak"):
        caches[name].set("chim", "CHIM-DAKLAK")
        caches[name].set_many({"chim-1": "CHIM-DAKLAK"})
    with province_context("dongnai"):
        assert caches[name].get_many(["chim", "chim-1"]) == {}
        assert caches[name].add("chim", "CHIM-DONGNAI")
    with province_context("daklak"):
        assert caches[name].get("chim") == "CHIM-DAKLAK"


def test_a_one_time_code_is_good_at_home_alone(twins: Twins, task_queue: TaskQueue) -> None:
    """Its reference is signed, its task encrypted, and the number's digest made with a key of the province."""
    of = {"purpose": "start_notices", "subject": "chim", "telephone": NUMBER}
    with province_context("daklak"):
        reference = codes.issue(**of)
        (_task, _slug, encrypted) = task_queue.sent[-1]
        code = codes.OutgoingCode.decrypted(encrypted).code
        row = OneTimeCode.objects.values().get()
    with province_context("dongnai"):
        with pytest.raises(CannotDecrypt):
            codes.OutgoingCode.decrypted(encrypted)
        assert not codes.check(reference, code, **of)
        # The very row, and a reference to it that this province signed.
        copied = OneTimeCode.objects.create(**row)
        signed = signing.dumps([copied.reference.hex, 2**33], purpose="one_time_code")
        assert not codes.check(signed, code, **of)
    with province_context("daklak"):
        assert codes.check(reference, code, **of)


def test_a_lane_of_the_same_number_is_worked_in_its_own_province(twins: Twins, task_queue: TaskQueue) -> None:
    """A task of Đồng Nai that is handed the primary key of a lane of Đắk Lắk sends Đồng Nai's messages."""
    for slug in twins:
        with province_context(slug):
            # Whatever the hour in which this test runs: it is not stale, and nothing older is in its way.
            SendingRules.objects.create(pk=1, window_from="00:00", window_until="23:59:59")
            Message.objects.exclude(intent="supplement").update(state="seen")
            Message.objects.filter(intent="supplement").update(
                not_before="2026-01-01T00:00Z", next_attempt_at="2026-01-01T00:00Z"
            )
    with province_context("dongnai"):
        tasks.run_lane.run.__wrapped__(twins["daklak"].lane.pk)
        sent = list(Message.objects.filter(intent="supplement").values_list("state", flat=True))
    with province_context("daklak"):
        kept = list(Message.objects.filter(intent="supplement").values_list("state", flat=True))
    assert (sent, kept) == (["delivered"], ["queued"])


def test_a_row_copied_next_door_keeps_its_secrets(twins: Twins) -> None:
    """A stolen or misplaced row: its cipher texts cannot be opened under the other province's keys."""
    from django.db import connection

    with province_context("daklak"), connection.cursor() as cursor:
        cursor.execute("SELECT phone, id_number FROM dossiers_party ORDER BY id LIMIT 1")
        phone, id_number = cursor.fetchone()
    with province_context("dongnai"):
        owner = twins["dongnai"].dossier.owner_id
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dossiers_party SET phone = %s, id_number = %s WHERE id = %s",
                [phone, id_number, owner],
            )
        with pytest.raises(CannotDecrypt):
            lookup.by_token(twins["dongnai"].token)


def test_an_act_in_one_province_leaves_no_trace_in_the_other(twins: Twins) -> None:
    a, b = twins["daklak"], twins["dongnai"]
    with province_context("dongnai"):
        before: tuple[Any, ...] = (Message.objects.count(), Attempt.objects.count())
    with province_context("daklak"):
        services.apply_transition(
            a.dossier.pk,
            "supplement_received",
            actor=a.office.clerk,
            seen=2,
            given=services.TransitionInput(assignee=a.office.specialist),
        )
        lane_loop.run_lane(a.lane.pk)
    with province_context("dongnai"):
        b.dossier.refresh_from_db()
        assert (b.dossier.last_sequence, before) == (2, (Message.objects.count(), Attempt.objects.count()))
