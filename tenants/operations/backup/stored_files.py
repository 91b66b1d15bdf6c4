"""What copies of a province hold beside its rows: stored files.

A killed process or a broken disk leaves bytes without a row, and rows without bytes: both are found here.
"""

import shutil
from collections.abc import Container, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.db import connection
from django.utils.translation import gettext as _

from dossiers.lifecycle.files import stored_files
from tenants import clock
from tenants.files import storage
from tenants.folder.folder import open_private
from tenants.folder.problems import refuse
from tenants.isolation import schemas
from tenants.isolation.context import current_province
from tenants.operations.backup import side_schemas

# Events of a dossier are numbered from 1 without holes: a missing one would be history that was taken away.
_OUT_OF_ORDER = """
SELECT count(*) FROM (
    SELECT dossier_id FROM dossiers_event GROUP BY dossier_id
    HAVING min(sequence) <> 1 OR max(sequence) <> count(*)
) AS dossiers
"""

YOUNG = timedelta(hours=24)
"""Younger bytes may belong to a transaction that is still open."""


class Found(NamedTuple):
    """Bytes without rows, and rows without bytes, in the present province."""

    orphans: list[str]
    missing: list[int]


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
    return Found(orphans=sorted(unknown - _known_beside()) if unknown else [], missing=_missing(stored))


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


def _missing(stored: Container[str]) -> list[int]:
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


def copy_files(folder: Path) -> int:
    """Copy all stored files of the current province below this folder; how many.

    Raises Unreadable, and Refused where rows name files that the store does not have: a store that is not
    mounted looks like one that is empty.
    """
    if lost := _missing(dict(storage.names())):
        text = _("%(count)d tệp có trong hồ sơ mà không thấy trong kho tệp; kiểm tra kho rồi chạy lại.")
        raise refuse("files", 0, text % {"count": len(lost)})
    count = 0
    for name, _stored_at in storage.names():
        target = folder / name
        target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        with storage.fetch(name) as source, open_private(target, "wb") as copy:
            shutil.copyfileobj(source, copy)
        count += 1
    return count


def load_files(folder: Path) -> int:
    """Store all files below this folder for the current province, under the same names; how many.

    Raises WrongProvince for a name that is none of this province's.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    for path in found:
        storage.put_back(str(path.relative_to(folder)), ContentFile(path.read_bytes()))
    return len(found)


def out_of_order() -> Iterator[str]:
    """Says so when the history of a dossier in the present schema has a hole."""
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_ORDER)
        (count,) = cursor.fetchone()
    if count:
        yield _("%(count)d hồ sơ có lịch sử bị thiếu bước.") % {"count": count}


def names() -> Iterator[str]:
    """All that are stored, then those that rows name and the store does not have: an archive tells of them."""
    stored = {name for name, _at in storage.names()}
    yield from sorted(stored)
    yield from sorted(stored_files.known_names() - stored)
