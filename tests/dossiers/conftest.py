from datetime import datetime

import pytest

from tenants.records import ProvinceRecord
from tests.factories import Office


@pytest.fixture
def office(province: ProvinceRecord, noon: datetime) -> Office:
    """A working desk in Đắk Lắk on Wednesday 25/11/2026, 10:00."""
    return Office()
