"""The groups of people to whom a broadcast may go, and deduplication of those found in them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from django.db.models import Q

from messaging.broadcasts.audience.base import (
    Audience,
    Candidate,
    Choice,
    Page,
    Place,
    contact_key,
    follower_key,
)
from messaging.broadcasts.audience.builtin_audiences import Agreed, Chatting
from messaging.broadcasts.audience.open_dossiers import OpenDossiers
from messaging.broadcasts.models import PublicationRecipient
from messaging.contacts.models import Follower, Subscription

AUDIENCES: tuple[Audience, ...] = (Chatting(), OpenDossiers(), Agreed())
"""In the order in which people are found, who belong to the first: those whom it costs nothing to reach, then those
whom it concerns most."""


def get(code: str) -> Audience:
    """The audience of this code; raises KeyError."""
    return {one.code: one for one in AUDIENCES}[code]


def codes() -> list[str]:
    """All audiences of single people, in the order in which people are found."""
    return [one.code for one in AUDIENCES]


def chosen(choices: Mapping[str, Choice]) -> list[str]:
    """Those of the audiences of single people that were chosen, in the order in which people are found."""
    return [code for code in codes() if code in choices]


def passing(choices: Mapping[str, Choice]) -> dict[str, timedelta]:
    """Those of the chosen audiences to which one belongs for so long only."""
    return {code: lasts for code in chosen(choices) if (lasts := get(code).lasts) is not None}


def pages(code: str, choice: Choice, limit: int) -> Iterator[Page]:
    """All of an audience, page by page."""
    after: int | None = 0
    while after is not None:
        page = get(code).page(choice, after, limit)
        after = page.after
        yield page


def over(recipients: Iterable[PublicationRecipient]) -> list[PublicationRecipient]:
    """Those of these recipients who are to be told over their channel of the matter no more."""
    by_audience: defaultdict[str, list[PublicationRecipient]] = defaultdict(list)
    for row in recipients:
        if row.matter and row.audience in codes():
            by_audience[row.audience].append(row)
    found: list[PublicationRecipient] = []
    for code, rows in by_audience.items():
        closed = get(code).closed({(row.matter, row.channel) for row in rows})
        found += [row for row in rows if (row.matter, row.channel) in closed]
    return found


# Contact to follower to sibling and back again: further apart nobody has been seen.
_ROUNDS = 2


def fresh(
    candidates: Sequence[Candidate],
    known: Callable[[Collection[str]], Collection[str]],
    places: Collection[Place] = (),
) -> list[Candidate]:
    """Those of the candidates that are not told yet, and no two of them the same person. `known`: which of these
    names are recipients already; `places`: accounts whose followers all get the article."""
    same = _Same.of(candidates)
    known_names = set(known({key for one in candidates for key in same.names(one.person)}))
    known_names |= same.following(places)
    found = []
    for one in candidates:
        names = same.names(one.person)
        if known_names.isdisjoint(names):
            found.append(one)
            known_names |= names
    return found


class _Same:
    """Groups of names that belong to one person each."""

    def __init__(self) -> None:
        self._group: dict[str, set[str]] = {}

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> "_Same":
        same = cls()
        same._group = {one.person: {one.person} for one in candidates}
        contacts = {one.contact_id for one in candidates if one.contact_id}
        readers = {one.follower_id for one in candidates if one.follower_id}
        for _round in range(_ROUNDS):
            links = list(
                Subscription.objects.filter(Q(contact__in=contacts) | Q(follower__in=readers)).values_list(
                    "contact_id", "follower_id"
                )
            )
            readers |= {reader for _contact, reader in links}
            apps = dict(
                Follower.objects.filter(pk__in=readers)
                .exclude(app_address_index="")
                .values_list("pk", "app_address_index")
            )
            siblings = list(
                Follower.objects.filter(app_address_index__in=set(apps.values()))
                .exclude(app_address_index="")
                .values_list("pk", "app_address_index")
            )
            for contact, reader in links:
                same._join(contact_key(contact), follower_key(reader))
            for reader, app in (*apps.items(), *siblings):
                same._join(f"app:{app}", follower_key(reader))
            contacts |= {contact for contact, _reader in links}
            readers |= {reader for reader, _app in siblings}
        return same

    def names(self, person: str) -> set[str]:
        """All names of this person, this one too."""
        return self._group.get(person, {person})

    def following(self, places: Collection[Place]) -> set[str]:
        """The names of those who follow an account of these."""
        if not places:
            return set()
        ids = {int(name[1:]) for name in self._group if name.startswith("f")}
        who = Q()
        for channel, account in places:
            who |= Q(channel=channel, account=account)
        following = Follower.objects.filter(who, pk__in=ids, state=Follower.State.FOLLOWING)
        return self._all(follower_key(pk) for pk in following.values_list("pk", flat=True))

    def _all(self, names: Iterable[str]) -> set[str]:
        return {other for name in names for other in self.names(name)}

    def _join(self, one: str, other: str) -> None:
        group = self.names(one) | self.names(other)
        for name in group:
            self._group[name] = group
