"""`province.yaml`: who the province is, at which hosts, in which colours."""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tenants.agency_codes import province_of
from tenants.folder.problems import Problem
from tenants.folder.questionnaire import MINIMUM, contrast
from tenants.folder.yaml_reader import Document, Section, shown
from tenants.isolation.middleware import split_host
from tenants.isolation.models import Province, colour_shape
from tenants.web.absolute_urls import is_proof

FILE = "province.yaml"
VERSION = "1"
STATES = (Province.State.DRAFT.value, Province.State.PILOT.value, Province.State.LIVE.value)
DECISION = ("number", "date", "signer")

_AGENCY_CODE = re.compile(r"\A[A-Y][0-9]{2}\Z")
_DAY = re.compile(r"\A([0-9]{2})/([0-9]{2})/([0-9]{4})\Z")
_HOTLINE = re.compile(r"\A\+?[0-9][0-9 .()-]{2,28}\Z")
# What text in the brand colour can stand on, besides the province's own tint.
_GROUNDS = ("#FFFFFF", "#F3F5F7")
_DEFAULT_COLOURS = {
    key: str(Province._meta.get_field(name).default)
    for key, name in (("colour", "brand"), ("dark", "brand_dark"), ("tint", "tint"))
}


@dataclass(frozen=True, slots=True)
class FormerProvince:
    """A province that became part of this one; its agency code still stands on old receipts."""

    agency_code: str
    name: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A province as its folder describes it. The first host is the primary one."""

    slug: str
    name: str
    short_name: str
    agency_code: str
    merged_from: tuple[FormerProvince, ...]
    hosts: tuple[str, ...]
    hotline: str
    hours: str
    brand: str
    brand_dark: str
    tint: str
    demo: bool
    site_verifications: tuple[str, ...]
    without_channels: tuple[str, ...]
    """The written decision to do without channels, by DECISION; () for none."""
    state: str
    document: Document

    @property
    def agency_codes(self) -> tuple[str, ...]:
        """Own level-1 agency code first, then those of the former provinces."""
        return (self.agency_code, *(former.agency_code for former in self.merged_from))


def read_manifest(document: Document, slug: str) -> tuple[Manifest, list[Problem]]:
    """The manifest of the folder `slug` and all that is wrong with it.

    With a blocking problem the manifest holds harmless stand-ins, so that the other files can be checked in
    the same run; it must not be applied then.
    """
    problems: list[Problem] = []
    top = Section(document, problems)
    version = top.text("version", most=10)
    if version and version != VERSION:
        text = _("version “%(given)s” không đọc được; bản này đọc version %(known)s.")
        top.report(text % {"given": version, "known": VERSION}, "version")
    given_slug = top.text("slug", most=60)
    if given_slug and given_slug != slug:
        names = {"given": shown(given_slug), "slug": slug}
        top.report(_("slug là “%(given)s” nhưng thư mục tên “%(slug)s”.") % names, "slug")
    colours = _colours(top)
    manifest = Manifest(
        slug=slug,
        name=top.text("name", most=100),
        short_name=top.text("short_name", most=60),
        agency_code=_agency_code(top, "agency_code"),
        merged_from=_merged_from(top),
        hosts=_hosts(top, slug),
        hotline=_hotline(top),
        hours=top.text("hours", most=120, required=False),
        brand=colours["colour"],
        brand_dark=colours["dark"],
        tint=colours["tint"],
        demo=top.flag("demo", default=False),
        site_verifications=_site_verifications(top),
        without_channels=_without_channels(top),
        state=top.choice("state", STATES, default=Province.State.DRAFT.value),
        document=document,
    )
    top.refuse_unknown()
    _check_codes(top, manifest)
    return manifest, problems


def _agency_code(section: Section, key: str) -> str:
    code = section.text(key, most=8)
    if code and not _AGENCY_CODE.match(code):
        section.report(_("mã định danh cấp 1 “%(code)s” phải có dạng H15.") % {"code": shown(code)}, key)
        return ""
    return code


def _merged_from(top: Section) -> tuple[FormerProvince, ...]:
    former = []
    for section in top.sections("merged_from"):
        former.append(FormerProvince(_agency_code(section, "agency_code"), section.text("name", most=100)))
        section.refuse_unknown()
    return tuple(former)


def _hosts(top: Section, slug: str) -> tuple[str, ...]:
    hosts: list[str] = []
    for number, given in enumerate(top.texts("hosts", most=253)):
        host, port = split_host(given)
        if not host or port is not None or host != given:
            text = _("tên miền “%(host)s” phải viết chữ thường, không có https://, cổng hay dấu chấm cuối.")
            top.report(text % {"host": shown(given)}, "hosts", number)
        elif host == settings.NATIONAL_HOST:
            top.report(_("“%(host)s” là tên miền của trang chung.") % {"host": host}, "hosts", number)
        elif host in hosts:
            top.report(_("tên miền “%(host)s” có hai lần.") % {"host": host}, "hosts", number)
        else:
            hosts.append(host)
    return tuple(hosts) or (f"{slug}.{settings.NATIONAL_HOST}",)


def _hotline(top: Section) -> str:
    hotline = top.text("hotline", most=30, required=False)
    if hotline and not _HOTLINE.match(hotline):
        top.report(
            _("tổng đài “%(hotline)s” chỉ gồm chữ số và dấu cách.") % {"hotline": shown(hotline)}, "hotline"
        )
        return ""
    return hotline


def _site_verifications(top: Section) -> tuple[str, ...]:
    key = "site_verifications"
    given = top.texts(key, most=200)
    for number, proof in enumerate(given):
        if not is_proof(proof):
            text = _("“%(proof)s” phải viết dạng tên-thẻ=nội-dung hoặc tên-tệp.html.")
            top.report(text % {"proof": shown(proof)}, key, number)
    return tuple(given)


def _without_channels(top: Section) -> tuple[str, ...]:
    """The decision to serve without channels: whoever reads `check` has to be able to look it up."""
    key = "without_channels"
    part = top.section(key)
    if part is None:
        return ()
    found = {name: part.text(name, most=150) for name in DECISION}
    part.refuse_unknown()
    if found["date"] and not _is_day(found["date"]):
        part.report(_("ngày “%(day)s” phải viết dạng 20/11/2026.") % {"day": shown(found["date"])}, "date")
    return tuple(found.values())


def _is_day(text: str) -> bool:
    day = _DAY.match(text)
    try:
        return day is not None and bool(date(int(day[3]), int(day[2]), int(day[1])))
    except ValueError:
        return False


def _colours(top: Section) -> dict[str, str]:
    brand = top.section("brand")
    if brand is None:
        return dict(_DEFAULT_COLOURS)
    colours = {key: _colour(brand, key) for key in _DEFAULT_COLOURS}
    brand.refuse_unknown()
    _check_contrast(brand, colours)
    return colours


def _check_contrast(brand: Section, colours: dict[str, str]) -> None:
    colour, grounds = colours["colour"], [*_GROUNDS, *filter(None, [colours["tint"]])]
    if not colour:
        return
    worst = min(grounds, key=lambda ground: contrast(colour, ground))
    ratio = contrast(colour, worst)
    if ratio < MINIMUM:
        names = {"colour": colour, "ground": worst, "ratio": _decimal(ratio), "least": _decimal(MINIMUM)}
        text = _("màu %(colour)s trên nền %(ground)s chỉ tương phản %(ratio)s:1; cần ít nhất %(least)s:1.")
        brand.report(text % names, "colour")


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _colour(brand: Section, key: str) -> str:
    colour = brand.text(key, most=7)
    if not colour:
        return ""
    try:
        colour_shape(colour)
    except ValidationError:
        text = _("màu “%(colour)s” phải viết dạng #0B5394 và đặt trong nháy kép.")
        brand.report(text % {"colour": shown(colour)}, key)
        return ""
    return colour.upper()


def _check_codes(top: Section, manifest: Manifest) -> None:
    codes = [code for code in manifest.agency_codes if code]
    if len(set(codes)) != len(codes):
        top.report(_("một mã định danh cấp 1 được ghi hai lần."), "merged_from")
    for code in dict.fromkeys(codes):
        owner = province_of(code)
        place = "agency_code" if code == manifest.agency_code else "merged_from"
        if owner is None or not manifest.name or owner.province == manifest.name:
            continue
        # The packaged list may be behind the law, so this is a remark.
        names = {"code": code, "owner": owner.province, "name": manifest.name}
        top.report(
            _("theo danh sách mã, %(code)s là của %(owner)s, không phải %(name)s.") % names,
            place,
            blocks=False,
        )
