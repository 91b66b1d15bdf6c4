"""Signs of life of the processes, ends of certificates, and what the metrics say of them."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache

from portal.monitoring import metrics
from tenants import clock
from tenants.isolation import advisory_locks
from tenants.operations import certificates, processes, replication
from tests.conftest import subprocess_environment

SESSION = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"], application_name=os.environ["NAME"], autocommit=True) as session:
    session.execute(os.environ["FIRST"])
    print("there", flush=True)
    input()
"""


@pytest.fixture
def session() -> Iterator[Any]:
    """`session(name, statement)`: another process holds a session of this name, in which that was asked."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, first: str = "SELECT 1") -> None:
        environment = {**subprocess_environment(), "NAME": name, "FIRST": first}
        process = subprocess.Popen(
            [sys.executable, "-c", SESSION],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"

    yield start
    for process in started:
        process.communicate("\n")


def shown() -> dict[str, list[tuple[dict[str, str], float]]]:
    """What the metrics say now, by name."""
    replication.clear_cache()
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in metrics._StateCollector().collect()
    }


def test_a_kind_of_process_without_a_session_is_silent_for_ever(db: None) -> None:
    assert processes.signs_of_life()["relay"] == processes.Life()


def test_a_session_is_a_sign_of_life_of_its_kind_on_its_machine(db: None, session: Any) -> None:
    session("mot-cua relay@one 00000000")
    session("mot-cua relay@other 00000000")
    found = processes.signs_of_life()["relay"]
    assert (found.machines, found.is_alive) == (2, True)


def test_the_beat_that_holds_the_lock_is_named(db: None, session: Any) -> None:
    assert processes.beat_holder() == ""
    session("mot-cua beat@one", f"SELECT pg_advisory_lock(hashtextextended('{advisory_locks.BEAT}', 0))")
    assert processes.beat_holder() == "mot-cua beat@one"


def test_the_end_of_a_certificate_is_kept_for_the_metrics(db: None, settings: Any, monkeypatch: Any) -> None:
    settings.PUBLIC_SCHEME = "https"
    end = clock.now() + timedelta(days=10)
    monkeypatch.setattr(certificates, "end_of", lambda host: end if host == settings.NATIONAL_HOST else None)
    certificates.read_all()
    ((labels, days),) = shown()["motcua_certificate_days"]
    assert (labels, 9.9 < days <= 10) == ({"host": settings.NATIONAL_HOST}, True)
    cache.clear()


def test_without_tls_no_certificate_is_asked_for(db: None) -> None:
    assert certificates.hosts() == []


def test_the_metrics_tell_of_leader_processes_disks_and_version(db: None) -> None:
    found = shown()
    assert found["motcua_build_info"] == [({"version": configured.VERSION}, 1.0)]
    assert [value for _labels, value in found["motcua_database_leader"]] == [1.0]
    assert {labels["process"] for labels, _value in found["motcua_process_silent_seconds"]} == set(
        processes.KINDS
    )
    assert found["motcua_beat_held"] == [({}, 0.0)]
    assert "data" in {labels["folder"] for labels, _value in found["motcua_disk_free_bytes"]}


def test_metrics_tell_of_the_version_while_the_processes_cannot_be_asked(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(processes, "_SIGNS", "SELECT nothing_of_that_name")
    assert shown()["motcua_build_info"] != []
