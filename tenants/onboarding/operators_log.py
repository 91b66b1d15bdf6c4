"""The operators' log: what was done to which province, by whom. Rows are added, never changed.

Where two people have to agree, or a province has a mark, that is what the log says last: there is no second
place that could say something else.
"""

import getpass
from typing import Any

from tenants import clock
from tenants.accounts.models import User
from tenants.context import public_context
from tenants.models import OperatorsEntry


def record(act: str, slug: str = "", *, actor: User | None = None, **detail: Any) -> OperatorsEntry:
    """Append one entry; part of the caller's transaction, if any. `detail` holds nothing about citizens.

    Without `actor` it was done at a terminal, by whoever this process belongs to.
    """
    if actor is None and not act.startswith("signin."):
        detail["terminal"] = _account_of_this_process()
    with public_context():
        return OperatorsEntry.objects.create(
            at=clock.now(),
            actor=actor,
            actor_name=actor.get_username() if actor else "",
            act=act,
            slug=slug,
            detail=detail,
        )


def last(slug: str, *acts: str) -> OperatorsEntry | None:
    """The newest entry of a province among these acts."""
    with public_context():
        return OperatorsEntry.objects.filter(slug=slug, act__in=acts).order_by("-pk").first()


def of(slug: str, *acts: str) -> list[OperatorsEntry]:
    """All entries of a province among these acts, the oldest first."""
    with public_context():
        return list(OperatorsEntry.objects.filter(slug=slug, act__in=acts).order_by("pk"))


def newest(count: int, slug: str = "", before: int | None = None) -> list[OperatorsEntry]:
    """The newest entries, of one province or of all; with `before`, those older than that one."""
    with public_context():
        entries = OperatorsEntry.objects.order_by("-pk")
        if slug:
            entries = entries.filter(slug=slug)
        if before is not None:
            entries = entries.filter(pk__lt=before)
        return list(entries[:count])


def _account_of_this_process() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
