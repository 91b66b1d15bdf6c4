"""When a paused province is expected back. A room above, where planned outages are announced, knows."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError

from tenants import clock
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

_finders: list[Callable[[], datetime | None]] = []


def register(finder: Callable[[], datetime | None]) -> None:
    """Ask this function, inside the province, for the end of what goes on now."""
    if finder not in _finders:
        _finders.append(finder)


def expected_end(province: ProvinceRecord) -> datetime | None:
    """When the pause is to end, in Viet Nam; None where nothing was announced or nobody can say."""
    if province.state != "paused":
        return None
    try:
        with province_context(province):
            ends = [end for finder in _finders if (end := finder()) is not None]
    except DatabaseError:
        # The page that says “we are paused” must come even when the database is why.
        log.exception("when the pause of a province ends")
        return None
    return max(ends).astimezone(clock.VIETNAM) if ends else None
