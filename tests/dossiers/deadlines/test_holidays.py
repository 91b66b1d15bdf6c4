"""The shipped calendars start from the `holidays` package, corrected by what the government announced."""

from datetime import date
from typing import Any

import holidays
import pytest
import yaml
from django.conf import settings

YEARS = (2025, 2026, 2027)
# CV 12729/VPCP-KGVX: Friday 2/1/2026 is off, Saturday 10/1/2026 is worked. The package does not know it.
ANNOUNCED_OFF = {date(2026, 1, 2)}
ANNOUNCED_WORKED = {date(2026, 1, 10)}


@pytest.fixture(scope="module")
def package() -> Any:
    return holidays.country_holidays("VN", years=YEARS)


@pytest.fixture(params=["daklak", "dongnai"])
def shipped(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(yaml.safe_load((settings.PROVINCES_DIR / request.param / "calendar.yaml").read_text()))


def test_days_are_those_of_the_package_and_the_announced_ones(package: Any, shipped: dict[str, Any]) -> None:
    assert set(shipped["days_off"]) == {day for day in package if day.isoweekday() <= 5} | ANNOUNCED_OFF
    worked = {day for day in package.weekend_workdays if day.year in YEARS}
    assert set(shipped["makeup_days"]) == worked | ANNOUNCED_WORKED
