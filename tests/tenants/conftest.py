"""Provinces that are made from a folder: one for a test, dropped after it; one for a module, put back after each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tenants.folder.readiness import Check, Finding, Level, State
from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import apply_province
from tenants.operations.readiness import all_checks
from tenants.organisation.folder import agencies as organisation
from tests.provinces import as_owner, undone
from tests.tenants.workshop import Workshop


@pytest.fixture
def workshop(django_db_setup, django_db_blocker, tmp_path, monkeypatch):
    _one_step_from(tmp_path, monkeypatch)
    made = Workshop(tmp_path)
    with django_db_blocker.unblock():
        with as_owner():
            yield made
            _drop(made.slug)
        connection.close()


@pytest.fixture(scope="module")
def _standing(django_db_setup, django_db_blocker, tmp_path_factory):
    """The name of a province that was applied once for a module, under codes that no folder names."""
    root = tmp_path_factory.mktemp("provinces")
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock(), as_owner():
        _one_step_from(root, patched)
        made = Workshop(root)
        apply_province(made.slug)
        Province.objects.filter(schema_name=made.slug).update(agency_code="H97", merged_from=[])
    yield made.slug
    with django_db_blocker.unblock(), as_owner():
        _drop(made.slug)


@pytest.fixture
def applied(_standing, django_db_blocker, tmp_path, monkeypatch):
    """A folder that has been applied just now; what a test does to its province is undone."""
    _one_step_from(tmp_path, monkeypatch)
    made = Workshop(tmp_path, _standing)
    with django_db_blocker.unblock(), as_owner(), undone():
        with public_context():
            Province.objects.filter(schema_name=made.slug).update(
                agency_code="H42", merged_from=[{"agency_code": "H25", "name": "Tỉnh Hà Nam"}]
            )
        province_cache.clear_cache()
        yield made


def _one_step_from(root: Path, patched: pytest.MonkeyPatch) -> None:
    """Provinces come from folders under this one, and agencies are the only step."""
    patched.setattr(settings, "PROVINCES_DIR", root)
    patched.setattr(sections, "STEPS", [organisation.STEP])


def _drop(slug: str) -> None:
    with public_context():
        for province in Province.objects.filter(schema_name=slug):
            province.delete(force_drop=True)


@pytest.fixture
def check(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`check(id, level, state)` adds a check of readiness; no other is there."""
    monkeypatch.setattr(all_checks, "CHECKS", [])

    def add(id: str, level: Level = Level.DEV, state: State = State.OK, **more: Any) -> None:
        told = {} if state is State.OK else {"cause": f"Vì {id}.", "fix": f"Sửa {id}."}
        found = Finding(id, f"Việc {id}", state, **{**told, **more})
        all_checks.CHECKS.append(Check(id, f"Việc {id}", level, lambda: [found]))

    return add
