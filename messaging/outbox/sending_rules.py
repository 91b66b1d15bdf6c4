"""When the province writes to people, and how long a notice is worth sending: changed here, with a trace."""

from datetime import time

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import SendingRules
from tenants.accounts.models import User
from tenants.audit import log

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
