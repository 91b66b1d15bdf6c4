"""The tables whose rows name bytes in the store, and writing bytes that are removed again when the work fails."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction

from tenants import clock
from tenants.files import storage, virus_scanner
from tenants.files.inspection import Inspected
from tenants.files.models import StoredFile
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)


def tables() -> list[type[StoredFile]]:
    """The tables of stored files, of whatever app, in the order in which Django loads them."""
    return [model for model in apps.get_models() if issubclass(model, StoredFile)]


def known_names(names: Collection[str] | None = None) -> set[str]:
    """The stored names that rows of this province know; of `names`, where they are given."""
    known: set[str] = set()
    for table in tables():
        rows = table._default_manager.all()
        known.update(
            (rows if names is None else rows.filter(stored_name__in=names)).values_list(
                "stored_name", flat=True
            )
        )
    return known


@dataclass
class _Batch:
    """The bytes written so far, and the rows that name them."""

    names: list[str] = field(default_factory=list)
    rows: list[StoredFile] = field(default_factory=list)


_current: ContextVar[_Batch | None] = ContextVar("batch", default=None)


@contextmanager
def batch() -> Iterator[None]:
    """Files stored inside this block are removed again when it fails. Open it around the transaction."""
    begun = _Batch()
    token = _current.set(begun)
    try:
        yield
    except BaseException:
        _undo(begun)
        raise
    finally:
        _current.reset(token)


def keep[Row: StoredFile](table: type[Row], inspected: Inspected, **owner: Any) -> Row:
    """Write the bytes, and the row of this table that names them with the columns of `owner`.

    Inside a transaction inside `batch`; a scan is hinted at after commit. Raises NotStored.
    """
    begun = _current.get()
    if begun is None:
        raise RuntimeError("keep() works inside batch() alone")
    state = table.ScanState.PENDING if virus_scanner.is_configured() else table.ScanState.NOT_SCANNED
    name = storage.put(inspected.content)
    begun.names.append(name)
    row = table._default_manager.create(
        name=inspected.name,
        stored_name=name,
        content_type=inspected.content_type,
        size=inspected.size,
        pages=inspected.pages,
        pixels=inspected.pixels,
        sha256=inspected.sha256,
        uploaded_at=clock.now(),
        scan_state=state,
        **owner,
    )
    if not begun.rows and virus_scanner.is_configured():
        transaction.on_commit(partial(_hint, current_province().slug, begun.rows), robust=True)
    begun.rows.append(row)
    return row


def remove_after_commit(names: Collection[str]) -> None:
    """Remove these bytes once the present transaction, which deletes their rows, is committed.

    What the store does not remove then, `orphans` finds.
    """

    def remove() -> None:
        for name in names:
            try:
                storage.remove(name)
            except Exception as error:
                log.warning("a stored file without a row was not removed: %s", type(error).__name__)

    transaction.on_commit(remove, robust=True)


def _undo(begun: _Batch) -> None:
    """Remove what was written. A commit whose answer was lost may have succeeded, so the rows decide."""
    if not begun.names:
        return
    try:
        kept = known_names(begun.names)
        for name in begun.names:
            if name not in kept:
                storage.remove(name)
    except Exception as error:
        # What was raised in the block matters more; the orphans are found later.
        log.warning("%d stored files may be without a row: %s", len(begun.names), type(error).__name__)


def _hint(slug: str, rows: list[StoredFile]) -> None:
    from dossiers.lifecycle.files import tasks

    try:
        for row in rows:
            tasks.hint(slug, row.pk, type(row))
    except Exception as error:
        log.warning("no hint for files of %s: %s; the sweep will find them", slug, type(error).__name__)
