"""Who is the same person: a contact, the followers linked to what that contact is told about, and the same reader
at other accounts of one app. Nobody gets a broadcast twice, over whatever routes.

One number may stand for several people of a family; they count as one here: too few messages rather than two.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from django.db.models import Q

from messaging.broadcasts.recipients.audiences import Candidate, contact_key, follower_key
from messaging.models import Follower, ReaderLink

# Contact to follower to sibling and back again: further apart nobody has been seen.
_ROUNDS = 2

Place = tuple[str, str]
"""Channel and account."""


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
                ReaderLink.objects.filter(Q(contact__in=contacts) | Q(follower__in=readers)).values_list(
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
