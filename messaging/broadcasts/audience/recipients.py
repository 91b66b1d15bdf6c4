"""Counting the recipients of a broadcast, and finding them page by page.

Each page is one transaction that also stores the cursor. Killed anywhere, a page is there whole with its cursor, or
not at all; and the database takes no person twice.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from messaging.broadcasts.audience import audiences
from messaging.broadcasts.audience.audiences import fresh
from messaging.broadcasts.audience.base import ARTICLE, Choice
from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending import articles
from messaging.channels.models import ChannelAccount

PAGE = 200
DONE = "done"


def count(choices: Mapping[str, Choice]) -> list[dict[str, Any]]:
    """How many people of these audiences each route reaches now, each person once. Reads all of them.

    A route has `audience`, `channel` and `people`; that of an article its `account` too, and None for `people` where
    the list of who follows was never read.
    """
    accounts = articles.usable_accounts() if ARTICLE in choices else []
    places = [(account.channel, account.name) for account in accounts]
    people: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    for code in audiences.chosen(choices):
        for page in audiences.pages(code, choices[code], PAGE):
            for one in fresh(page.candidates, seen.intersection, places):
                seen.add(one.person)
                people[code, one.channel] += 1
    return [
        *(
            {"audience": ARTICLE, "channel": row.channel, "account": row.name, "people": articles.known(row)}
            for row in accounts
        ),
        *(
            {"audience": code, "channel": channel, "people": number}
            for (code, channel), number in people.items()
        ),
    ]


def begin(publication: Publication) -> None:
    """Note where finding starts, and the article of each account. Part of the caller's transaction, which holds
    the broadcast; asking again changes nothing."""
    if publication.cursor:
        return
    if ARTICLE in publication.audiences:
        articles.begin(publication, _accounts(publication))
    _note(publication, *_next(publication, ""))


def _accounts(publication: Publication) -> list[ChannelAccount]:
    # Those that were counted, too: their article waits, or says why not.
    seen = {(one["channel"], one["account"]) for one in publication.counted if one["audience"] == ARTICLE}
    usable = articles.usable_accounts()
    accounts = ChannelAccount.objects.order_by("pk")
    return [row for row in accounts if row in usable or (row.channel, row.name) in seen]


def is_over(publication: Publication) -> bool:
    """Whether all recipients were found."""
    return bool(publication.cursor.get("audience") == DONE)


def go_on(publication: Publication) -> int:
    """Find the next page; how many are new. Part of the caller's transaction, which holds the broadcast."""
    code, after = publication.cursor["audience"], publication.cursor["after"]
    if code == DONE:
        return 0
    page = audiences.get(code).page(publication.audiences[code], after, PAGE)
    rows = publication.articles.values_list("account__channel", "account__name")
    found = fresh(page.candidates, lambda names: _known(publication, names), list(rows))
    PublicationRecipient.objects.bulk_create(
        [
            PublicationRecipient(
                publication=publication,
                person=one.person,
                audience=code,
                contact_id=one.contact_id,
                follower_id=one.follower_id,
                matter=one.matter,
                channel=one.channel,
            )
            for one in found
        ],
        ignore_conflicts=True,
    )
    _note(publication, *((code, page.after) if page.after is not None else _next(publication, code)))
    return len(found)


def _known(publication: Publication, names: Collection[str]) -> set[str]:
    known = PublicationRecipient.objects.filter(publication=publication, person__in=names)
    return set(known.values_list("person", flat=True))


def _next(publication: Publication, code: str) -> tuple[str, int]:
    chosen = audiences.chosen(publication.audiences)
    rest = chosen[chosen.index(code) + 1 :] if code else chosen
    return (rest[0] if rest else DONE), 0


def _note(publication: Publication, code: str, after: int) -> None:
    publication.cursor = {"audience": code, "after": after}
    publication.save(update_fields=["cursor"])
