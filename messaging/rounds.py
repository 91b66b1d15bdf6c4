"""Finding the provinces in which the relay has something to do."""

import logging
from collections.abc import Iterator

from messaging import probe
from messaging.housekeeping import tidy
from tenants import probes
from tenants.context import UnknownProvince, province_context
from tenants.records import ProvinceRecord

log = logging.getLogger(__name__)

# What the lanes do not see to themselves.
_TO_TIDY = frozenset({probe.INBOUND, probe.HEARD, probe.EXPIRED})


def with_work() -> Iterator[ProvinceRecord]:
    """Enter each province in which a lane may have something due, the longest waiting first.

    One statement looks through all provinces; it may find too much, so look again inside the province. What
    no lane sees to (stale messages, callbacks) is seen to on the way.
    """
    found: dict[str, set[str]] = {}
    for one in probes.waiting():
        if one.what == probes.UNREADABLE:
            # Being migrated or damaged: entering it would hold up all others.
            log.warning("%s cannot be looked through now", one.schema)
            continue
        found.setdefault(one.schema, set()).add(one.what)
    for slug, what in found.items():
        try:
            with province_context(slug) as province:
                if what & _TO_TIDY:
                    _tidy(slug)
                yield province
        except UnknownProvince:
            # Archived since.
            continue


def _tidy(slug: str) -> None:
    try:
        tidy()
    except Exception:
        log.exception("house-keeping of %s", slug)
