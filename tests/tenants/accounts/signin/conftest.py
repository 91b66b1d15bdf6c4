"""Lan, who signs in at Đắk Lắk."""

import pytest

from tenants.accounts.models import User
from tenants.isolation.province_cache import ProvinceRecord
from tests.tenants.accounts.signin.people import account


@pytest.fixture
def lan(province: ProvinceRecord) -> User:
    return account(username="lan")


@pytest.fixture
def without_second_factor(settings):
    settings.REQUIRE_MFA = False
