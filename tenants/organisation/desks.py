"""Where dossiers are handed in: the desks that work today, those that somebody names first."""

import re
from collections.abc import Sequence

from tenants.organisation.models import Agency

# Of a name what tells the place: “UBND phường Buôn Ma Thuột” → “phường Buôn Ma Thuột”.
_PLACE = re.compile(r"\b(?:xã|phường|đặc khu|thị trấn)\s+(?P<name>.+)$", re.IGNORECASE)


def working() -> list[Agency]:
    """All desks that work today, those of the province before those of communes."""
    desks = [desk for desk in Agency.objects.filter(is_desk=True) if not desk.is_dissolved]
    return sorted(desks, key=lambda desk: (desk.level != Agency.Level.PROVINCE, desk.code))


def place_of(desk: Agency) -> str:
    """The name of the place that a desk of a commune stands for; "" where its name tells none."""
    found = _PLACE.search(desk.name)
    return found["name"] if found else ""


def first(desks: Sequence[Agency], count: int) -> list[Agency]:
    """The first few that somebody can be sent to: those with an address or hours."""
    return [desk for desk in desks if desk.address or desk.hours or desk.phone][:count] or list(desks[:count])
