"""The lanes that a broadcast goes through: how many more each takes now, and what keeps one waiting.

What keeps one lane waiting is no other's business: each has room of its own.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.accounts import credentials
from messaging.broadcasts.audiences import Place
from messaging.channels import registry
from messaging.lanes import retry_policy
from messaging.lanes.lanes import ensure_lane
from messaging.lanes.rate_limit import Allowance, allow
from messaging.models import Broadcast, BroadcastRecipient, ChannelAccount, Credential, Lane, Message
from messaging.models.messages import LIVE, UNSENT
from tenants import clock


def place_of(row: BroadcastRecipient) -> Place:
    """Where a recipient is written to: a follower by the account they spoke to, others by the channel's ("")."""
    return row.channel, row.follower.account if row.follower else ""


class Means:
    """What the lanes of one broadcast still take, while it is being fed: at most `ahead` wait in each.

    Two places may share a lane.
    """

    def __init__(self, broadcast: Broadcast, ahead: int) -> None:
        self._broadcast = broadcast
        self._ahead = ahead
        self._lanes: dict[Place, Lane] = {}
        self._room: dict[int, int] = {}
        self._closed: set[Place] = set()

    def look(self, places: Iterable[Place]) -> None:
        """Read how the lanes of these places stand."""
        new = {place: lane_at(place) for place in places if place not in self._lanes}
        self._lanes |= new
        unread = {lane.pk: lane for lane in new.values() if lane.pk not in self._room}
        if unread:
            mine = Count("pk", filter=Q(broadcast_recipient__broadcast=self._broadcast))
            unsent = Count("pk", filter=Q(state__in=UNSENT))
            waiting = Message.objects.filter(lane__in=unread, bulk=True, state__in=LIVE).order_by()
            counts = {
                pk: (one, all_of)
                for pk, one, all_of in waiting.values_list("lane").annotate(mine=mine, unsent=unsent)
            }
            self._room |= {pk: self._room_of(lane, *counts.get(pk, (0, 0))) for pk, lane in unread.items()}
        self._closed |= {place for place, lane in new.items() if obstacle(lane, pays=not place[1])}

    def _room_of(self, lane: Lane, mine: int, unsent: int) -> int:
        # A lane that tries how its account is now takes one.
        room = (1 if lane.rests else self._ahead) - mine
        left = _allowance(lane).left_for_bulk
        return room if left is None else min(room, left - unsent)

    def take(self, place: Place) -> bool:
        """Whether one more goes there; it is counted."""
        lane = self._lanes[place]
        if place in self._closed or self._room[lane.pk] <= 0:
            return False
        self._room[lane.pk] -= 1
        return True

    def lane(self, place: Place) -> Lane:
        """The lane of a place that was looked at."""
        return self._lanes[place]

    def full(self) -> Q:
        """Recipients of the places that take no more now."""
        closed = Q(pk__in=[])
        for place, lane in self._lanes.items():
            if place in self._closed or self._room[lane.pk] <= 0:
                closed |= _at(place)
        return closed


def lane_at(place: Place) -> Lane:
    """The lane of this place, made if there is none."""
    channel, account = place
    if account:
        return Lane.objects.get_or_create(channel=channel, account=account)[0]
    return ensure_lane(channel)[0]


def obstacle(lane: Lane, *, pays: bool = True) -> str:
    """What keeps a broadcast from this lane now, in a Vietnamese sentence; "" when nothing does.

    `pays`: what is sent there may cost money.
    """
    if lane.channel not in settings.MESSAGING_CHANNELS or lane.channel not in registry.codes():
        return _("Kênh này đang tắt.")
    if lane.state == Lane.State.PAUSED:
        return _("Luồng tin đang tạm dừng.")
    if lane.rests and Lane.objects.filter(pk=lane.pk, rests_until__gt=Now()).exists():
        return _("Luồng tin đang nghỉ: %(trouble)s") % {"trouble": lane.trouble or _("chưa rõ vì sao")}
    allowance = _allowance(lane)
    if allowance.is_spent_for_bulk:
        return _("Hết hạn mức tháng này cho đợt gửi tin; phần còn lại để dành cho tin hồ sơ.")
    if pays and not allowance.bulk_may_cost:
        return _("Hết kinh phí tháng này cho đợt gửi tin; phần còn lại để dành cho tin hồ sơ.")
    return ""


def obstacle_of(account: ChannelAccount) -> str:
    """What keeps this account from telling its followers, in a Vietnamese sentence; "" when nothing does.

    A short rest of its lane is nothing: it is over before anybody looks.
    """
    if account.channel not in settings.MESSAGING_CHANNELS or account.channel not in registry.codes():
        return _("Kênh này đang tắt.")
    if registry.get(account.channel).capabilities.needs_grant:
        standing = credentials.standing(account.channel, account.name)
        if standing is None or standing.state != Credential.State.ACTIVE:
            return _("Tài khoản chưa được cấp quyền gửi, hoặc quyền đã mất.")
    lanes = Lane.objects.filter(channel=account.channel, account=account.name)
    if lanes.filter(state=Lane.State.PAUSED).exists():
        return _("Luồng tin đang tạm dừng.")
    if stuck := lanes.filter(trouble_since__lte=Now() - retry_policy.PATIENCE).first():
        return _("Tài khoản vướng đã lâu: %(trouble)s") % {"trouble": stuck.trouble or _("chưa rõ vì sao")}
    return ""


def waiting_for(waiting: Any) -> dict[str, str]:
    """What keeps these recipients waiting, by channel. Reads all of them."""
    places = waiting.order_by().values_list("channel", "follower__account").distinct()
    found = {}
    for channel, account in sorted((channel, account or "") for channel, account in places):
        if why := obstacle(lane_at((channel, account)), pays=not account):
            found[channel] = why
    return found


def _allowance(lane: Lane) -> Allowance:
    return allow(lane, None, clock.now())


def _at(place: Place) -> Q:
    channel, account = place
    if account:
        return Q(channel=channel, follower__account=account)
    return Q(channel=channel, follower__isnull=True)
