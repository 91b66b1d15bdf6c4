"""The communes of this province by their agencies: the commune in a desk's name, and which agency is its authority."""

import re
from collections.abc import Mapping

from tenants import clock
from tenants.organisation import catalogue
from tenants.organisation.models import Agency

_PLACE = re.compile(r"\b(?:phường|xã|đặc khu) .+", re.IGNORECASE)


def commune_of(agency: Agency) -> str:
    """The commune in an agency's name, "" for none: "phường Tân An" of "UBND phường Tân An"."""
    found = _PLACE.search(agency.name)
    return found[0] if found else ""


def names() -> list[str]:
    """The communes of today, in the order of their names."""
    return sorted({commune_of(one) for one in _authorities().values()})


def authority_of(commune: str) -> Agency | None:
    """The highest agency of the commune of this name, in letters of any size; None where this province has none."""
    return _authorities().get(commune.casefold())


def authority_over(desk: Agency) -> Agency | None:
    """The highest agency of the commune in a desk's name, which settles what is handed in there; None for no commune."""
    return authority_of(commune_of(desk))


def _authorities() -> Mapping[str, Agency]:
    """The highest agency of each commune of today, by the commune's name in small letters."""

    def read() -> dict[str, Agency]:
        found: dict[str, Agency] = {}
        for agency in sorted(catalogue.agencies().values(), key=lambda one: (one.code.count("."), one.code)):
            name = commune_of(agency).casefold()
            if name and agency.level == Agency.Level.COMMUNE and not agency.is_dissolved:
                found.setdefault(name, agency)
        return found

    return catalogue.kept(("communes", clock.today()), read)
