"""A province that is made from a folder and dropped after the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tenants.context import public_context
from tenants.models import Province
from tenants.onboarding import registry
from tenants.onboarding.apply import apply_province
from tenants.organisation import onboarding as organisation
from tests.conftest import as_owner
from tests.tenants.workshop import Workshop


@pytest.fixture
def workshop(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path)
    monkeypatch.setattr(registry, "_steps", {})
    organisation.register()
    made = Workshop(tmp_path)
    with django_db_blocker.unblock():
        with as_owner():
            yield made
            with public_context():
                for province in Province.objects.filter(schema_name=made.slug):
                    province.delete(force_drop=True)
        connection.close()


@pytest.fixture
def applied(workshop: Workshop) -> Workshop:
    """A folder that has been applied just now."""
    apply_province(workshop.slug)
    return workshop
