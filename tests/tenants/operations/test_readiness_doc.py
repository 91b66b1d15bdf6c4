"""Every check is told in the guide for operators: sign, cause, fix."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tenants.folder.readiness import Check
from tenants.operations.readiness import all_checks

PAGE = Path(settings.BASE_DIR, "docs", "van-hanh", "kiem-tra.md")


def sections() -> dict[str, str]:
    parts = re.split(r"^### `([^`]+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("check", all_checks.CHECKS, ids=lambda check: check.id)
def test_it_has_sign_cause_fix_and_its_level(check: Check) -> None:
    told = sections().get(check.id, "")
    assert [word for word in ("Dấu hiệu", "Nguyên nhân", "Cách sửa") if f"**{word}:**" not in told] == []
    assert f"Mức `{check.level.value}`" in told
