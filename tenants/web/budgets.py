"""Budgets: what strangers may cause, declared once beside what it costs.

A budget is taken before the work and given back when nothing was done. Its limits hold for one draft, number, network,
site, for a network over all provinces, or for a whole province. Where all strangers share a limit, one must not use it up for the others: it narrows
what each network has left. Each refusal has a sentence of its own, and is sent as the signal `refused`.
"""

from dataclasses import dataclass

from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from tenants.isolation import signing
from tenants.text import StrOrPromise
from tenants.web import rate_limits
from tenants.web.rate_limits import DAY_SECONDS, WINDOW_SECONDS

HOUR, DAY = 60 * 60, DAY_SECONDS
NETWORK, SITE, PROVINCE, EVERYWHERE, PORTAL = "network", "site", "province", "everywhere", "portal"
# So many times what a limit that narrows leaves to a network, a site has.
_SHARES = {NETWORK: 1, SITE: 4}
_ONLY_COUNTED = 10**15
_KEYS = dict.fromkeys((EVERYWHERE, PORTAL), signing.EVERYWHERE)
_OF_ALL = _("Lúc này rất nhiều người cùng làm việc này, từ nhiều mạng khác nhau. Xin ông/bà thử lại sau.")
refused = Signal()
"""Sent by a Budget with the `scope` that refused."""


class BudgetSpent(Exception):
    """A budget has no room, and nothing was taken. Carries the sentence for who asked; `scope` is the limit that
    refused, and trying again makes sense after `retry_after` seconds."""

    def __init__(self, sentence: StrOrPromise, scope: str, retry_after: int = WINDOW_SECONDS) -> None:
        super().__init__(str(sentence))
        self.scope, self.retry_after = scope, retry_after


@dataclass(frozen=True)
class Limit:
    """So many units of one scope in so many seconds. With `narrowed` it refuses nothing itself: once it is used up,
    a network has so many left of its own limit over the same time, and a site four times as many; or, where `narrows`
    names a scope, that one has so many."""

    scope: str
    most: int
    seconds: int = WINDOW_SECONDS
    narrowed: int = 0
    narrows: str = ""


@dataclass(frozen=True)
class Taken:
    keys: tuple[str, ...]
    amount: int

    def give_back(self, unused: int | None = None) -> None:
        """Nothing was done, or so many units less than were taken. To be called once."""
        rate_limits.give_back(self.keys, amount=self.amount if unused is None else max(0, unused))


class Budget:
    """`name` stands in its keys and its metric; `sentence` is shown to who is refused, unless what a whole province
    shares is used up: no sender's network is to blame then."""

    def __init__(self, name: str, sentence: StrOrPromise, *limits: Limit) -> None:
        self.name, self.sentence, self.limits = name, sentence, limits

    def take(self, amount: int = 1, *, address: str | None = None, **scopes: object) -> Taken:
        """Take so many units from all limits that apply, or from none: raises BudgetSpent.

        `address` is that of the sender, by which networks and sites are known. A scope that is not given has no
        limit. What is refused costs nothing.
        """
        known = {PROVINCE: "*", PORTAL: "*", **scopes}
        if address is not None:
            known |= {NETWORK: rate_limits.block(address) or "-", SITE: rate_limits.site(address)}
            known[EVERYWHERE] = rate_limits.origin(address) or "-"
        found = [
            (f"{_KEYS.get(one.scope, '')}{self.name}:{one.scope}:{one.seconds}:{known[one.scope]}", one)
            for one in self.limits
            if known.get(one.scope)
        ]
        many = rate_limits.find_used_up({key: one.most for key, one in found if one.narrowed})
        narrowing = {one.seconds: one for key, one in found if one.narrowed and key in many}
        sizes: dict[str, int] = {}
        for key, one in found:
            size = _ONLY_COUNTED if one.narrowed else one.most
            if (shared := narrowing.get(one.seconds)) and (share := _share(shared, one)):
                size = min(size, shared.narrowed * share)
            sizes[key] = min(size, sizes.get(key, size))
        lives = {key: one.seconds for key, one in found}
        if lacking := rate_limits.lacking(sizes, lives=lives, amount=amount):
            refusing = [one for key, one in found if key in lacking and not one.narrowed]
            longest = max(refusing, key=lambda one: one.seconds)
            shared = narrowing.get(longest.seconds)
            scope = shared.scope if shared and _share(shared, longest) else longest.scope
            refused.send(self, scope=scope)
            raise BudgetSpent(_OF_ALL if scope == PROVINCE else self.sentence, scope, longest.seconds)
        return Taken(tuple(sizes), amount)


def _share(narrowing: Limit, limit: Limit) -> int:
    shares = {narrowing.narrows: 1} if narrowing.narrows else _SHARES
    return shares.get(limit.scope, 0)
