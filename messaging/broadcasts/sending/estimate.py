"""The estimate of a broadcast: how many people by which channel and way, the cost, and what limits lack."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from messaging.broadcasts.audience import audiences
from messaging.broadcasts.audience.audiences import fresh
from messaging.broadcasts.audience.base import ARTICLE, NOW, Candidate, Choice, Place
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import capacity
from messaging.channels.base import registry
from messaging.channels.capabilities import SendsArticles
from messaging.channels.lanes.rate_limit import kept_for_notices
from messaging.channels.models import ChannelAccount, Lane
from messaging.contacts.models import Follower, FollowerList
from tenants import clock

COUNT_PAGE = 500


# With so much more, or dearer, than a person saw, the count is to be looked at again.
MUCH_MORE = 1.1


@dataclass(frozen=True, slots=True)
class Route:
    """People of one audience over one channel and way. `cost` in đồng, None: nobody knows beforehand. `unread`: who
    follows was never read, so nobody knows how many they are."""

    audience: str
    channel: str
    way: str
    people: int
    cost: int | None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """What a broadcast would come to. `beyond`: per channel, how many messages or đồng this month's limits lack."""

    routes: tuple[Route, ...] = ()
    beyond: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(route.people for route in self.routes)

    @property
    def cost(self) -> int:
        """As far as it is known."""
        return sum(route.cost or 0 for route in self.routes)

    @property
    def cost_is_known(self) -> bool:
        return all(route.cost is not None for route in self.routes)

    def stored(self) -> dict[str, Any]:
        """As it is kept with the broadcast."""
        return {"routes": [asdict(route) for route in self.routes], "beyond": dict(self.beyond)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Count":
        """What `stored` gave."""
        routes = tuple(Route(**route) for route in stored.get("routes", ()))
        return cls(routes, stored.get("beyond", {}))


def recount(publication: Publication, *, begins: bool = False) -> bool:
    """Count anew, as of the hour at which it is sent, and keep that with the broadcast, unsaved; whether it came to
    much more people or money than before.

    `begins`: it is that hour. Who wrote to an account meanwhile surprises nobody.
    """
    before, now = Count.read(publication.counted), clock.now()
    later = max((hour_of(publication) or now) - now, NOW)
    after = count(publication.audiences, later)
    publication.counted, publication.counted_at = after.stored(), now
    apart = audiences.passing(publication.audiences) if begins else {}
    people = [sum(one.people for one in it.routes if one.audience not in apart) for it in (before, after)]
    return people[1] > people[0] * MUCH_MORE or after.cost > before.cost * MUCH_MORE


def hour_of(publication: Publication) -> datetime | None:
    """The hour before which it is not sent: its own, or that of its page where that is later; None without either."""
    return max(filter(None, (publication.scheduled_for, publication.publish_from)), default=None)


def count(choices: Mapping[str, Choice], later: timedelta = NOW) -> Count:
    """Count the people of these audiences, each person once, when it is sent so much later. Reads all of them."""
    accounts = article_accounts() if ARTICLE in choices else []
    routes = [
        Route(ARTICLE, account.channel, account.name, following(account), 0, unread=not _was_read(account))
        for account in accounts
    ]
    people: Counter[tuple[str, str, str]] = Counter()
    costs: dict[tuple[str, str, str], int | None] = {}
    for code, one in _everybody(choices, [(row.channel, row.name) for row in accounts], later):
        key = (code, one.way.channel, one.way.name)
        people[key] += 1
        before = costs.get(key, 0)
        costs[key] = None if before is None or one.way.cost is None else before + one.way.cost
    routes += [Route(*key, people[key], costs[key]) for key in people]
    return Count(tuple(routes), _beyond(routes))


def article_accounts() -> list[ChannelAccount]:
    """Accounts that can tell all who follow them at once, and can be used: switched on, granted, not paused, not long
    in trouble. Who follows another is reached otherwise, or not at all."""
    accounts = ChannelAccount.objects.order_by("pk")
    known = [row for row in accounts if row.channel in registry.codes()]
    able = [row for row in known if isinstance(registry.get(row.channel), SendsArticles)]
    return [row for row in able if not capacity.obstacle_of(row)]


def following(account: ChannelAccount) -> int:
    """How many people are known to follow this account."""
    return Follower.objects.filter(
        channel=account.channel, account=account.name, state=Follower.State.FOLLOWING
    ).count()


def _was_read(account: ChannelAccount) -> bool:
    return FollowerList.objects.filter(account=account, finished_at__isnull=False).exists()


def _everybody(
    choices: Mapping[str, Choice], places: list[Place], later: timedelta
) -> Iterator[tuple[str, Candidate]]:
    seen: set[str] = set()
    for code in audiences.chosen(choices):
        for page in audiences.pages(code, choices[code], COUNT_PAGE, later):
            for one in fresh(page.candidates, seen.intersection, places):
                seen.add(one.person)
                yield code, one


def _beyond(routes: list[Route]) -> dict[str, str]:
    """What the limits of this month lack, by channel; articles count for nothing there."""
    month = clock.today().replace(day=1)
    found = {}
    for lane in Lane.objects.order_by("pk"):
        mine = [one for one in routes if one.channel == lane.channel and one.audience != ARTICLE]
        people, cost = sum(one.people for one in mine), sum(one.cost or 0 for one in mine)
        same = lane.spent_month == month
        for limit, spent, wanted, name in (
            (lane.monthly_budget, lane.spent, people, "messages"),
            (lane.money_limit, lane.money_spent, cost, "money"),
        ):
            if limit is None or not wanted:
                continue
            left = limit - kept_for_notices(limit) - (spent if same else 0)
            if wanted > left:
                found[f"{lane.channel}:{name}"] = str(wanted - max(left, 0))
    return found
