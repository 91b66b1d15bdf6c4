"""Reading the provider's list of an account's followers."""

import time
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from messaging.accounts import credential_refresh
from messaging.accounts.channel_accounts import account_of
from messaging.channels import registry
from messaging.channels.capabilities import FollowerPage, ListedFollower, ListsFollowers, Unanswered
from messaging.models import ChannelAccount, Follower, FollowerList
from messaging.recipients import followers
from messaging.recipients.followers import Place


@dataclass(frozen=True, slots=True)
class Synced:
    """How far reading the list came: readers seen since it was begun, and whether that was all."""

    seen: int
    finished: bool


def sync(account: ChannelAccount, *, pages: int = 40, seconds: float = 30.0) -> Synced:
    """Read the provider's list of this account's followers, from where it stopped last time.

    Each page is written down together with where the list goes on, so it may be stopped anywhere. A list that
    was read to its end begins anew. Raises Unanswered when the provider does not answer: what came is kept,
    and why no more came is noted. Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    if not isinstance(channel, ListsFollowers):
        return Synced(0, finished=True)
    progress, _made = FollowerList.objects.get_or_create(account=account)
    if progress.finished_at is not None or progress.started_at is None:
        progress.cursor, progress.seen, progress.finished_at = "", 0, None
        progress.started_at = Now()
        progress.save()
        progress.refresh_from_db()
    until = time.monotonic() + seconds
    for _page in range(pages):
        try:
            page = _page_of(channel, account, progress.cursor)
        except Unanswered as trouble:
            progress.trouble = str(trouble)[:500]
            progress.save()
            raise
        with transaction.atomic():
            for one in page.followers:
                _note(Place(account.channel, account.name), one)
            progress.cursor = page.cursor
            progress.seen += len(page.followers)
            progress.finished_at = None if page.cursor else Now()
            progress.read_at, progress.trouble = Now(), ""
            progress.save()
        if not page.cursor or time.monotonic() >= until:
            break
    return Synced(progress.seen, finished=not progress.cursor)


def _page_of(channel: ListsFollowers, account: ChannelAccount, cursor: str) -> FollowerPage:
    values = account_of(account.channel, account.name)
    try:
        return channel.list_followers(values, cursor)
    except Unanswered as trouble:
        if not trouble.is_stale or not credential_refresh.renew(account, values.generation):
            raise
    return channel.list_followers(account_of(account.channel, account.name), cursor)


def _note(place: Place, one: ListedFollower) -> None:
    follower = followers.known(place, one.address, one.app_address)
    if one.last_heard_at is not None:
        followers.heard(follower, one.last_heard_at)
    if one.follows is not None and follower.state_told_at is None:
        # What a callback told is told more exactly.
        follower.state = Follower.State.FOLLOWING if one.follows else Follower.State.STRANGER
        follower.save(update_fields=["state"])
