"""A province's three colours: checked for contrast, written as a stylesheet of its own."""

import hashlib
import re

DEFAULT_BRAND = "#0B5394"
DEFAULT_BRAND_DARK = "#073A68"
DEFAULT_TINT = "#EAF1F8"

SURFACE = "#F3F5F7"
"""Ground of the footer and the help box; links in the brand's colour stand on it."""

LEAST_CONTRAST = 4.5
"""Least contrast of text, WCAG 2.2 success criterion 1.4.3 (AA)."""

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def theme_css(brand: str, brand_dark: str, tint: str) -> str:
    """The stylesheet that sets a province's colours, the same text for the same colours.

    Colours are `#rrggbb`. Raises ValueError for anything else: the text goes to the browser as it is.
    """
    names = {"--mc-brand": brand, "--mc-brand-dark": brand_dark, "--mc-tint": tint}
    return ":root{" + ";".join(f"{name}:{_checked(colour)}" for name, colour in names.items()) + "}"


def default_css() -> str:
    """The stylesheet of pages that belong to no province."""
    return theme_css(DEFAULT_BRAND, DEFAULT_BRAND_DARK, DEFAULT_TINT)


def theme_hash(css: str) -> str:
    """Twelve hexadecimal digits that change with the stylesheet, for its address."""
    return hashlib.sha256(css.encode()).hexdigest()[:12]


def contrast(a: str, b: str) -> float:
    """Contrast of two colours `#rrggbb`, 1.0 to 21.0, in either order.

    Source: WCAG 2.2, definitions of contrast ratio and relative luminance. Raises ValueError for anything
    that is not `#rrggbb`.
    """
    darker, lighter = sorted((_luminance(a), _luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def weak_contrasts(brand: str, brand_dark: str, tint: str) -> list[tuple[str, str, float]]:
    """Pairs (text, ground, contrast) of a theme that fall short of `LEAST_CONTRAST`; empty when all is well.

    Raises ValueError for anything that is not `#rrggbb`.
    """
    pairs = [(brand, "#FFFFFF"), (brand, tint), (brand, SURFACE), (brand_dark, tint), (brand_dark, "#FFFFFF")]
    measured = [(text, ground, contrast(text, ground)) for text, ground in pairs]
    return [pair for pair in measured if pair[2] < LEAST_CONTRAST]


def _checked(colour: str) -> str:
    if not _HEX_COLOUR.fullmatch(colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return colour.lower()


def _luminance(colour: str) -> float:
    digits = _checked(colour)[1:]
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
