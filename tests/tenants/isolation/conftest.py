"""What the owner makes outside of any transaction: a province of a test's own, dropped after it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tenants.isolation import schemas
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tests.conftest import as_owner, make_province


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The connection is the owner's; what is made here is committed."""
    with django_db_blocker.unblock():
        with as_owner():
            yield
        connection.close()


@pytest.fixture
def slug(owner: None) -> Iterator[str]:
    """A slug that nothing has; whatever a test makes of it is dropped."""
    made = f"t{uuid.uuid4().hex[:10]}"
    yield made
    with public_context():
        schemas.drop_schema(made)
        Province.objects.filter(schema_name=made).delete()


@pytest.fixture
def made(slug: str) -> str:
    make_province(slug, "Tỉnh Thử", "Thử", "H97")
    return slug
