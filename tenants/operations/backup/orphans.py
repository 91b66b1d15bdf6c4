"""Bytes without a row, and rows without bytes: what a killed process or a broken disk leaves behind."""

from dataclasses import dataclass, field
from datetime import timedelta

from dossiers.lifecycle.files import stored_files
from tenants import clock
from tenants.files import storage
from tenants.isolation import schemas
from tenants.isolation.context import current_province
from tenants.operations.backup import side_schemas

YOUNG = timedelta(hours=24)
"""Younger bytes may belong to a transaction that is still open."""


@dataclass
class Found:
    """Bytes without rows, and rows without bytes, in the present province."""

    orphans: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def find() -> Found:
    """Stored names that no row knows and that are older than a day; ids of rows whose bytes are gone.

    Copies of the province that were kept or restored beside it share its store: what their rows know is no
    orphan. Raises schemas.NotTheOwner when they would have to be asked under the run-time login.
    """
    before = clock.now() - YOUNG
    # In this order: a file whose row is committed meanwhile is young, and known by the time rows are read.
    stored = dict(storage.names())
    known = stored_files.known_names()
    unknown = {name for name, at in stored.items() if name not in known and at < before}
    return Found(orphans=sorted(unknown - _known_beside()) if unknown else [], missing=_missing(set(stored)))


def missing() -> list[int]:
    """Ids of rows older than a day whose bytes are gone, in the present province."""
    return _missing({name for name, _at in storage.names()})


def sweep() -> Found:
    """Remove the orphans of the present province; what was found.

    Raises BackupRefused while the province is swapped or restored, schemas.NotTheOwner as `find`; then nothing is
    removed.
    """
    # A swap between two looks would hide the rows of one schema from both.
    with side_schemas.alone(current_province().slug):
        found = find()
        for name in found.orphans:
            storage.remove(name)
    return found


def _missing(stored: set[str]) -> list[int]:
    before = clock.now() - YOUNG
    rows = (table._default_manager.filter(uploaded_at__lt=before) for table in stored_files.tables())
    named = (pair for found in rows for pair in found.values_list("stored_name", "pk"))
    return sorted(pk for name, pk in named if name not in stored)


def _known_beside() -> set[str]:
    province = current_province()
    known: set[str] = set()
    for copy in side_schemas.of(province.slug):
        schemas.require_owner()
        with side_schemas.inside(province, copy.name):
            known |= stored_files.known_names()
    return known
