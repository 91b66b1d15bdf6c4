import pytest

from tenants.organisation.models import Role
from tests.factories import AgencyFactory, AssignmentFactory


@pytest.fixture
def desk(province):
    return AgencyFactory(desk=True)


@pytest.fixture
def clerk(desk):
    return AssignmentFactory(agency=desk, role=Role.CLERK).user
