"""Provinces in the memory of a process: frozen copies, at most ten seconds old.

Inside a province the table of provinces cannot be read (its role may not use `public`), and reading it on
each request would cost as much as the page itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django_tenants.utils import get_public_schema_name

from tenants.isolation.backend import connection

MAX_AGE_SECONDS = 10.0
MIN_AGE_SECONDS = 1.0


AT_REST = ("archived", "unfinished")
"""States in which nothing works in a province: no page, no task, no callback. Its schema may not be there."""


class UnknownProvince(LookupError):
    """No province has this slug or host."""


@dataclass(frozen=True, slots=True)
class ProvinceRecord:
    """A province as code inside it sees it. `schema_name` is the slug."""

    pk: int
    schema_name: str
    uuid: UUID
    name: str
    short_name: str
    agency_code: str
    merged_codes: tuple[str, ...]
    hotline: str
    brand: str
    brand_dark: str
    tint: str
    hours: str
    state: str
    demo: bool
    host: str
    site_verifications: tuple[str, ...] = ()
    without_channels: tuple[str, ...] = ()
    """The written decision to serve without any channel: its number, date (dd/mm/yyyy) and signer; () for none."""
    domain_url: str | None = field(default=None, compare=False)

    @property
    def slug(self) -> str:
        return self.schema_name

    @property
    def is_open(self) -> bool:
        return self.state in ("pilot", "live")

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing works there: it was archived, or is not whole yet."""
        return self.state in AT_REST

    @property
    def is_whole(self) -> bool:
        """False while it is being imported or brought back: there may be no schema, or half of one."""
        return self.state != "unfinished"

    @property
    def is_being_prepared(self) -> bool:
        """Not open yet: staff may look in, citizens may not."""
        return self.state == "draft"

    @property
    def agency_codes(self) -> tuple[str, ...]:
        """The province's own level-1 agency code and those of the provinces merged into it."""
        return (self.agency_code, *self.merged_codes)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    taken_at: float
    by_host: dict[str, ProvinceRecord]
    by_slug: dict[str, ProvinceRecord]


_snapshot: _Snapshot | None = None
_lent: dict[str, ProvinceRecord] = {}


def clear_cache() -> None:
    """Drop what this process knows; the next question asks the database."""
    global _snapshot
    _snapshot = None


@contextmanager
def lent(record: ProvinceRecord) -> Iterator[None]:
    """Inside the block this process, and no other, knows one more province: a throw-away one."""
    _lent[record.slug] = record
    clear_cache()
    try:
        yield
    finally:
        del _lent[record.slug]
        clear_cache()


def by_slug(slug: str) -> ProvinceRecord:
    return _find("by_slug", slug)


def by_host(host: str) -> ProvinceRecord:
    """The province that answers at this normalised host; raises UnknownProvince."""
    return _find("by_host", host)


def by_agency_code(code: str) -> ProvinceRecord | None:
    """The connected province to which a level-1 agency code (H15) belongs, counting merged provinces."""
    return next((record for record in all_records() if code in record.agency_codes), None)


def all_records() -> list[ProvinceRecord]:
    return sorted(_current().by_slug.values(), key=lambda record: record.slug)


def _find(index: str, key: str) -> ProvinceRecord:
    found = getattr(_current(), index).get(key)
    if found is None:
        # A province made a moment ago may not be here yet. Asking again at most once a second keeps a flood
        # of invented hosts from becoming a flood of queries.
        found = getattr(_current(max_age=MIN_AGE_SECONDS), index).get(key)
    if found is None:
        raise UnknownProvince(key)
    return found


def _current(*, max_age: float | None = None) -> _Snapshot:
    global _snapshot
    known = _snapshot
    most = MAX_AGE_SECONDS if max_age is None else max_age
    if known is not None and time.monotonic() - known.taken_at <= most:
        return known
    try:
        taken = _read()
    except OperationalError:
        if known is None:
            raise
        # Nothing can be changed while the database is away, and pages that need no more of it go on.
        taken = replace(known, taken_at=time.monotonic())
    _snapshot = taken
    return taken


def _read() -> _Snapshot:
    from tenants.isolation.models import Domain, Province

    present: Any = connection.tenant
    connection.set_schema_to_public()
    try:
        domains = list(Domain.objects.values_list("tenant_id", "domain", "is_primary"))
        provinces = list(Province.objects.exclude(schema_name=get_public_schema_name()))
    finally:
        connection.set_tenant(present)
    primary = {tenant_id: domain for tenant_id, domain, is_primary in domains if is_primary}
    records = {row.pk: row.as_record(primary.get(row.pk, "")) for row in provinces}
    by_host = {domain: records[tenant_id] for tenant_id, domain, _ in domains if tenant_id in records}
    by_slug = {record.slug: record for record in records.values()}
    return _Snapshot(
        taken_at=time.monotonic(),
        by_host=by_host | {record.host: record for record in _lent.values()},
        by_slug=by_slug | _lent,
    )
