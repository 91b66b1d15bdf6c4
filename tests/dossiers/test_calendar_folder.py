"""A folder whose calendar does not know the days off of a year that promises will reach."""

import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from tenants import clock
from tenants.onboarding.faults import validate_province

pytestmark = pytest.mark.django_db

SLUG = "daklak"


@pytest.fixture(autouse=True)
def _without_2027(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(settings.PROVINCES_DIR / SLUG, tmp_path / SLUG)
    calendar = tmp_path / SLUG / "calendar.yaml"
    lines = calendar.read_text(encoding="utf-8").splitlines(keepends=True)
    calendar.write_text("".join(line for line in lines if "  2027-" not in line), encoding="utf-8")
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path)


@pytest.mark.parametrize(
    ("day", "demo", "refused"),
    [
        (date(2026, 12, 14), False, False),
        (date(2026, 12, 15), False, True),
        (date(2027, 1, 4), False, True),
        (date(2026, 12, 15), True, False),
        (date(2027, 1, 4), True, False),
    ],
)
def test_the_days_off_of_next_year_are_needed_from_the_middle_of_december_but_for_a_demonstration(
    day: date, demo: bool, refused: bool
) -> None:
    manifest = settings.PROVINCES_DIR / SLUG / "province.yaml"
    text = manifest.read_text(encoding="utf-8")
    assert "demo: true" in text
    manifest.write_text(text.replace("demo: true", f"demo: {str(demo).lower()}"), encoding="utf-8")
    with clock.frozen(datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))):
        (found,) = [one for one in validate_province(SLUG) if "2027" in str(one)]
    assert (found.file, found.blocks) == ("calendar.yaml", refused)
