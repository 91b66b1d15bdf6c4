"""What a probe is told, and when this process is taken away from visitors."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models.functions import Now
from django.test import Client

from messaging.channels.models import Lane
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from portal.monitoring import health
from tenants.isolation import province_cache, schema_migrations, work_discovery
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tests.messaging.conftest import ScriptedChannel, contact, scripted, write  # noqa: F401


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    health.clear_cache()
    yield
    health.clear_cache()


def probe() -> tuple[int, dict[str, Any]]:
    response = Client(headers={"host": "localhost"}).get("/readyz")
    return response.status_code, json.loads(response.content)


def forget_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """This code has one that no province had."""
    later = schema_migrations.code_migrations() | {"dossiers.9999_later"}
    monkeypatch.setattr(schema_migrations, "code_migrations", lambda: later)


def test_ready_when_all_provinces_have_all_migrations(db: None) -> None:
    status, said = probe()
    assert (status, said["ready"], said["without_migrations"]) == (200, True, {})
    assert said["provinces"] >= 2


def test_a_province_that_lacks_a_migration_makes_it_not_ready_and_a_web_that_starts_says_so(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    forget_migration(monkeypatch)
    status, said = probe()
    assert (status, said["cause"]) == (503, "migrations")
    assert said["without_migrations"]["daklak"] == ["dossiers.9999_later"]
    health.start_web()
    assert "not ready: migrations " in caplog.text
    assert "daklak" in caplog.text


def test_a_province_that_is_being_prepared_sends_nobody_away(db, monkeypatch):
    Province.objects.exclude(schema_name="public").update(state="draft")
    province_cache.clear_cache()
    monkeypatch.setattr(schema_migrations, "missing_here", _only_in_provinces)
    status, said = probe()
    assert (status, "daklak" in said["being_prepared"]) == (200, True)


def _only_in_provinces() -> list[str]:
    from tenants.isolation.backend import connection

    return [] if connection.schema_name == "public" else ["dossiers.9999_later"]


def test_a_database_that_is_away_makes_it_not_ready(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        schema_name = "public"
        tenant = None

        def __getattr__(self, name: str) -> Any:
            if name == "cursor":
                raise ConnectionError
            return lambda *arguments: None

    monkeypatch.setattr(health, "connection", Gone())
    assert probe() == (503, json.loads(json.dumps(asdict(health.Readiness(False, "ConnectionError")))))


def test_a_machine_is_unfit_for_its_own_faults_and_not_for_a_database_that_is_away(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health.fault_here() == ""
    health.clear_cache()
    monkeypatch.setattr(health, "probe", lambda: health.Readiness(False, "OperationalError"))
    assert health.fault_here() == ""


def test_tables_behind_the_code_make_this_machine_unfit(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_migration(monkeypatch)
    assert health.fault_here() == "migrations"
    # Known from then on, though the database goes away.
    monkeypatch.setattr(health, "KEEP_SECONDS", 0)
    monkeypatch.setattr(health, "probe", lambda: health.Readiness(False, "OperationalError"))
    assert health.fault_here() == "migrations"


def test_one_province_behind_the_code_leaves_the_machine_fit_for_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    behind = health.Readiness(False, "migrations", provinces=2, without_migrations={"daklak": ["x"]})
    monkeypatch.setattr(health, "probe", lambda: behind)
    assert health.fault_here() == ""


def test_a_database_that_is_frozen_makes_no_machine_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    thawed = threading.Event()
    monkeypatch.setattr(health, "HERE_SECONDS", 0.1)
    monkeypatch.setattr(health, "probe", lambda: thawed.wait(60) and health.Readiness(True))
    assert [health.fault_here(), health.fault_here()] == ["", ""]
    thawed.set()


def test_a_web_without_static_files_is_not_ready(db: None, settings: Any, tmp_path: Path) -> None:
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    status, said = probe()
    assert (status, said["cause"]) == (503, "page")


def test_a_lane_that_rests_is_told_and_sends_nobody_away(db: None) -> None:
    with province_context("daklak"):
        Lane.objects.update_or_create(
            channel="mock", account="chinh", defaults={"rests": 2, "trouble": "Hết tiền trong tài khoản."}
        )
    status, said = probe()
    assert (status, said["resting"]) == (200, ["daklak/mock/chinh"])


def relay_age() -> float:
    return float(probe()[1]["relay_age_seconds"])


@pytest.fixture
def message(contact: Contact, scripted: ScriptedChannel) -> Message:  # noqa: F811
    return write(contact)


def test_what_nobody_takes_up_tells_the_age_of_the_relay(message: Message) -> None:
    Message.objects.update(next_attempt_at=Now() - timedelta(minutes=6))
    assert relay_age() == pytest.approx(360, abs=30)
    # What a relay holds is taken up.
    Lane.objects.update(lease_until=Now() + timedelta(minutes=1))
    assert relay_age() == 0


def test_an_age_that_cannot_be_asked_sends_nobody_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_discovery, "due_work", lambda: (_ for _ in ()).throw(DatabaseError()))
    status, said = probe()
    assert (status, said["relay_age_seconds"]) == (200, None)


def test_provinces_are_looked_through_once_in_a_while(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    probe()
    monkeypatch.setattr(health, "_survey", lambda provinces: pytest.fail("asked again"))
    assert probe()[0] == 200


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_nobody_from_outside_is_answered(db: None, settings: Any, path: str) -> None:
    """Neither who came through the proxy, nor a stranger, nor who asks at the port of a province."""
    settings.PROVINCE_PORTS = {"8001": "daklak"}
    for header in ("x-forwarded-for", "forwarded"):
        passed_on = Client(headers={"host": "localhost", header: "203.0.113.9"})
        assert passed_on.get(path).status_code == 404
    # Not one of the addresses for examples: those count as private.
    stranger = Client(headers={"host": "localhost"}, REMOTE_ADDR="8.8.8.8")
    assert stranger.get(path).status_code == 404
    phone = Client(headers={"host": "192.0.2.7:8001"}, REMOTE_ADDR="192.0.2.8")
    assert phone.get(path, SERVER_PORT="8001").status_code == 404


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("web:8000", 200),
        ("daklak.localhost:8000", 404),
        ("motcua.daklak.example", 404),
        ("dichvucong.example:8000", 404),
    ],
)
def test_they_answer_at_the_names_of_machines_alone(db: None, path: str, host: str, status: int) -> None:
    """A proxy that sets no X-Forwarded-For must not make them public."""
    assert Client(headers={"host": host}).get(path).status_code == status
