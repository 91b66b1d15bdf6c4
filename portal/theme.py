"""A province's three colours: written as a stylesheet of its own. Whether they can be read is checked when a folder is applied."""

import hashlib
import re

DEFAULT_BRAND = "#0B5394"
DEFAULT_BRAND_DARK = "#073A68"
DEFAULT_TINT = "#EAF1F8"

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


def _checked(colour: str) -> str:
    if not _HEX_COLOUR.fullmatch(colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return colour.lower()
