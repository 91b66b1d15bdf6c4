"""Rows that one process at a time works on: `next_try_at` says when, and is the lease meanwhile, by the database's clock."""

from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tenants import clock

LONGEST_WAIT = timedelta(hours=1)


class Leased(models.Model):
    """Work at another system that is tried again until it is done."""

    next_try_at = models.DateTimeField(_("lần tới"), default=clock.now)
    failures = models.PositiveIntegerField(_("số lần hỏng liền nhau"), default=0)
    error = models.CharField(_("lỗi lần cuối"), max_length=200, blank=True)

    class Meta:
        abstract = True


def claim(rows: QuerySet[Any], key: int, lease: timedelta) -> Any:
    """This one of the rows that are due, with a lease; None where it is not due or another process has it.

    `at` is the moment by the database's clock. `lease` must be longer than the work may take.
    """
    with transaction.atomic():
        own = rows.filter(pk=key, next_try_at__lte=Now()).annotate(at=Now())
        row = own.select_for_update(of=("self",), skip_locked=True).first()
        if row is not None:
            row.next_try_at = row.at + lease
            row.save(update_fields=["next_try_at"])
    return row


def held(row: Any) -> QuerySet[Any]:
    """The row while nobody else has claimed it, stopped it or gone on with it."""
    return type(row).objects.filter(pk=row.pk, next_try_at=row.next_try_at)


def fail(
    row: Any, text: str, asked: timedelta | None = None, longest: timedelta = LONGEST_WAIT, **values: Any
) -> bool:
    """Count a failure; the next try waits 1, 2, 4, … seconds, or as long as the other side `asked`, `longest` at most.

    Whether the row was still held, and so written.
    """
    wait = min(max(timedelta(seconds=2 ** min(row.failures, 12)), asked or timedelta(0)), longest)
    values |= {"failures": F("failures") + 1, "error": text[:200], "next_try_at": Now() + wait}
    return bool(held(row).update(**values))
