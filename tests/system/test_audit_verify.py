"""What `audit verify` sees: locks that were taken away, holes, and rows that are gone since the last backup."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dossiers.lifecycle import actions as services
from tenants.audit import log, sealer
from tenants.isolation import append_only, schemas
from tenants.isolation.context import province_context
from tenants.operations.backup import history as standing
from tenants.operations.management.commands.audit import HISTORY_CHECKS
from tests import tables
from tests.conftest import CommittedProvince, as_owner
from tests.factories import Office
from tests.system.test_append_only import TABLES

pytestmark = pytest.mark.committed


@pytest.fixture
def history(committed_province: CommittedProvince, noon: Any) -> CommittedProvince:
    office = Office("H99")
    services.receive(office.intake(), actor=office.clerk)
    return committed_province


def faults(slug: str) -> list[str]:
    with province_context(slug):
        return list(log.verify(HISTORY_CHECKS))


def test_it_knows_every_table_that_is_guarded() -> None:
    assert set(append_only.guarded_tables()) == set(TABLES)


def test_an_untouched_province_has_no_fault(history: CommittedProvince) -> None:
    assert faults(history.slug) == []
    call_command("audit", "verify", history.slug)


def test_it_says_what_was_not_looked_at(history, capsys):
    """A row that the owner of the table changed is not seen, so nothing may say that history is as it was."""
    with as_owner(), province_context(history.slug), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE dossiers_event DISABLE TRIGGER USER; UPDATE dossiers_event SET at = at - interval '1 day'; "
            "ALTER TABLE dossiers_event ENABLE TRIGGER USER"
        )
    call_command("audit", "verify", history.slug)
    told = capsys.readouterr().out
    assert "giữ nguyên" not in told
    assert "Chưa kiểm nội dung từng dòng" in told


@pytest.mark.parametrize(
    ("statement", "word"),
    tables.read(__file__, "taken_away.yaml"),
)
def test_what_was_taken_away_is_told(history: CommittedProvince, statement: str, word: str) -> None:
    standing.note(standing.MADE, "a.mcb", history={"dossiers_event": 1})
    with as_owner(), province_context(history.slug), connection.cursor() as cursor:
        cursor.execute(statement.replace("{role}", schemas.role_name(history.slug)))
    (fault,) = faults(history.slug)
    assert word in fault


def test_an_event_that_is_not_as_it_was_sealed_is_told(history: CommittedProvince) -> None:
    sealer.seal(history.slug)
    assert faults(history.slug) == []
    with as_owner(), province_context(history.slug), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE dossiers_event DISABLE TRIGGER USER; UPDATE dossiers_event SET at = at - interval '1 day'; "
            'INSERT INTO dossiers_event SELECT (jsonb_populate_record(e, \'{"id": 99, "sequence": 2}\')).* '
            "FROM dossiers_event e; SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE dossiers_event ENABLE TRIGGER USER"
        )
    changed, added = faults(history.slug)
    assert "không khớp niêm" in changed
    assert "không có trong sổ vị trí" in added


def test_a_hole_in_a_dossiers_history_is_told(history: CommittedProvince) -> None:
    with as_owner(), province_context(history.slug), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE dossiers_event DISABLE TRIGGER USER; UPDATE dossiers_event SET sequence = 2; "
            "ALTER TABLE dossiers_event ENABLE TRIGGER USER"
        )
    with pytest.raises(CommandError, match="1 điều"):
        call_command("audit", "verify", history.slug)
