from datetime import datetime

import pytest
from django.test import Client

from tenants.isolation.province_cache import ProvinceRecord
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.publishing import Published
from tests.factories import Office
from tests.recorded_rows import RecordedTables

_published = RecordedTables(
    "deadlines_", "workflow_", "dossiers_", "statistics_", "feedback_", "procedures_", "channels_", "contacts_",
    "messaging_", "audit_", "organisation_a", "accounts_",
)  # fmt: skip


@pytest.fixture
def published(request: pytest.FixtureRequest, province: ProvinceRecord, noon: datetime) -> Published:
    """Đắk Lắk with figures; of the test's office, if it has one."""
    if "office" in request.fixturenames:
        return Published(request.getfixturevalue("office"))
    return _published.fill(lambda: Published(Office()))


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": "daklak.localhost"})


@pytest.fixture
def clerk(office: Office) -> Client:
    return logged_in(office.clerk)
