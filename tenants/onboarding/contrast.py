"""Contrast of two colours by WCAG 2.2, so that a province's brand stays readable."""

MINIMUM = 4.5
"""Ratio for text of normal size (WCAG 2.2, 1.4.3 AA)."""


def contrast(one: str, other: str) -> float:
    """Ratio from 1 to 21 of two colours written `#0b5394`; their order does not matter."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
