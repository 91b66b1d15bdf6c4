"""A province's stylesheet holds its colours and nothing else."""

import pytest

from portal import pages

DAK_LAK = ("#0B5394", "#073A68", "#EAF1F8")
DONG_NAI = ("#0F7A52", "#0A5539", "#E7F3EE")


def test_stylesheet_sets_three_colours_and_its_address_follows_them():
    css = pages.theme_css(*DAK_LAK)
    assert css == ":root{--mc-brand:#0b5394;--mc-brand-dark:#073a68;--mc-tint:#eaf1f8}"
    assert pages.theme_hash(css) != pages.theme_hash(pages.theme_css(*DONG_NAI))


@pytest.mark.parametrize("bad", ["red", "#fff", "#0B5394}body{display:none", "#0B5394\n", ""])
def test_anything_but_a_colour_is_refused(bad):
    with pytest.raises(ValueError, match="not colours"):
        pages.theme_css(bad, "#073A68", "#EAF1F8")
