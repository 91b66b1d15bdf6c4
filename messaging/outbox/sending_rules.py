"""When messages may be sent, and how long a notice is worth sending. Changes leave a trace."""

import random
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.outbox.models.messages import SendingRules
from tenants.accounts.models import User
from tenants.audit import log
from tenants.clock import VIETNAM

LONGEST_HOURS = 72


class BadRules(ValueError):
    """Hours that cannot be kept; `field` names which, the text says why in Vietnamese."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def change(*, window_from: time, window_until: time, expires_after_hours: int, actor: User) -> SendingRules:
    """Let these hours count from now on; raises BadRules. Messages already written keep their times.

    The hours bind only what can wait and what got late: news of a dossier's state goes out at once.
    """
    if window_from >= window_until:
        raise BadRules("window_until", _("Giờ kết thúc phải sau giờ bắt đầu, trong cùng một ngày."))
    if not 1 <= expires_after_hours <= LONGEST_HOURS:
        raise BadRules(
            "expires_after_hours", _("Số giờ phải từ 1 đến %(longest)d.") % {"longest": LONGEST_HOURS}
        )
    with transaction.atomic():
        before = SendingRules.objects.select_for_update().filter(pk=1).first() or SendingRules(pk=1)
        after, _made = SendingRules.objects.update_or_create(
            pk=1,
            defaults={
                "window_from": window_from,
                "window_until": window_until,
                "expires_after_hours": expires_after_hours,
            },
        )
        log.record(
            "sending_rules.change",
            "sending_rules",
            actor=actor,
            before=_in_words(before),
            after=_in_words(after),
        )
    return after


def _in_words(rules: SendingRules) -> str:
    return f"{rules}, {rules.expires_after_hours} h"


# A notice that is older than this when its turn comes is no news any more: it keeps to the hours.
FRESH_FOR = timedelta(minutes=30)
# What waited for the morning is spread over this, so that the channel is not stormed at the first minute.
SPREAD = timedelta(minutes=10)


def is_open(moment: datetime, rules: SendingRules) -> bool:
    """Whether people may be written to at this moment (aware)."""
    return rules.window_from <= moment.astimezone(VIETNAM).time() < rules.window_until


def next_opening(moment: datetime, rules: SendingRules) -> datetime:
    """The moment itself when the hours are open, else when they open next, in Vietnamese time."""
    if is_open(moment, rules):
        return moment
    local = moment.astimezone(VIETNAM)
    day = local.date() if local.time() < rules.window_from else local.date() + timedelta(days=1)
    return datetime.combine(day, rules.window_from, VIETNAM)


def next_send_time(moment: datetime, rules: SendingRules) -> datetime:
    """When something that keeps to the hours may be sent: at once, or spread over the next opening."""
    opening = next_opening(moment, rules)
    if opening == moment:
        return moment
    # The hours may be shorter than the spread.
    span = min(SPREAD, datetime.combine(opening.date(), rules.window_until, VIETNAM) - opening)
    return opening + span * random.random()  # noqa: S311 – not a secret
