"""The lanes of a province and their leases: one relay at a time works on a lane."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from messaging.models import Lane, Message
from tenants.accounts.models import User
from tenants.audit import log as audit

DEFAULT_ACCOUNT = "chinh"

_FREE = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())


def ensure_lane(channel: str) -> tuple[Lane, bool]:
    """The province's lane at this channel, made if there is none; and whether it was made."""
    lane = Lane.objects.filter(channel=channel).order_by("pk").first()
    if lane is not None:
        return lane, False
    return Lane.objects.get_or_create(channel=channel, account=DEFAULT_ACCOUNT)


def ensure_lanes() -> list[tuple[Lane, bool]]:
    """A lane for each channel that is switched on, each with whether it was made just now."""
    return [ensure_lane(channel) for channel in settings.MESSAGING_CHANNELS]


def set_state(lane: Lane, state: str, actor: User) -> None:
    """Pause a lane or let it work again. Writes the state alone: a relay may hold the lane at this moment."""
    with transaction.atomic():
        Lane.objects.filter(pk=lane.pk).update(state=state)
        audit.record("lane.state", f"lane:{lane.channel}:{lane.account}", actor=actor, state=state)


def due_lanes() -> list[int]:
    """Ids of active lanes of this province that have a message to send now and that no relay holds."""
    due = Message.objects.due().filter(lane_id=OuterRef("pk"))
    lanes = Lane.objects.filter(_FREE, Exists(due), state=Lane.State.ACTIVE)
    return list(lanes.order_by("pk").values_list("pk", flat=True))


class Lease:
    """The right to work on a lane for a while, by the database's clock."""

    def __init__(self, lane_id: int, length: timedelta) -> None:
        self.lane_id = lane_id
        self.length = length
        self.token: UUID = uuid4()

    def take(self) -> bool:
        """Take the lane if it is active and free, or if its holder died and its lease ran out."""
        free = Lane.objects.filter(_FREE, pk=self.lane_id, state=Lane.State.ACTIVE)
        return bool(free.update(lease_token=self.token, lease_until=Now() + self.length))

    def renew(self) -> bool:
        """Lengthen the lease; False when somebody else has the lane by now or it was paused."""
        mine = Lane.objects.filter(pk=self.lane_id, lease_token=self.token, state=Lane.State.ACTIVE)
        return bool(mine.update(lease_until=Now() + self.length))

    def give_back(self) -> None:
        """Let the next relay in."""
        Lane.objects.filter(pk=self.lane_id, lease_token=self.token).update(
            lease_token=None, lease_until=None
        )


@contextmanager
def held_lane(lane_id: int, length: timedelta) -> Iterator[Lease | None]:
    """Hold the lane inside the block; None when it is paused, gone, or another relay has it."""
    lease = Lease(lane_id, length)
    if not lease.take():
        yield None
        return
    try:
        yield lease
    finally:
        lease.give_back()
