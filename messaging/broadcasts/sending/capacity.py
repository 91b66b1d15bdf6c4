"""The lanes that a broadcast goes through: how many more each takes now, and what keeps one waiting.

What keeps one lane waiting is no other's business: each has room of its own.
"""

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication
from messaging.channels.accounts import credentials
from messaging.channels.base import registry
from messaging.channels.lanes import retry_policy
from messaging.channels.lanes.rate_limit import Allowance, allow
from messaging.channels.models import ChannelAccount, Credential, Lane
from messaging.channels.states import LIVE, UNSENT
from messaging.outbox.models.messages import Message
from tenants import clock


def room(lane: Lane, publication: Publication, ahead: int) -> int:
    """How many messages of a broadcast this lane takes now, when at most `ahead` of it wait there."""
    if obstacle(lane):
        return 0
    bulk = Message.objects.filter(lane=lane, bulk=True, state__in=LIVE)
    # A lane that tries how its account is now takes one.
    most = (1 if lane.rests else ahead) - bulk.filter(broadcast_recipient__publication=publication).count()
    left = _allowance(lane).left_for_bulk
    return most if left is None else min(most, left - bulk.filter(state__in=UNSENT).count())


def obstacle(lane: Lane) -> str:
    """What keeps a broadcast from this lane now, in a Vietnamese sentence; "" when nothing does."""
    if lane.channel not in settings.MESSAGING_CHANNELS or lane.channel not in registry.codes():
        return _("Kênh này đang tắt.")
    if lane.state == Lane.State.PAUSED:
        return _("Luồng tin đang tạm dừng.")
    if lane.rests and Lane.objects.filter(pk=lane.pk, rests_until__gt=Now()).exists():
        return _("Luồng tin đang nghỉ: %(trouble)s") % {"trouble": lane.trouble or _("chưa rõ vì sao")}
    allowance = _allowance(lane)
    if allowance.is_spent_for_bulk:
        return _("Hết hạn mức tháng này cho đợt gửi tin; phần còn lại để dành cho tin hồ sơ.")
    if not allowance.bulk_may_cost:
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


def _allowance(lane: Lane) -> Allowance:
    return allow(lane, None, clock.now())
