"""Many people at once: every code once and without holes, every step once, no agency waits for another."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import StaleDossier
from dossiers.lifecycle.intake import next_code
from dossiers.lifecycle.models import Dossier, Event
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.isolation.context import province_context
from tests.conftest import NOON
from tests.dossiers.exchange.test_machines import Machine
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory
from tests.system.served import Served
from tests.system.worlds import sign_in

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("noon")]

THREADS = 8
RECEIPTS = 100
CLICKS = 20
# Long enough for any machine; a test that waits so long has already failed.
PATIENCE_SECONDS = 30.0


@pytest.fixture
def at_once(committed_province: Any) -> Callable[..., list[Any]]:
    """`at_once(work, count, threads)`: work(0), work(1)… in threads that start together, each with a connection
    of its own; what each answered or raised, in that order."""

    def run(work: Callable[[int], Any], count: int, threads: int) -> list[Any]:
        start = threading.Barrier(threads)

        def enter() -> None:
            start.wait(PATIENCE_SECONDS)

        def one(number: int) -> Any:
            try:
                with province_context(committed_province.record), clock.frozen(NOON):
                    return work(number)
            except Exception as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(threads, initializer=enter) as pool:
            return list(pool.map(one, range(count)))

    return run


def numbers(dossiers: list[Any]) -> list[int]:
    return sorted(int(received.dossier.code.rpartition("-")[2]) for received in dossiers)


def test_a_hundred_parallel_receipts_get_a_hundred_numbers_without_holes(committed_office, at_once):
    intake, clerk = committed_office.intake(), committed_office.clerk
    received = at_once(lambda number: services.receive(intake, actor=clerk), RECEIPTS, THREADS)
    assert numbers(received) == list(range(1, RECEIPTS + 1))
    assert Dossier.objects.count() == Event.objects.count() == RECEIPTS


def test_of_the_same_request_of_a_machine_at_once_one_is_done(committed_office, committed_province, at_once):
    user = UserFactory(username="he-thong", is_staff=False, is_machine=True)
    AssignmentFactory(user=user, agency=committed_office.desk, role="clerk")
    machine = Machine(user, committed_province.record.host)
    answers = at_once(lambda _number: machine.receive(committed_office).json(), THREADS, THREADS)
    assert answers == [answers[0]] * THREADS
    assert Event.objects.count() == 1


def test_a_refused_receipt_leaves_no_hole(committed_office: Office, at_once: Any) -> None:
    """Every other act fails after it drew its number: the number goes to the next one."""
    intake, clerk = committed_office.intake(), committed_office.clerk

    def receive(number: int) -> Any:
        if number % 2:
            return services.receive(intake, actor=clerk)
        with transaction.atomic():
            next_code(committed_office.desk, NOON.date())
            raise RuntimeError("planted")

    results = [one for one in at_once(receive, 24, THREADS) if not isinstance(one, RuntimeError)]
    assert numbers(results) == list(range(1, 13))


def test_two_agencies_count_apart(committed_office: Office, at_once: Any) -> None:
    other = AgencyFactory(code="H99.20", name="Bộ phận một cửa khác", desk=True)
    AssignmentFactory(agency=other, user=committed_office.clerk)
    intakes = [committed_office.intake(), committed_office.intake(receiving_agency=other.code)]
    clerk = committed_office.clerk
    received = at_once(lambda number: services.receive(intakes[number % 2], actor=clerk), 40, THREADS)
    assert numbers(received[::2]) == numbers(received[1::2]) == list(range(1, 21))


@pytest.mark.database_timers
def test_an_agency_does_not_wait_for_another(committed_office: Office, at_once: Any) -> None:
    """While one desk's receipt hangs before its commit, the other desk gets its number, the same desk does not."""
    other = AgencyFactory(code="H99.20", name="Bộ phận một cửa khác", desk=True)
    AssignmentFactory(agency=other, user=committed_office.clerk)
    intakes = [committed_office.intake(), committed_office.intake(receiving_agency=other.code)]

    def receive(number: int) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '400ms'")
        return services.receive(intakes[number], actor=committed_office.clerk)

    with transaction.atomic():
        next_code(committed_office.desk, NOON.date())
        same, another = at_once(receive, 2, 2)
        transaction.set_rollback(True)
    assert "lock timeout" in str(same)
    assert numbers([another]) == [1]


def test_twenty_posts_of_one_step_are_one_step(committed_province, committed_office, at_once):
    dossier = _with_consent(committed_office)
    desk = Served(committed_province.record.host, sign_in(committed_office.clerk))
    path = f"/quan-tri/dossiers/dossier/{dossier.pk}/buoc/forward/"
    seen = {"seen": 1, "assignee": committed_office.specialist.pk}
    answers = at_once(lambda number: desk.post(path, seen).status, CLICKS, THREADS)
    assert Counter(answers) == {302: 1, 409: CLICKS - 1}
    assert (dossier.events.count(), Message.objects.filter(intent="in_progress").count()) == (2, 1)


def test_two_different_steps_at_once_are_one_step(committed_office: Office, at_once: Any) -> None:
    dossier = _with_consent(committed_office)
    steps = ("forward", "withdraw")
    results = at_once(lambda number: _advance(committed_office, dossier, steps[number % 2]), CLICKS, THREADS)
    assert Counter(type(one) for one in results) == {Event: 1, StaleDossier: CLICKS - 1}
    assert list(dossier.events.values_list("sequence", flat=True)) == [1, 2]


def _with_consent(office: Office) -> Dossier:
    return services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk).dossier


def _advance(office: Office, dossier: Dossier, step: str) -> Event:
    return services.apply_transition(
        dossier.pk,
        step,
        actor=office.clerk,
        seen=1,
        given=services.TransitionInput(note="Lý do minh họa", assignee=office.specialist),
    )
