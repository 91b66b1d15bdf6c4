"""Rules and texts of a province in versions that never change: calendars, workflows, printed forms."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from dossiers.deadlines.rules.calendar import WorkCalendar
from tenants.isolation.context import current_province
from tenants.organisation.versions import Version


class CalendarVersion(Version):
    """Open days, days off and opening hours of the province."""

    class Meta(Version.Meta):
        verbose_name = _("lịch làm việc")
        verbose_name_plural = _("lịch làm việc")

    @property
    def calendar(self) -> WorkCalendar:
        return parsed(self, WorkCalendar.from_data)


_MOST_KEPT = 500
_kept: dict[tuple[UUID, type[Version], int], Any] = {}


def parsed[Parsed](version: Version, parse: Callable[[Any], Parsed]) -> Parsed:
    """The rules object of a saved version. Versions never change, so a process reads each one once."""
    place = (current_province().uuid, type(version), version.pk)
    parsed: Parsed | None = _kept.get(place)
    if parsed is None:
        parsed = parse(version.data)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[place] = parsed
    return parsed
