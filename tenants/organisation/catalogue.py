"""What a process keeps of a province's catalogue, its agencies among it, and of other topics under their versions.

Inside `read_once` the version is read at most once; outside it each call reads it anew. Values are shared by threads:
they are never changed, and model objects among them are never saved.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from tenants import clock
from tenants.isolation.backend import connection
from tenants.organisation import data_version
from tenants.organisation.models import Agency

TOPIC = "catalogue"
Links = Mapping[int, list[int]]
_read: ContextVar[dict[Hashable, Any] | None] = ContextVar("read_once", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Inside the block the version of the catalogue, and what `once` reads, is read once.

    For one page, or one act once it has its locks: each stands in one moment. Nothing in the block changes the
    catalogue. A block inside a block reads anew.
    """
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def once[Value](key: Hashable, read: Callable[[], Value]) -> Value:
    """The value of `read()`, read once inside `read_once`."""
    known = _read.get()
    if known is None:
        return read()
    place = (connection.schema_name, key)
    if place not in known:
        known[place] = read()
    value: Value = known[place]
    return value


def note_version(version: Hashable, topic: str = TOPIC) -> None:
    """Take this version of a topic, which the caller has just read, for the rest of the block."""
    if version is not None:
        once(topic, lambda: version)


def kept[Value](key: Hashable, load: Callable[[], Value], topic: str = TOPIC) -> Value:
    """The value kept under `key`, else that of `load()`, for as long as the data of the topic stay as they are."""

    def ask() -> Value:
        version = once(topic, lambda: data_version.read(topic))
        return data_version.kept(topic, version, key, load)

    return once(("kept", topic, key), ask)


def agencies() -> Mapping[int, Agency]:
    """All agencies of the province by primary key, each with its parent and its successor."""
    return kept("agencies", _load_agencies)


def agency_by_code(code: str) -> Agency | None:
    """The agency with this code, dissolved or not."""
    return kept("agencies by code", lambda: {one.code: one for one in agencies().values()}).get(code)


def answerable() -> Links:
    """For each agency those that answer for it today: the one above, and of a dissolved one its successor."""
    today = clock.today()
    return kept(("answerable", today), lambda: _load_answerable(today))


def below() -> Links:
    """The same links the other way: for each agency those that it answers for today."""
    return kept(("below", clock.today()), lambda: _turned(answerable()))


def _load_agencies() -> dict[int, Agency]:
    found = {agency.pk: agency for agency in Agency.objects.all()}
    for agency in found.values():
        agency.parent = found[agency.parent_id] if agency.parent_id else None
        agency.successor = found[agency.successor_id] if agency.successor_id else None
    return found


def _load_answerable(today: date) -> Links:
    return {
        agency.pk: [
            other
            for other in (
                agency.parent_id,
                agency.successor_id if agency.dissolved_on and agency.dissolved_on <= today else None,
            )
            if other is not None
        ]
        for agency in agencies().values()
    }


def _turned(links: Links) -> Links:
    turned: dict[int, list[int]] = {}
    for pk, others in links.items():
        for other in others:
            turned.setdefault(other, []).append(pk)
    return turned
