"""Contrast as WCAG counts it."""

import pytest

from tenants.folder.manifest import contrast


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#FFFFFF", 21), ("#FFFFFF", "#0B5394", 7.84), ("#CE7A58", "#FFFFFF", 3.21)],
)
def test_ratio(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)
