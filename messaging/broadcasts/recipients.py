"""Counting the recipients of a broadcast, and finding them page by page.

Each page is one transaction that also stores the cursor. Killed anywhere, a page is there whole with its cursor, or
not at all; and the database takes nobody twice.
"""

from collections.abc import Collection

from messaging.broadcasts import articles, audiences
from messaging.broadcasts.audiences import ARTICLE, fresh
from messaging.broadcasts.estimate import Count, article_accounts, following
from messaging.models import Broadcast, BroadcastRecipient, ChannelAccount

PAGE = 200
DONE = "done"


def begin(broadcast: Broadcast) -> None:
    """Note where finding starts, and the article of each account. Part of the caller's transaction, which holds
    the broadcast; asking again changes nothing."""
    if broadcast.cursor:
        return
    if ARTICLE in broadcast.audiences:
        articles.begin(broadcast, {account: following(account) for account in _accounts(broadcast)})
    _note(broadcast, *_next(broadcast, ""))


def _accounts(broadcast: Broadcast) -> list[ChannelAccount]:
    """Those that can be used now, and those that could when it was counted: their article waits, or says why not."""
    routes = Count.read(broadcast.counted).routes
    seen = {(one.channel, one.way) for one in routes if one.audience == ARTICLE}
    usable = {account.pk for account in article_accounts()}
    accounts = ChannelAccount.objects.order_by("pk")
    return [row for row in accounts if row.pk in usable or (row.channel, row.name) in seen]


def is_over(broadcast: Broadcast) -> bool:
    """Whether all recipients were found."""
    return bool(broadcast.cursor.get("audience") == DONE)


def go_on(broadcast: Broadcast) -> int:
    """Find the next page; how many are new. Part of the caller's transaction, which holds the broadcast."""
    code, after = broadcast.cursor["audience"], broadcast.cursor["after"]
    if code == DONE:
        return 0
    page = audiences.get(code).page(broadcast.audiences[code], after, PAGE)
    rows = broadcast.articles.values_list("account__channel", "account__name")
    found = fresh(page.candidates, lambda names: _known(broadcast, names), list(rows))
    BroadcastRecipient.objects.bulk_create(
        [
            BroadcastRecipient(
                broadcast=broadcast,
                person=one.person,
                audience=code,
                contact_id=one.contact_id,
                follower_id=one.follower_id,
                matter=one.matter,
                channel=one.way.channel,
            )
            for one in found
        ],
        ignore_conflicts=True,
    )
    _note(broadcast, *((code, page.after) if page.after is not None else _next(broadcast, code)))
    return len(found)


def _known(broadcast: Broadcast, names: Collection[str]) -> set[str]:
    known = BroadcastRecipient.objects.filter(broadcast=broadcast, person__in=names)
    return set(known.values_list("person", flat=True))


def _next(broadcast: Broadcast, code: str) -> tuple[str, int]:
    chosen = audiences.chosen(broadcast.audiences)
    rest = chosen[chosen.index(code) + 1 :] if code else chosen
    return (rest[0] if rest else DONE), 0


def _note(broadcast: Broadcast, code: str, after: int) -> None:
    broadcast.cursor = {"audience": code, "after": after}
    broadcast.save(update_fields=["cursor"])
