"""What a clerk did last at the counter: the procedures that come up most recently, and the last receipt."""

from itertools import islice

from dossiers.lifecycle import event_kinds
from dossiers.models import Dossier, Event
from procedures.models import Procedure
from tenants import clock
from tenants.accounts.models import User

SHORTCUTS = 5
LOOKED_AT = 60


def procedures(user: User) -> list[Procedure]:
    """The last five different procedures that this person took in, the newest first."""
    receipts = (
        Event.objects.filter(actor=user, kind=event_kinds.RECEIVE, dossier__procedure__handled=True)
        .order_by("-at", "-pk")
        .values_list("dossier__procedure_id", flat=True)[:LOOKED_AT]
    )
    keys = list(islice(dict.fromkeys(receipts), SHORTCUTS))
    known = Procedure.objects.in_bulk(keys)
    return [known[key] for key in keys]


def last_received(user: User) -> Dossier | None:
    """The dossier that this person took in last today; None when there is none yet."""
    midnight = clock.now().astimezone(clock.VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    event = (
        Event.objects.filter(actor=user, kind=event_kinds.RECEIVE, at__gte=midnight)
        .select_related("dossier__owner", "dossier__procedure")
        .order_by("-at", "-pk")
        .first()
    )
    return event.dossier if event else None
