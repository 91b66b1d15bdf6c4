"""Reading the provider's list of an account's approved templates."""

import time
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.accounts import credential_refresh
from messaging.accounts.channel_accounts import account_of
from messaging.channels import registry
from messaging.channels.base import Account, Outcome, OutcomeKind, Reason
from messaging.channels.capabilities import ListedTemplate, ListsTemplates, TemplatePage, Unanswered
from messaging.channels.timeouts import within
from messaging.models import ChannelAccount, ProviderTemplate

_STATES = frozenset(ProviderTemplate.State.values)
_MOST_PAGES = 200
TOO_SLOW = "slow"
_GONE = gettext_lazy("Không còn trong danh sách mẫu của kênh.")


def fetch(account: ChannelAccount, *, seconds: float | None = None) -> int:
    """Read the provider's list of forms and write down what it says now; how many there are. One that is no
    longer in it is taken for disabled.

    Raises Unanswered, and then what came so far is written down; with `seconds` also when it takes longer than
    that (its code is TOO_SLOW). Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    if not isinstance(channel, ListsTemplates):
        return 0
    seen: set[str] = set()
    cursor, renewed = "", False
    until = None if seconds is None else time.monotonic() + seconds
    for _page in range(_MOST_PAGES):
        known = account_of(account.channel, account.name)
        try:
            page = _asked(channel, known, cursor, until)
        except Unanswered as trouble:
            if not trouble.is_stale or renewed or not credential_refresh.renew(account, known.generation):
                raise
            renewed = True
            continue
        with transaction.atomic():
            for one in page.templates:
                _write(account, one)
        seen.update(one.code for one in page.templates)
        cursor = page.cursor
        if not cursor:
            _close_missing(account, seen)
            break
    return len(seen)


def _close_missing(account: ChannelAccount, seen: set[str]) -> None:
    """What was in the list before and is not any more. An empty list is rather a fault of the provider's."""
    if not seen:
        return
    known = ProviderTemplate.objects.filter(account=account, fetched_at__isnull=False)
    known.exclude(code__in=seen).exclude(state=ProviderTemplate.State.DISABLED).update(
        state=ProviderTemplate.State.DISABLED, cause=str(_GONE)
    )


def _asked(channel: ListsTemplates, known: Account, cursor: str, until: float | None) -> TemplatePage:
    if until is None:
        return channel.list_templates(known, cursor)
    try:
        return within(until - time.monotonic(), channel.list_templates, known, cursor)
    except TimeoutError:
        slow = Outcome(OutcomeKind.TEMPORARY, TOO_SLOW, _("Kênh trả lời quá chậm."), reason=Reason.PROVIDER)
        raise Unanswered(slow) from None


def _write(account: ChannelAccount, one: ListedTemplate) -> None:
    columns: dict[str, Any] = {
        "name": one.name[:120],
        "tag": one.tag[:40],
        "quality": one.quality[:20],
        "parameters": [asdict(parameter) for parameter in one.parameters],
        "ways": sorted(one.ways),
        "price": dict(one.price),
        "dropped_after": one.dropped_after,
        "preview_url": one.preview_url[:500],
        "fetched_at": Now(),
    }
    if one.state in _STATES:
        columns |= {"state": one.state, "told_at": Now(), "ways_closed": []}
        same = ProviderTemplate.objects.filter(account=account, code=one.code[:60], state=one.state)
        # A list gives no reasons: what was said with this very state stays.
        if one.state == ProviderTemplate.State.ENABLED or not same.exclude(cause=str(_GONE)).exists():
            columns["cause"] = ""
    ProviderTemplate.objects.update_or_create(account=account, code=one.code[:60], defaults=columns)
