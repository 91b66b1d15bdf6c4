"""A cut connection costs at most the request it met: the next one works, and stands in the right province.

A database that is away or frozen is said in words, at once, and holds no thread for ever.
"""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core import management
from django.db import DatabaseError, OperationalError, connection

import manage
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import transitions
from dossiers.lifecycle.models import Dossier
from dossiers.lookup import lookup
from messaging.channels.lanes.lanes import release_lane_task
from messaging.channels.models import Lane
from messaging.delivery import tasks
from tenants.audit import log
from tenants.isolation import province_cache
from tenants.isolation.backend import base, server
from tenants.isolation.context import current_province, province_task
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Agency
from tests.deep import share
from tests.factories import Office
from tests.system.addresses import NATIONAL, PROVINCE, addresses
from tests.system.served import Answer, Served
from tests.system.stalling import Way, through
from tests.system.worlds import sign_in

pytestmark = pytest.mark.committed

Cut = Callable[[], None]
SILENCE = 0.6


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


def test_a_request_of_another_province_after_a_cut_is_answered_by_it(at_home, token_path, beside, cut):
    assert Served(at_home.host).get(token_path).status == 200
    cut()
    assert Served(beside.host).get(token_path).status == 404
    assert "Bên Cạnh" in Served(beside.host).get("/").text
    assert Served(at_home.host).get(token_path).status == 200


def test_an_act_after_a_cut_is_done_once(at_home, kept_office, dossier, cut):
    desk = Served(at_home.host, sign_in(kept_office.clerk))
    path = f"/quan-tri/dossiers/dossier/{dossier.pk}/buoc/forward/"
    cut()
    answer = desk.post(path, {"seen": 1, "assignee": kept_office.specialist.pk})
    assert (answer.status, dossier.events.count()) == (302, 2)


def test_a_request_cut_in_the_middle_fails_alone(at_home, token_path, cut, monkeypatch):
    browser = Served(at_home.host)
    real = lookup.by_token

    def cut_after(token: str) -> Any:
        found = real(token)
        cut()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(lookup, "by_token", cut_after)
        assert browser.get(token_path).status == 503
    assert browser.get(token_path).status == 200


def test_an_act_cut_before_its_commit_is_undone(kept_office, dossier, cut, monkeypatch):
    monkeypatch.setattr(log, "record", lambda *arguments, **named: cut())
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


def test_a_task_after_one_that_was_cut_works(at_home, beside, cut):
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


def test_the_sweep_after_a_cut_finds_what_is_due(at_home, kept_office, cut, task_queue):
    services.receive(kept_office.intake(consents=frozenset({"mock"})), actor=kept_office.clerk)
    task_queue.sent.clear()
    release_lane_task(Lane.objects.get(channel="mock").pk)
    cut()
    tasks.sweep()
    assert [task for task, *_arguments in task_queue.sent] == ["run_lane"]


