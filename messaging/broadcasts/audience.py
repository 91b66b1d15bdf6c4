"""Who gets a broadcast: those who agreed to news of the province; counted beforehand, and found page by page.

Each page is one transaction that also stores the cursor. Killed anywhere, a page is there whole with its cursor, or
not at all; and the database takes no person twice.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending import articles
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import ApprovedTemplate, Channel, OutgoingMessage, registry
from messaging.channels.lanes.lanes import ensure_lane
from messaging.channels.models import ChannelAccount
from messaging.contacts.contacts import NEWS
from messaging.contacts.models import Address, Consent, Contact, Follower, Subscription
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment

PAGE = 200
DONE = "done"
# Contact to follower to sibling and back again: no person was found further apart.
_ROUNDS = 2
_NO_ID = UUID(int=0)
_DUMMY = "0"

Audience = Publication.Audience
Place = tuple[str, str]
"""Channel and account."""
Name = tuple[str, Any]
"""One of the names of a person: a contact, a follower, an address at all accounts of an app."""


def count(audiences: Collection[str]) -> list[dict[str, Any]]:
    """How many people of these audiences each route reaches now, each person once. Reads all of them.

    A route has `audience`, `channel` and `people`; that of an article its `account` too, and None for `people` where
    the list of who follows was never read.
    """
    accounts = articles.usable_accounts() if Audience.ARTICLE in audiences else []
    places = [(account.channel, account.name) for account in accounts]
    people: Counter[str] = Counter()
    taken: set[int] = set()
    after: int | None = 0 if Audience.AGREED in audiences else None
    while after is not None:
        page, after = _page(after)
        fresh = _fresh(page, taken.intersection, places)
        taken |= set(fresh)
        people.update(fresh.values())
    return [
        *(
            {
                "audience": Audience.ARTICLE.value,
                "channel": row.channel,
                "account": row.name,
                "people": articles.count_followers(row),
            }
            for row in accounts
        ),
        *(
            {"audience": Audience.AGREED.value, "channel": channel, "people": number}
            for channel, number in people.items()
        ),
    ]


def begin(publication: Publication) -> None:
    """Note where finding starts, and the article of each account. Part of the caller's transaction, which holds
    the broadcast; asking again changes nothing."""
    if publication.cursor:
        return
    if Audience.ARTICLE in publication.audiences:
        articles.begin(publication, _accounts(publication))
    _note(publication, 0 if Audience.AGREED in publication.audiences else None)


def _accounts(publication: Publication) -> list[ChannelAccount]:
    # Those that were counted, too: their article waits, or says why not.
    seen = {(one["channel"], one.get("account")) for one in publication.counted}
    usable = articles.usable_accounts()
    accounts = ChannelAccount.objects.order_by("pk")
    return [row for row in accounts if row in usable or (row.channel, row.name) in seen]


def is_over(publication: Publication) -> bool:
    return bool(publication.cursor.get("after") == DONE)


def go_on(publication: Publication) -> int:
    """Find the next page; how many are new. Part of the caller's transaction, which holds the broadcast."""
    if is_over(publication):
        return 0
    page, after = _page(publication.cursor["after"])
    places = list(publication.articles.values_list("account__channel", "account__name"))
    mine = PublicationRecipient.objects.filter(publication=publication)
    fresh = _fresh(
        page, lambda ids: mine.filter(contact__in=ids).values_list("contact_id", flat=True), places
    )
    PublicationRecipient.objects.bulk_create(
        [
            PublicationRecipient(publication=publication, contact_id=contact, channel=channel)
            for contact, channel in fresh.items()
        ],
        ignore_conflicts=True,
    )
    _note(publication, after)
    return len(fresh)


def _note(publication: Publication, after: int | None) -> None:
    publication.cursor = {"after": DONE if after is None else after}
    publication.save(update_fields=["cursor"])


def _page(after: int) -> tuple[dict[int, str], int | None]:
    """The next who agreed, after this contact, each with the channel that reaches them; and where it goes on, None at
    the end. A page may be empty and go on."""
    active = Consent.objects.filter(
        purpose=NEWS, withdrawn_at__isnull=True, channel__in=settings.MESSAGING_CHANNELS
    )
    next_ones = active.filter(contact_id__gt=after).order_by("contact_id")
    ids = list(next_ones.values_list("contact_id", flat=True).distinct()[:PAGE])
    agreed: defaultdict[int, set[str]] = defaultdict(set)
    for contact, channel in active.filter(contact__in=ids).values_list("contact_id", "channel"):
        agreed[contact].add(channel)
    channels = _find_channels(agreed)
    return {pk: channels[pk] for pk in ids if pk in channels}, ids[-1] if len(ids) == PAGE else None


