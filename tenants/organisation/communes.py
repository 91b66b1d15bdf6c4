"""The provinces of the country, and the communes of this one by their agencies: the commune in a desk's name, and which
agency is its authority."""

import re
from collections.abc import Mapping
from functools import cache

from tenants import clock
from tenants.agency_codes import agency_code_owners
from tenants.organisation import catalogue
from tenants.organisation.models import Agency
from tenants.text import fold, sort_key

_KIND = re.compile(r"\A(?:(?:tỉnh|thành phố|tinh|thanh pho)\s+|t\.?p\.?\s*)", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:phường|xã|đặc khu) .+", re.IGNORECASE)


def commune_of(agency: Agency) -> str:
    """The commune in an agency's name, "" for none: "phường Tân An" of "UBND phường Tân An"."""
    found = _PLACE.search(agency.name)
    return found[0] if found else ""


@cache
def provinces() -> tuple[str, ...]:
    """The provinces and cities of the country by their official names of today, in the order of what tells them apart."""
    found = {owner.province for owner in agency_code_owners().values() if owner.province}
    return tuple(sorted(found, key=lambda name: sort_key(_KIND.sub("", name))))


def official_province(text: str) -> str:
    """The official name of the province that somebody wrote: "Tỉnh Đắk Lắk" for "dak lak"; "" for none."""
    typed = fold(_KIND.sub("", text.strip()))
    return next((name for name in provinces() if fold(_KIND.sub("", name)) == typed), "")


def names() -> list[str]:
    """The communes of today, in the order of their names."""
    return sorted({commune_of(one) for one in _authorities().values()})


def former_names() -> dict[str, str]:
    """The communes of before whose agency has ended, each with the commune of today that has taken its place."""

    def read() -> dict[str, str]:
        ended = [one for one in catalogue.agencies().values() if one.is_dissolved]
        pairs = {commune_of(one): commune_of(one.living) for one in ended}
        today = names()
        return {old: new for old, new in sorted(pairs.items()) if old and new in today and old not in today}

    return catalogue.kept(("former communes", clock.today()), read)


def authority_of(commune: str) -> Agency | None:
    """The highest agency of the commune of this name, in letters of any size, without marks where only one is spelled so;
    None where this province has none."""
    found = _authorities()
    alike = [agency for name, agency in found.items() if fold(name) == fold(commune)]
    return found.get(commune.casefold()) or (alike[0] if len(alike) == 1 else None)


def authority_over(desk: Agency) -> Agency | None:
    """The highest agency of the commune in a desk's name, which settles what is handed in there; None for no commune."""
    return authority_of(commune_of(desk))


def _authorities() -> Mapping[str, Agency]:
    def read() -> dict[str, Agency]:
        found: dict[str, Agency] = {}
        for agency in sorted(catalogue.agencies().values(), key=lambda one: (one.code.count("."), one.code)):
            name = commune_of(agency).casefold()
            if name and agency.level == Agency.Level.COMMUNE and not agency.is_dissolved:
                found.setdefault(name, agency)
        return found

    return catalogue.kept(("communes", clock.today()), read)
