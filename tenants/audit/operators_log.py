"""The operators' log: acts on provinces and their actors. Rows are added, never changed.

Where two people have to agree, or a province has a mark, that is what the log says last: there is no second
place that could say something else. Slugs are used again: what was said about an earlier province of that name
is kept, and counts no more.
"""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug
from tenants.folder.problems import refuse
from tenants.isolation.context import public_context
from tenants.isolation.models import OperatorsEntry, Province

CREATED, IMPORTED, DISCARDED, DROPPED = "create", "import", "discard", "offboard.done"
"""Acts with which a province's life begins or ends."""


def record(
    act: str, slug: str = "", *, actor: AbstractBaseUser | None = None, **detail: Any
) -> OperatorsEntry:
    """Append one entry; part of the caller's transaction, if any. `detail` holds nothing about citizens.

    Without `actor` it was done at a terminal, by the account of this process.
    """
    if actor is None and not act.startswith("signin."):
        detail["terminal"] = _account_of_this_process()
    with public_context():
        return OperatorsEntry.objects.create(
            at=clock.now(),
            actor_id=actor.pk if actor else None,
            actor_name=actor.get_username() if actor else "",
            act=act,
            slug=slug,
            detail=detail,
        )


def last(slug: str, *acts: str) -> OperatorsEntry | None:
    """The newest entry of a province among these acts, since its life began."""
    with public_context():
        return _of_this_life(slug, acts).order_by("-pk").first()


def of(slug: str, *acts: str) -> list[OperatorsEntry]:
    """All entries of a province among these acts since its life began, the oldest first."""
    with public_context():
        return list(_of_this_life(slug, acts).order_by("pk"))


def newest(count: int, slug: str = "", before: int | None = None) -> list[OperatorsEntry]:
    """The newest entries, of one province or of all; with `before`, those older than that one."""
    with public_context():
        entries = OperatorsEntry.objects.order_by("-pk")
        if slug:
            entries = entries.filter(slug=slug)
        if before is not None:
            entries = entries.filter(pk__lt=before)
        return list(entries[:count])


def _of_this_life(slug: str, acts: tuple[str, ...]) -> QuerySet[OperatorsEntry]:
    """Not what was agreed on or done for another province that had this slug before."""
    of_slug = OperatorsEntry.objects.filter(slug=slug)
    began = of_slug.filter(act__in=(CREATED, IMPORTED, DISCARDED, DROPPED)).order_by("-pk").values("pk")[:1]
    return of_slug.filter(act__in=acts, pk__gt=Coalesce(Subquery(began), 0))


def _account_of_this_process() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


@contextmanager
def province_row(slug: str) -> Iterator[Province]:
    """The row of a province, locked: of two who act on it at once the second sees what the first did.

    Raises Refused for an unknown province.
    """
    refuse_bad_slug(slug)
    with public_context(), transaction.atomic():
        province = Province.objects.select_for_update().filter(schema_name=slug).first()
        if province is None:
            raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`."))
        yield province
