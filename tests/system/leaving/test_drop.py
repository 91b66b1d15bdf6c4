"""What goes with a province that is dropped."""

from pathlib import Path

import pytest
from django.db import connection
from django_tenants.utils import schema_exists

from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.backup import side_schemas
from tenants.operations.golive import offboard
from tests.conftest import as_owner
from tests.system.leaving.province import archive

pytestmark = pytest.mark.committed


def test_copies_beside_it_go_too(leaving: str, people: list[User], tmp_path: Path) -> None:
    with as_owner():
        archive(leaving, tmp_path / "ra", people)
        kept = f"{leaving}_truoc"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {kept}")
        side_schemas.mark(side_schemas.Copy(kept, leaving, "", "2026-11-20T03:00:00+07:00", ""))
        with public_context():
            row = Province.objects.get(schema_name=leaving)
        with clock.frozen(clock.now() + offboard.WAIT):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert not schema_exists(kept)
        row.pk, row.auto_create_schema = None, False  # for the fixture, which drops what it made
        row.save(force_insert=True, verbosity=0)
