"""Re-encrypting what lies encrypted, so that older keys can be dropped.

First the new key is put in front and every process is restarted: from then on all write with it, and still read
with the older ones. Then `rotate` goes through every province while it serves: bounded batches, each a
transaction of its own. Values under the newest key are left alone, so it can be ended and begun again at any time,
and a second run changes nothing. Rows that no key opens are counted, not touched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Model, TextField
from django.db.models.functions import Cast

from messaging.channels.accounts import routes as channel_routes
from tenants.accounts.models import SecondFactor
from tenants.isolation import crypto
from tenants.isolation.context import province_context, public_context

BATCH = 500
_RAW = "_stored_"
# Cipher texts in plain columns, beside the encrypted ones.
_HIDDEN = "secret"

Progress = Callable[[str, int], None]
"""Takes the name of a table and how many of its rows were looked at so far."""


@dataclass(slots=True)
class Rotated:
    """`looked`: rows; `old`: those that an older key was needed for, or whose index is of an older key;
    `left`: those that no key opens, or whose new index another row has already: still readable, not found twice."""

    looked: int = 0
    old: int = 0
    left: int = 0

    def add(self, other: "Rotated") -> None:
        self.looked += other.looked
        self.old += other.old
        self.left += other.left


def rotate(slug: str, *, write: bool = True, progress: Progress = lambda table, rows: None) -> Rotated:
    """Bring one province under the newest keys; with `write` false only count. Raises UnknownProvince."""
    total = Rotated()
    with province_context(slug):
        for model, names in crypto.encrypted_fields():
            total.add(_table(model, names, write, progress))
        total.add(_second_factors(write))
    return total


def rotate_public() -> int:
    """Bring what belongs to no province under the newest key: operators' telephones, secrets of callbacks."""
    with public_context(), transaction.atomic():
        factors = list(SecondFactor.objects.select_for_update())
        for factor in factors:
            factor.secret = crypto.encrypt_here(crypto.decrypt_here(factor.secret))
        SecondFactor.objects.bulk_update(factors, [_HIDDEN])
    return len(factors) + channel_routes.rotate_secrets()


def _table(model: type[Model], names: list[str], write: bool, progress: Progress) -> Rotated:
    total, last = Rotated(), 0
    while True:
        with transaction.atomic():
            found, changed, last = _batch(model, names, last)
            if not found.looked:
                return total
            found.left += _write(model, changed, names) if write else 0
        total.add(found)
        progress(model._meta.db_table, total.looked)


def _write(model: type[Model], rows: list[Any], names: list[str]) -> int:
    """Write the rows anew; how many kept their old index, since another row has the new one.

    That happens where processes with and without the new key worked side by side.
    """
    try:
        with transaction.atomic():
            model._base_manager.bulk_update(rows, [*names, *_indexes(model)])
    except IntegrityError:
        if len(rows) > 1:
            return sum(_write(model, [row], names) for row in rows)
        model._base_manager.bulk_update(rows, names)
        return 1
    return 0


def _batch(model: type[Model], names: list[str], after: int) -> tuple[Rotated, list[Any], int]:
    stored = {f"{_RAW}{name}": Cast(F(name), TextField()) for name in names}
    rows = model._base_manager.select_for_update(of=("self",)).filter(pk__gt=after).order_by("pk")
    raw = list(rows.annotate(**stored).values_list("pk", *stored)[:BATCH])
    unreadable = {pk for pk, *values in raw if not all(map(_opens, values))}
    readable = model._base_manager.in_bulk([pk for pk, *_values in raw if pk not in unreadable])
    old = {pk for pk, *values in raw if not all(map(crypto.is_current, values))}
    changed = [row for row in readable.values() if _index_anew(model, row) or row.pk in old]
    return Rotated(len(raw), len(changed), len(unreadable)), changed, raw[-1][0] if raw else after


def _opens(stored: str) -> bool:
    try:
        crypto.decrypt(stored)
    except crypto.CannotDecrypt:
        return False
    return True


def _indexes(model: type[Model]) -> list[str]:
    if not hasattr(model, "index"):
        return []
    return [field.name for field in model._meta.concrete_fields if field.name.endswith("_index")]


def _index_anew(model: type[Model], row: Any) -> bool:
    names = _indexes(model)
    before = [getattr(row, name) for name in names]
    if names:
        row.index()
    return before != [getattr(row, name) for name in names]


def _second_factors(write: bool) -> Rotated:
    with transaction.atomic():
        factors = list(SecondFactor.objects.select_for_update())
        readable = [factor for factor in factors if _opens(factor.secret)]
        old = [factor for factor in readable if not crypto.is_current(factor.secret)]
        if write:
            for factor in old:
                factor.secret = crypto.encrypt_here(crypto.decrypt_here(factor.secret))
            SecondFactor.objects.bulk_update(old, [_HIDDEN])
    return Rotated(len(factors), len(old), len(factors) - len(readable))
