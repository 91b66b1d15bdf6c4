"""Bytes without a row, and rows without bytes: what a killed process or a broken disk leaves behind."""

from dataclasses import dataclass, field
from datetime import timedelta

from dossiers.files import storage
from dossiers.models import Attachment
from tenants import clock

YOUNG = timedelta(hours=24)
"""Younger bytes may belong to a transaction that is still open."""


@dataclass
class Found:
    """What does not fit together in the present province."""

    orphans: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def find() -> Found:
    """Stored names that no row knows and that are older than a day; ids of rows whose bytes are gone."""
    before = clock.now() - YOUNG
    # In this order: a file whose row is committed meanwhile is young, and known by the time rows are read.
    stored = dict(storage.names())
    rows = list(Attachment.objects.values_list("stored_name", "pk", "uploaded_at"))
    known = {name for name, _pk, _at in rows}
    return Found(
        orphans=sorted(name for name, at in stored.items() if name not in known and at < before),
        missing=sorted(pk for name, pk, at in rows if name not in stored and at < before),
    )


def sweep() -> Found:
    """Remove the orphans of the present province; what was found."""
    found = find()
    for name in found.orphans:
        storage.remove(name)
    return found