def _fresh(
    page: dict[int, str], known: Callable[[Collection[int]], Iterable[int]], places: Collection[Place]
) -> dict[int, str]:
    """Those of these contacts who are not taken yet, and no two of them the same person. `known`: which of these
    contacts are recipients already; `places`: accounts whose followers all get the article."""
    names = _names(page)
    contacts, readers = (
        {pk for mine in names.values() for kind, pk in mine if kind == wanted}
        for wanted in ("contact", "reader")
    )
    taken: set[Name] = {("contact", pk) for pk in known(contacts)}
    for channel, account in places:
        following = Follower.objects.filter(channel=channel, account=account, state=Follower.State.FOLLOWING)
        taken |= {("reader", pk) for pk in following.filter(pk__in=readers).values_list("pk", flat=True)}
    found = {}
    for contact, channel in page.items():
        if taken.isdisjoint(names[contact]):
            found[contact] = channel
            taken |= names[contact]
    return found


def _names(contacts: Collection[int]) -> dict[int, set[Name]]:
    """All names of the person of each of these contacts: several numbers may be linked to one reader."""
    groups: dict[Name, set[Name]] = {}

    def join(one: Name, other: Name) -> None:
        group = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(group, group))

    known, readers = set(contacts), set[int]()
    for _round in range(_ROUNDS):
        linked = Subscription.objects.filter(Q(contact__in=known) | Q(follower__in=readers))
        for contact, reader in linked.values_list("contact_id", "follower_id"):
            join(("contact", contact), ("reader", reader))
            known.add(contact)
            readers.add(reader)
        apps = (
            Follower.objects.filter(pk__in=readers).exclude(app_address_index="").values("app_address_index")
        )
        siblings = Follower.objects.filter(app_address_index__in=apps)
        for reader, app in siblings.values_list("pk", "app_address_index"):
            join(("app", app), ("reader", reader))
            readers.add(reader)
    return {pk: groups.get(("contact", pk), {("contact", pk)}) for pk in contacts}


def _find_channels(agreed: Mapping[int, Collection[str]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for code in settings.MESSAGING_CHANNELS:
        missing = [pk for pk in agreed if pk not in found and code in agreed[pk]]
        if missing and code in registry.codes():
            found |= dict.fromkeys(_over(registry.get(code), missing), code)
    return found


def _over(channel: Channel, ids: list[int]) -> Iterable[int]:
    by_number = channel.address_kind == "phone"
    if channel.typed_at_desk and not by_number:
        typed = Address.objects.filter(contact__in=ids, kind=channel.address_kind).exclude(value_index="")
        return typed.values_list("contact_id", flat=True) if _has_way(channel, address=_DUMMY) else ()
    # No reader of a chat is known by the number alone.
    way = (
        _has_way(channel, address=_DUMMY)
        if by_number
        else (channel.falls_back_on_phone and _has_way(channel, phone=_DUMMY))
    )
    numbers = Contact.objects.filter(pk__in=ids).exclude(phone_index__startswith="erased:")
    return numbers.values_list("pk", flat=True) if way else ()


def _has_way(channel: Channel, *, address: str = "", phone: str = "") -> bool:
    if not channel.ways:
        return True
    account = account_of(channel.code, ensure_lane(channel.code)[0].account)
    form = _form(channel.code, account.name)
    message = OutgoingMessage(_NO_ID, address, "", "", "", phone=phone, template=form)
    return bool(channel.way_of(account, message))


def _form(code: str, account: str) -> ApprovedTemplate | None:
    uses = TemplateAssignment.objects.filter(
        account__channel=code, account__name=account, intent=articles.INTENT
    )
    use: Any = uses.select_related("template").first()
    if use is None or use.template.state != ProviderTemplate.State.ENABLED:
        return None
    ways = frozenset(use.template.ways) - frozenset(use.template.ways_closed)
    return ApprovedTemplate(use.template.code, {}, ways, dict(use.template.price)) if ways else None
