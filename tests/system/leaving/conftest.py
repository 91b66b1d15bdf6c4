"""A province that leaves, and two operators."""

from collections.abc import Iterator

import pytest

from tenants.accounts.models import User
from tenants.isolation.context import province_context, public_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import UserFactory
from tests.provinces import as_owner
from tests.system.leaving.province import fill


@pytest.fixture(scope="module")
def leaving(kept_province: ProvinceRecord) -> str:
    """A province with a dossier, a file and a secret."""
    with province_context(kept_province):
        fill()
    return kept_province.slug


@pytest.fixture
def people(leaving: str) -> Iterator[list[User]]:
    with public_context():
        made = [UserFactory(username=f"{leaving}{number}", is_superuser=True) for number in (1, 2)]
    yield made
    with as_owner():
        # Django would look for what hangs on them in tables that only provinces have.
        User.objects.filter(pk__in=[user.pk for user in made])._raw_delete("default")
