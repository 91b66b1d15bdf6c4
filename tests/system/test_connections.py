"""A cut connection costs at most the request it met: the next one works, and stands in the right province."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

from dossiers import services
from dossiers.citizen import views
from dossiers.models import Dossier
from dossiers.services import transitions
from messaging import tasks
from messaging.lanes.lanes import release_lane_task
from messaging.models import Lane
from tenants.isolation.context import current_province, province_task
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Agency
from tests.factories import Office
from tests.system.served import Served
from tests.system.worlds import sign_in
from tests.task_queue import TaskQueue

pytestmark = pytest.mark.committed

Cut = Callable[[], None]


@pytest.fixture
def cut(at_home: ProvinceRecord) -> Iterator[Cut]:
    """`cut()` ends the backend of this thread's connection from another session, as a restart would."""
    parameters = {
        name.lower(): settings.DATABASES["default"][name] for name in ("HOST", "PORT", "USER", "PASSWORD")
    }
    address = psycopg.conninfo.make_conninfo(dbname=connection.settings_dict["NAME"], **parameters)
    with psycopg.connect(address, autocommit=True) as other:

        def terminate() -> None:
            connection.ensure_connection()
            pid = connection.connection.info.backend_pid
            (ended,) = other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() or (False,)
            assert ended

        yield terminate


@pytest.fixture
def dossier(at_home: ProvinceRecord, kept_office: Office) -> Dossier:
    return services.receive(kept_office.intake(), actor=kept_office.clerk).dossier


@pytest.fixture
def token_path(dossier: Dossier) -> str:
    return f"/h/{dossier.tokens.get().value}/"


def standing() -> tuple[str, str]:
    """(search path, role) of the connection, as the database sees them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_user")
        path, role = cursor.fetchone()
    return path, role


def scope_of(record: ProvinceRecord) -> tuple[str, str]:
    return f'"{record.slug}", ext', f"{settings.PROVINCE_ROLE_PREFIX}{record.slug}"


def test_a_request_after_a_cut_is_answered(at_home: ProvinceRecord, token_path: str, cut: Cut) -> None:
    browser = Served(at_home.host)
    first = browser.get(token_path)
    cut()
    second = browser.get(token_path)
    assert (first.status, second.status) == (200, 200)
    assert first.text == second.text


def test_a_request_of_another_province_after_a_cut_is_answered_by_it(
    at_home: ProvinceRecord, token_path: str, beside: ProvinceRecord, cut: Cut
) -> None:
    assert Served(at_home.host).get(token_path).status == 200
    cut()
    assert Served(beside.host).get(token_path).status == 404
    assert "Bên Cạnh" in Served(beside.host).get("/").text
    assert Served(at_home.host).get(token_path).status == 200


def test_an_act_after_a_cut_is_done_once(
    at_home: ProvinceRecord, kept_office: Office, dossier: Dossier, cut: Cut
) -> None:
    desk = Served(at_home.host, sign_in(kept_office.clerk))
    path = f"/quan-tri/dossiers/dossier/{dossier.pk}/buoc/forward/"
    cut()
    answer = desk.post(path, {"seen": 1, "assignee": kept_office.specialist.pk})
    assert (answer.status, dossier.events.count()) == (302, 2)


def test_a_request_cut_in_the_middle_fails_alone(
    at_home: ProvinceRecord, token_path: str, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Served(at_home.host)
    real = views.lookup.by_token

    def cut_after(token: str) -> Any:
        found = real(token)
        cut()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(views.lookup, "by_token", cut_after)
        assert browser.get(token_path).status == 500
    assert browser.get(token_path).status == 200


def test_an_act_cut_before_its_commit_is_undone(
    kept_office: Office, dossier: Dossier, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions.log, "record", lambda *arguments, **named: cut())
    with pytest.raises(DatabaseError):
        services.apply_transition(
            dossier.pk,
            "forward",
            actor=kept_office.clerk,
            seen=1,
            given=services.TransitionInput(assignee=kept_office.specialist),
        )
    connection.close()
    dossier.refresh_from_db()
    assert (dossier.events.count(), dossier.last_sequence) == (1, 1)


def test_after_a_cut_the_next_connection_stands_in_the_province(at_home: ProvinceRecord, cut: Cut) -> None:
    """Even where nothing was asked in between: a new session begins with the login's own path and no role."""
    assert standing() == scope_of(at_home)
    cut()
    connection.close()
    assert standing() == scope_of(at_home)


def test_a_statement_that_meets_the_cut_raises_and_answers_nothing(at_home: ProvinceRecord, cut: Cut) -> None:
    standing()
    cut()
    with pytest.raises(OperationalError):
        list(Agency.objects.all())


def test_a_task_after_one_that_was_cut_works(
    at_home: ProvinceRecord, beside: ProvinceRecord, cut: Cut
) -> None:
    """A worker's child keeps its connection: without a check at the start it would fail for ever."""

    @province_task(name="tests.cut")
    def work(break_off: bool) -> tuple[str, tuple[str, str]]:
        standing()
        if break_off:
            cut()
        return current_province().slug, standing()

    with pytest.raises(OperationalError):
        work(at_home.slug, True)
    assert work(beside.slug, False) == (beside.slug, scope_of(beside))
    assert work(at_home.slug, False) == (
        at_home.slug,
        scope_of(at_home),
    )


def test_the_sweep_after_a_cut_finds_what_is_due(
    at_home: ProvinceRecord, kept_office: Office, cut: Cut, task_queue: TaskQueue
) -> None:
    services.receive(kept_office.intake(consents=frozenset({"mock"})), actor=kept_office.clerk)
    task_queue.sent.clear()
    release_lane_task(Lane.objects.get(channel="mock").pk)
    cut()
    tasks.sweep()
    assert [task for task, *_arguments in task_queue.sent] == ["run_lane"]
