"""Finding the provinces in which the relay has something to do."""

import logging
from collections.abc import Callable, Iterator

from messaging import broadcasts, probe
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
    no lane sees to (stale messages, callbacks, broadcasts) is seen to on the way.
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
                    _see_to(tidy, slug)
                if probe.BROADCAST in what:
                    go_on_with_broadcasts(slug)
                yield province
        except UnknownProvince:
            # Archived since.
            continue


def go_on_with_broadcasts(slug: str) -> None:
    """Take the broadcasts of the present province, which is called so, some steps further; raises nothing."""
    _see_to(broadcasts.go_on, slug)


def _see_to(work: Callable[[], int], slug: str) -> None:
    try:
        work()
    except Exception:
        log.exception("%s of %s", work.__name__, slug)
