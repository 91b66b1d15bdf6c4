"""What a province says of itself, as types that its manifest and the questions of its first folder share."""

from typing import Annotated

from django.conf import settings
from pydantic import AfterValidator, Field

from tenants.folder.file_schema import Line
from tenants.isolation.middleware import split_host
from tenants.validation import fault, fault_at, gettext_noop, shaped, shown

MINIMUM = 4.5
"""Ratio for text of normal size (WCAG 2.2, 1.4.3 AA)."""
# What text in the brand colour can stand on, besides the province's own tint.
_GROUNDS = ("#FFFFFF", "#F3F5F7")


def _host(text: str) -> str:
    host, port = split_host(text)
    if "." not in host or port is not None or host != text:
        words = gettext_noop(
            "tên miền “%(host)s” phải viết chữ thường, không có https://, cổng hay dấu chấm cuối."
        )
        raise fault(words, host=shown(text))
    if host == settings.NATIONAL_HOST:
        raise fault(gettext_noop("“%(host)s” là tên miền của trang chung."), host=host)
    return host


Level1 = Annotated[
    Line, shaped(r"[A-Y][0-9]{2}", gettext_noop("mã định danh cấp 1 “%(code)s” phải có dạng H15."))
]
"""The level-1 agency code of a province."""
Name = Annotated[Line, Field(min_length=1, max_length=100)]
ShortName = Annotated[Line, Field(min_length=1, max_length=60)]
Host = Annotated[Line, AfterValidator(_host)]
Hotline = Annotated[
    Line,
    Field(min_length=1),
    shaped(r"\+?[0-9][0-9 .()-]{2,28}", gettext_noop("tổng đài “%(hotline)s” chỉ gồm chữ số và dấu cách.")),
]
Colour = Annotated[
    Line,
    shaped(r"#[0-9a-fA-F]{6}", gettext_noop("màu “%(colour)s” phải viết dạng #0B5394.")),
    AfterValidator(str.upper),
]
"""A colour written #0B5394."""


def refuse_pale(colour: str, tint: str) -> None:
    """Raise the fault of a colour in which text cannot be read on the grounds of the pages; it names `colour`."""
    ground = min((*_GROUNDS, tint), key=lambda ground: contrast(colour, ground))
    ratio = contrast(colour, ground)
    if ratio < MINIMUM:
        words = gettext_noop(
            "màu %(colour)s trên nền %(ground)s chỉ tương phản %(ratio)s:1; cần ít nhất %(least)s:1."
        )
        numbers = {"ratio": _decimal(ratio), "least": _decimal(MINIMUM)}
        raise fault_at(["colour"], words, colour=colour, ground=ground, **numbers)


def contrast(one: str, other: str) -> float:
    """Ratio from 1 to 21 of two colours written `#0b5394`; their order does not matter."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
