"""The events of dossiers in the order of their positions, as CloudEvents: complete, in order, nothing twice.

Thin: who was known that something happened reads the dossier. An event names no person.
"""

from typing import Any, NamedTuple

from dossiers.lifecycle import permissions
from dossiers.lifecycle.models import Event
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import Seal
from tenants.web import absolute_urls

MOST = 500
RESTORED = "log.restored"


class Page(NamedTuple):
    """Events after a position, and the position after which to ask next."""

    events: list[dict[str, Any]]
    next: int


class UnknownPosition(ValueError):
    """The log never came so far."""


def read(after: int, limit: int, reader: User) -> Page:
    """The events at the next `limit` positions, those of dossiers that this person may see: perhaps none.

    One statement where nothing is new, else two and those of the reader's rights. Raises UnknownPosition.
    """
    sealed = Seal.objects.filter(position__gte=after).order_by("position")
    rows = list(sealed.values_list("position", "source", "row_id", "at")[: limit + 1])
    if after and not rows:
        raise UnknownPosition
    rows = [row for row in rows if row[0] > after][:limit]
    if not rows:
        return Page([], after)
    numbers = [row_id for _position, source, row_id, _at in rows if source]
    mine = Event.objects.filter(pk__in=numbers, dossier__in=permissions.visible_to(reader)).order_by()
    columns = ("pk", "dossier__code", "sequence", "kind", "at")
    known = {found[0]: found[1:] for found in mine.values_list(*columns)}
    events = []
    for position, source, row_id, at in rows:
        if not source:
            events.append(_restored(position, row_id, at))
        elif row_id in known:
            events.append(_event(position, row_id, *known[row_id]))
    return Page(events, position)


def _event(position: int, number: int, code: str, sequence: int, kind: str, at: Any) -> dict[str, Any]:
    return _envelope(position, f"event-{number}", f"dossier.{kind}", at) | {
        "subject": code,
        "sequence": sequence,
    }


def _restored(position: int, holds: int, at: Any) -> dict[str, Any]:
    return _envelope(position, f"restored-{position}", RESTORED, at) | {"holds": holds}


def _envelope(position: int, identity: str, kind: str, at: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": identity,
        "source": absolute_urls.absolute("/"),
        "type": kind,
        "time": at.astimezone(clock.VIETNAM).isoformat(),
        "position": position,
    }
