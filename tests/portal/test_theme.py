"""A province's colours: readable on every ground they stand on, and nothing but colours in the stylesheet."""

import pytest

from portal import theme

DAK_LAK = ("#0B5394", "#073A68", "#EAF1F8")
DONG_NAI = ("#0F7A52", "#0A5539", "#E7F3EE")


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#FFFFFF", "#0B5394") == pytest.approx(7.84, abs=0.01)
    assert theme.contrast("#CE7A58", "#FFFFFF") == pytest.approx(3.21, abs=0.01)


@pytest.mark.parametrize("colours", [DAK_LAK, DONG_NAI])
def test_the_demo_provinces_can_be_read(colours):
    assert theme.weak_contrasts(*colours) == []


def test_a_pale_brand_is_named_with_the_grounds_where_it_fails():
    weak = theme.weak_contrasts("#CE7A58", "#073A68", "#EAF1F8")
    assert {(text, ground) for text, ground, _ in weak} == {
        ("#CE7A58", "#FFFFFF"),
        ("#CE7A58", "#EAF1F8"),
        ("#CE7A58", theme.SURFACE),
    }


def test_stylesheet_sets_three_colours_and_its_address_follows_them():
    css = theme.theme_css(*DAK_LAK)
    assert css == ":root{--mc-brand:#0b5394;--mc-brand-dark:#073a68;--mc-tint:#eaf1f8}"
    assert theme.theme_hash(css) != theme.theme_hash(theme.theme_css(*DONG_NAI))


@pytest.mark.parametrize("bad", ["red", "#fff", "#0B5394}body{display:none", "#0B5394\n", ""])
def test_anything_but_a_colour_is_refused(bad):
    with pytest.raises(ValueError, match="not a colour"):
        theme.theme_css(bad, "#073A68", "#EAF1F8")
