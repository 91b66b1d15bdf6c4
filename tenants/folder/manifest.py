"""`province.yaml`: who the province is, at which hosts, in which colours.

The types of its values serve the questions of a first folder as well.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, model_validator

from tenants.agency_codes import province_of
from tenants.folder.file_schema import Line, load
from tenants.folder.problems import ValidationProblem
from tenants.folder.readers.yaml_reader import Document
from tenants.isolation.middleware import split_host
from tenants.isolation.models import Province
from tenants.validation import Schema, fault, fault_at, gettext_noop, shaped, shown
from tenants.web.absolute_urls import is_proof

FILE = "province.yaml"
VERSION = "1"
_UNREADABLE = "–"
UNREADABLE_CODE = "H00"
STATES = (Province.State.DRAFT.value, Province.State.PILOT.value, Province.State.LIVE.value)

_DAY = re.compile(r"\A([0-9]{2})/([0-9]{2})/([0-9]{4})\Z")
_DEFAULT_COLOURS = {
    key: str(Province._meta.get_field(name).default)
    for key, name in (("colour", "brand"), ("dark", "brand_dark"), ("tint", "tint"))
}


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
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _proof(text: str) -> str:
    if not is_proof(text):
        words = gettext_noop("“%(proof)s” phải viết dạng tên-thẻ=nội-dung hoặc tên-tệp.html.")
        raise fault(words, proof=shown(text))
    return text


def _vietnamese_day(text: str) -> str:
    day = _DAY.match(text)
    try:
        if day and date(int(day[3]), int(day[2]), int(day[1])):
            return text
    except ValueError:
        pass
    raise fault(gettext_noop("ngày “%(day)s” phải viết dạng 20/11/2026."), day=shown(text))


Signed = Annotated[Line, Field(min_length=1, max_length=150)]


class FormerProvince(Schema):
    """A province that became part of this one; its agency code still stands on old receipts."""

    agency_code: Level1
    name: Name


class Brand(Schema):
    """The colours of the pages, each written #0B5394."""

    colour: Colour
    dark: Colour
    tint: Colour

    @model_validator(mode="after")
    def _check_contrast(self) -> "Brand":
        refuse_pale(self.colour, self.tint)
        return self


class Decision(Schema):
    """The written decision to serve without channels, which readers of `check` can look up."""

    number: Signed
    date: Annotated[Signed, AfterValidator(_vietnamese_day)]
    signer: Signed


class Manifest(Schema):
    """A province as its folder describes it. The first host is the primary one."""

    version: Annotated[Line, Field(max_length=10)]
    slug: Annotated[Line, Field(max_length=60)]
    name: Name
    short_name: ShortName
    agency_code: Level1
    merged_from: tuple[FormerProvince, ...] = ()
    hosts: tuple[Host, ...] = ()
    hotline: Hotline = ""
    hours: Annotated[Line, Field(max_length=120)] = ""
    brand: Brand = Brand(**_DEFAULT_COLOURS)
    demo: bool = False
    site_verifications: tuple[Annotated[Line, Field(max_length=200), AfterValidator(_proof)], ...] = ()
    without_channels: Decision | None = None
    state: Literal["draft", "pilot", "live"] = "draft"

    @model_validator(mode="after")
    def _check_hosts(self) -> "Manifest":
        for number, host in enumerate(self.hosts):
            if host in self.hosts[:number]:
                raise fault_at(["hosts", number], gettext_noop("tên miền “%(host)s” có hai lần."), host=host)
        if not self.hosts:
            self.hosts = (f"{self.slug}.{settings.NATIONAL_HOST}",)
        return self

    @property
    def agency_codes(self) -> tuple[str, ...]:
        """Own level-1 agency code first, then those of the former provinces."""
        return (self.agency_code, *(former.agency_code for former in self.merged_from))


def read_manifest(document: Document, slug: str) -> tuple[Manifest, list[ValidationProblem]]:
    """The manifest of the folder `slug` and all that is wrong with it.

    With a blocking problem the manifest holds harmless stand-ins, so that the other files can be checked in
    the same run; it must not be applied then.
    """
    stand_ins = {
        "version": VERSION,
        "slug": slug,
        "name": _UNREADABLE,
        "short_name": _UNREADABLE,
        "agency_code": UNREADABLE_CODE,
    }
    manifest, problems = load(Manifest, document, instead=stand_ins)
    assert manifest is not None
    return manifest, [*problems, *_strangers(manifest, document, slug)]


def _strangers(manifest: Manifest, document: Document, slug: str) -> Iterator[ValidationProblem]:
    """What disagrees with the folder's name, this version and the list of agency codes."""
    if manifest.version != VERSION:
        text = _("version “%(given)s” không đọc được; bản này đọc version %(known)s.")
        yield document.problem(text % {"given": manifest.version, "known": VERSION}, "version")
    if manifest.slug != slug:
        names = {"given": shown(manifest.slug), "slug": slug}
        yield document.problem(_("slug là “%(given)s” nhưng thư mục tên “%(slug)s”.") % names, "slug")
    codes = manifest.agency_codes
    if len(set(codes)) != len(codes):
        yield document.problem(_("một mã định danh cấp 1 được ghi hai lần."), "merged_from")
    for code in dict.fromkeys(codes):
        owner = province_of(code)
        if owner is None and code != manifest.agency_code:
            text = _("chưa tỉnh nào từng có mã %(code)s.")
            yield document.problem(text % {"code": code}, "merged_from")
        if owner is None or manifest.name in (owner.province, _UNREADABLE):
            continue
        # The packaged list may be behind the law, so this is a remark.
        names = {"code": code, "owner": owner.province, "name": manifest.name}
        text = _("theo danh sách mã, %(code)s là của %(owner)s, không phải %(name)s.")
        place = "agency_code" if code == manifest.agency_code else "merged_from"
        yield document.problem(text % names, place, blocks=False)
