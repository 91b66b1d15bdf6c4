"""How many people read each account, and how far its provider's list of them was read."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from messaging.channels import registry
from messaging.models import ChannelAccount, Follower, ReaderLink
from messaging.provider_sync import sync


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers of one account. `progress`: a FollowerList with `is_read_now`, None when it was never read."""

    account: ChannelAccount
    name: str
    known: int
    following: int
    left: int
    linked: int
    progress: Any
    may_be_read: bool


def of_all() -> list[Audience]:
    """Of each account whose provider tells who reads it, or that has readers. Three statements."""
    counted = {(row["channel"], row["account"]): row for row in _counted()}
    lists = {row.account_id: row for row in sync.progresses()}
    accounts = ChannelAccount.objects.defer("secrets").order_by("channel", "name")
    return [
        _audience(one, counted.get((one.channel, one.name), {}), lists.get(one.pk))
        for one in accounts
        if (one.channel, one.name) in counted or sync.lists_followers(one)
    ]


def _counted() -> Any:
    state = Follower.State
    return (
        Follower.objects.exclude(state=state.ERASED)
        .alias(has_link=Exists(ReaderLink.objects.filter(follower=OuterRef("pk"))))
        .order_by()
        .values("channel", "account")
        .annotate(
            known=Count("pk"),
            following=Count("pk", filter=Q(state=state.FOLLOWING)),
            left=Count("pk", filter=Q(state=state.LEFT)),
            linked=Count("pk", filter=Q(has_link=True)),
        )
    )


def _audience(account: ChannelAccount, counts: dict[str, Any], progress: Any) -> Audience:
    known = account.channel in registry.codes()
    return Audience(
        account,
        str(registry.get(account.channel).name) if known else account.channel,
        counts.get("known", 0),
        counts.get("following", 0),
        counts.get("left", 0),
        counts.get("linked", 0),
        progress,
        sync.lists_followers(account),
    )