@pytest.fixture
def way(at_home: ProvinceRecord, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """The way to the database of a web server that waits so long for an answer."""
    monkeypatch.setattr(base, "GRACE_SECONDS", SILENCE - 15)
    server.set_limits(server.page_limits(15))
    with through() as found:
        yield found
    server.set_limits({})


@pytest.fixture
def away(way: Way, at_home: ProvinceRecord, kept_office: Office, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A clerk whose province was read before; the database went away, and each request looks for it anew."""
    session = sign_in(kept_office.clerk)
    Served(at_home.host).get("/tro-giup/")
    monkeypatch.setattr(province_cache, "MAX_AGE_SECONDS", -1.0)
    way.cut()
    monkeypatch.setattr(server, "_noted_at", float("-inf"))
    return Served(at_home.host, session)


def refused_in_words(answer: Answer, words: str = "Cơ sở dữ liệu của cổng hiện không dùng được") -> bool:
    return (answer.status, answer.headers.get("Retry-After")) == (503, "60") and words in answer.text


@pytest.mark.sampled
def test_every_address_answers_in_words_while_the_database_is_away(away: Served) -> None:
    broken = {}
    for host, urls in (("", PROVINCE), ("localhost", NATIONAL)):
        for address in share(addresses(urls), turn=0, of=3):
            path = re.sub("<[^>]+>", "1", str(address))
            answer = away.get(path, **({"HTTP_HOST": host} if host else {}))
            if answer.status >= 500 and not refused_in_words(answer):
                broken[str(address)] = answer.status
    assert broken == {}


def test_all_requests_that_meet_it_leave_one_line_a_second(away, monkeypatch, caplog):
    for second in (7.0, 8.0):
        monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=lambda now=second: now))
        for path in ("/", "/thu-tuc/", "/quan-tri/", "/api/v1/procedures/"):
            assert refused_in_words(away.get(path))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["the database failed"] * 2
    assert not any(record.exc_info for record in caplog.records)


def test_programs_are_told_by_a_problem_and_what_needs_no_database_is_answered(away: Served) -> None:
    answer = away.get("/api/v1/procedures/")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert refused_in_words(answer)
    assert json.loads(answer.text)["status"] == 503
    for path in ("/healthz", "/tro-giup/", "/tiep-can/"):
        assert away.get(path).status == 200, path


def test_a_province_that_cannot_be_looked_up_is_said_in_the_readers_language(away: Served) -> None:
    province_cache.clear_cache()
    answer = away.get("/?lang=en")
    assert answer.status == 503
    assert 'lang="en"' in answer.text


def test_a_command_ends_with_one_sentence(way, monkeypatch, capsys):
    way.cut()
    monkeypatch.setattr(sys, "argv", ["manage.py", "province", "list"])
    with pytest.raises(SystemExit, match="hiện không dùng được") as ended:
        manage.main()
    assert "\n" not in str(ended.value)


def full_disk(*arguments: Any) -> None:
    raise OperationalError("could not extend file") from psycopg.errors.DiskFull("could not extend file")


def test_a_full_disk_is_one_sentence_of_a_command_and_of_a_page(at_home, monkeypatch):
    monkeypatch.setattr(management, "execute_from_command_line", full_disk)
    with pytest.raises(SystemExit, match="hết chỗ trên đĩa"):
        manage.main()
    monkeypatch.setattr(lookup, "by_token", full_disk)
    assert refused_in_words(Served(at_home.host).get("/h/A/"), "hết chỗ trên đĩa")


def test_a_frozen_server_holds_a_page_no_longer_than_it_may(way: Way, at_home: ProvinceRecord) -> None:
    reader = Served(at_home.host)
    way.silent_after = b"procedures_procedure"
    began = time.monotonic()
    assert refused_in_words(reader.get("/thu-tuc/"))
    assert time.monotonic() - began < 10
    way.silent_after = b""
    assert reader.get("/thu-tuc/").status == 200


def test_a_session_that_was_frozen_between_pages_is_left_for_a_new_one(way, at_home):
    reader = Served(at_home.host)
    assert reader.get("/thu-tuc/").status == 200
    backend = connection.connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        assert reader.get("/thu-tuc/").status == 200
    finally:
        os.kill(backend, signal.SIGCONT)


def test_an_act_whose_commit_is_not_answered_is_said_to_be_uncertain_and_done_once(
    way: Way, at_home: ProvinceRecord, kept_office: Office, dossier: Dossier
) -> None:
    desk = Served(at_home.host, sign_in(kept_office.clerk))
    way.silent_after = b"COMMIT"
    answer = desk.post(
        f"/quan-tri/dossiers/dossier/{dossier.pk}/buoc/forward/",
        {"seen": 1, "assignee": kept_office.specialist.pk},
    )
    assert refused_in_words(answer, "Chưa rõ việc vừa gửi đã được ghi hay chưa")
    way.silent_after = b""
    assert dossier.events.count() == 2


def test_of_many_acts_none_is_tried_after_the_one_that_met_a_server_that_is_away(way: Way) -> None:
    tried = []

    def act(dossier_id: int, seen: int) -> None:
        tried.append(dossier_id)
        standing()

    way.cut()
    with pytest.raises(OperationalError):
        transitions.each({1: 1, 2: 1, 3: 1}, act)
    assert tried == [1]


def test_a_server_that_let_a_connection_wait_is_not_tried_again_at_once(at_home, monkeypatch):
    tried = []

    def connect(**parameters: Any) -> None:
        tried.append(1)
        raise psycopg.errors.ConnectionTimeout("connection timeout expired")

    monkeypatch.setattr(base.DatabaseWrapper, "_silent_until", float("-inf"))
    monkeypatch.setattr(psycopg, "connect", connect)
    other = connection.copy()
    for _page in range(2):
        with pytest.raises(OperationalError):
            other.ensure_connection()
    assert tried == [1]
