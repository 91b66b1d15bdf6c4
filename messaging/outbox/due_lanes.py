"""Lanes that have a message to send now."""

from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from messaging.channels.base import registry
from messaging.channels.lanes.lanes import OVER, within_budget
from messaging.channels.lanes.rate_limit import HORIZON
from messaging.channels.models import Lane
from messaging.channels.states import UNSENT, State
from messaging.outbox.models.messages import Message


def due_lanes() -> list[int]:
    """Ids of lanes of this province with something to send or to ask about now, that no relay holds."""
    mine = Message.objects.filter(lane_id=OuterRef("pk"))
    unknown = Exists(Message.objects.due().filter(lane_id=OuterRef("pk"), state=State.UNKNOWN))
    askable = [code for code in registry.codes() if registry.get(code).capabilities.can_be_asked]
    due = Exists(Message.objects.due().filter(lane_id=OuterRef("pk"), state__in=UNSENT))
    asking = Exists(
        mine.filter(
            Q(state=State.SENDING, lease_until__lte=Now())
            | Q(state=State.ACCEPTED, finished_at__isnull=True, lane__channel__in=askable),
            next_attempt_at__lte=Now(),
        )
    )
    free = Q(RawSQL(OVER, [], BooleanField()))  # noqa: S611 – no values
    awake = Q(rests_until__isnull=True) | Q(rests_until__lte=Now())
    lanes = Lane.objects.filter(free, awake, state=Lane.State.ACTIVE)
    has_slot = Q(next_slot_at__isnull=True) | Q(next_slot_at__lte=Now() + HORIZON)
    lanes = lanes.filter((Q(due) & within_budget() & has_slot) | Q(unknown) | Q(asking))
    return list(lanes.order_by("pk").values_list("pk", flat=True))
