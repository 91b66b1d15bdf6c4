"""Reading a provider's lists because somebody at the desk asks for it: at once as far as that goes quickly, the
rest behind the scenes. Who asked is on record. None of it may be called inside a transaction."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.channels.capabilities import ListsFollowers, ListsTemplates, Unanswered
from messaging.lanes import wakeup
from messaging.models import ChannelAccount, FollowerList, Grant
from messaging.provider_sync import followers as follower_sync
from messaging.provider_sync import templates
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)

FORMS_SECONDS = 20.0
# Who reads writes down each page: after this long without one nobody reads any more.
STILL_READING = timedelta(minutes=2)
_FIRST_PAGES, _FIRST_SECONDS = 4, 5.0


class NotRead(Exception):
    """The list could not be read; a Vietnamese sentence says why. What came before that is written down."""


@dataclass(frozen=True, slots=True)
class Read:
    """How many were read so far, and whether the rest is being read behind the scenes."""

    count: int
    goes_on: bool = False


def lists_forms(account: ChannelAccount) -> bool:
    """Whether the provider of this account tells its forms."""
    return account.channel in registry.codes() and isinstance(registry.get(account.channel), ListsTemplates)


def lists_followers(account: ChannelAccount) -> bool:
    """Whether the provider of this account tells who follows it."""
    return account.channel in registry.codes() and isinstance(registry.get(account.channel), ListsFollowers)


def forms(account: ChannelAccount, actor: User) -> Read:
    """Read the account's forms; raises NotRead."""
    audit.record("template.fetch", f"account:{account}", actor=actor)
    try:
        return Read(templates.fetch(account, seconds=FORMS_SECONDS))
    except Unanswered as trouble:
        if trouble.outcome.code == templates.TOO_SLOW and _hint("fetch_templates", account):
            return Read(account.provider_templates.filter(fetched_at__isnull=False).count(), goes_on=True)
        raise NotRead(str(trouble) or _("Kênh không trả lời.")) from trouble
    except ValueError as fault:  # settings that the channel cannot use
        raise NotRead(str(fault)) from fault


def followers(account: ChannelAccount, actor: User) -> Read:
    """Read the first pages of the account's list of followers, or go on where it stopped; raises NotRead."""
    if (progress := progress_of(account)) is not None and progress.is_read_now:
        return Read(progress.seen, goes_on=True)
    audit.record("followers.sync", f"account:{account}", actor=actor)
    try:
        done = follower_sync.sync(account, pages=_FIRST_PAGES, seconds=_FIRST_SECONDS)
    except Unanswered as trouble:
        raise NotRead(str(trouble) or _("Kênh không trả lời.")) from trouble
    except ValueError as fault:
        raise NotRead(str(fault)) from fault
    if done.finished:
        return Read(done.seen)
    if _hint("sync_followers", account):
        return Read(done.seen, goes_on=True)
    why = _("Hàng đợi chưa nhận việc đọc tiếp: bấm lần nữa để đọc thêm.")
    FollowerList.objects.filter(account=account).update(trouble=why)
    raise NotRead(why)


def hint_forms() -> int:
    """Ask for the lists of forms of this province's accounts to be read behind the scenes; how many."""
    return sum(_hint("fetch_templates", row) for row in _granted() if lists_forms(row))


def hint_followers() -> int:
    """Ask for the lists of followers of this province's accounts to be read behind the scenes; how many."""
    return sum(_hint("sync_followers", row) for row in _granted() if lists_followers(row))


def _granted() -> Iterable[ChannelAccount]:
    return ChannelAccount.objects.filter(grant__state=Grant.State.ACTIVE).order_by("pk")


def progress_of(account: ChannelAccount) -> Any:
    """How far the list of followers was read, as `progresses` tells it; None when it never was."""
    return next((one for one in progresses() if one.account_id == account.pk), None)


def progresses() -> list[Any]:
    """How far each list of followers was read, with `is_read_now`: whether somebody is at it."""
    rows: list[Any] = list(FollowerList.objects.annotate(quiet=Now() - F("read_at")))
    for row in rows:
        fresh = row.quiet is not None and row.quiet < STILL_READING
        row.is_read_now = fresh and row.finished_at is None and not row.trouble
    return rows


def _hint(name: str, account: ChannelAccount) -> bool:
    return wakeup.wake(name, current_province().slug, account.channel, account.name)
