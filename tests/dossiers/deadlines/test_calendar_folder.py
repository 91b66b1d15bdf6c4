"""A folder whose calendar does not know the days off of a year that promises will reach."""

import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from tenants import clock
from tenants.operations.onboarding.validate import validate_province

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


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  - 2026-01-10", "  - 2026-01-14", ["ngày làm bù 14/01/2026 vốn là ngày làm việc."]),
        (
            "  2026-11-24: Ngày Văn hóa Việt Nam",
            "  2026-11-24: Một\n  2026-11-24: Hai\n  2026-02-30: Ba",
            ["mục “2026-11-24” đã có ở dòng", "“2026-02-30” không phải ngày"],
        ),
        (
            "  2026-11-24: Ngày Văn hóa Việt Nam",
            "  2026-11-24:\n  2026-02-30: Ba",
            ["calendar.yaml:42: “2026-11-24” phải là chữ", "calendar.yaml:43: “2026-02-30” không phải ngày"],
        ),
    ],
    ids=["a make-up day that is open anyway", "a day twice and one that is none", "each at its line"],
)
def test_all_that_is_wrong_with_the_days_is_told_at_once(old: str, new: str, told: list[str]) -> None:
    calendar = settings.PROVINCES_DIR / SLUG / "calendar.yaml"
    text = calendar.read_text(encoding="utf-8")
    assert old in text
    calendar.write_text(text.replace(old, new), encoding="utf-8")
    found = [str(one) for one in validate_province(SLUG) if one.file == "calendar.yaml" and one.blocks]
    assert [any(words in one for one in found) for words in told] == [True] * len(told)
