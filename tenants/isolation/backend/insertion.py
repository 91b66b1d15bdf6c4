"""Inserting a row unless one with its unique values is there, in one statement and without a savepoint."""

from django.db import models
from django.db.models.constants import OnConflict


def insert_or_skip(row: models.Model) -> bool:
    """Insert a new row and give it its primary key and database defaults; False, and nothing written, where a unique
    constraint says that there is one already.

    Waits for a transaction that is writing the same values. Part of the caller's transaction, which a conflict does not
    break. Signals and the model's own `save` are passed over.
    """
    meta = row._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key and not field.generated]
    manager = type(row)._base_manager
    returned = manager._insert(  # type: ignore[attr-defined]
        [row], fields, returning_fields=meta.db_returning_fields, on_conflict=OnConflict.IGNORE
    )
    if returned[0] is None:
        return False
    for field, value in zip(meta.db_returning_fields, returned[0], strict=True):
        setattr(row, field.attname, value)
    row._state.adding = False
    row._state.db = manager.db
    return True
