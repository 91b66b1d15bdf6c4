"""Budgets: what strangers may cause, declared once beside what it costs.

A budget is taken before the work and given back when nothing was done. Its limits hold for one draft, number, network,
site, or for a whole province. Where all strangers share a limit, one must not use it up for the others: it narrows
what each network has left. Each refusal has a sentence of its own, and is counted.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenants.isolation.context import NoProvince, UnknownProvince, current_province
from tenants.web import rate_limits
from tenants.web.rate_limits import DAY_SECONDS, WINDOW_SECONDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DAY = DAY_SECONDS
NETWORK, SITE, PROVINCE = "network", "site", "province"
SITES_SHARE = 4
"""A site has this many times what a limit that narrows leaves to a network."""
_ONLY_COUNTED = 10**15
_count_refusal: Callable[[str, str, str], None] = lambda _province, _budget, _scope: None  # noqa: E731


def count_refusals(count: Callable[[str, str, str], None]) -> None:
    """Have refusals counted, by province, budget and scope. Called once, when Django is ready."""
    global _count_refusal
    _count_refusal = count


class BudgetSpent(Exception):
    """A budget has no room, and nothing was taken. Carries the sentence for who asked; `scope` is the first limit
    that refused, and trying again makes sense after `retry_after` seconds."""

    def __init__(self, sentence: "StrOrPromise", scope: str, retry_after: int = WINDOW_SECONDS) -> None:
        super().__init__(str(sentence))
        self.scope, self.retry_after = scope, retry_after


@dataclass(frozen=True)
class Limit:
    """So many units of one scope in so many seconds. With `narrowed` it refuses nothing itself: once it is used up,
    a network has so many left of its own limit over the same time, and a site SITES_SHARE times as many."""

    scope: str
    most: int
    seconds: int = WINDOW_SECONDS
    narrowed: int = 0


@dataclass(frozen=True)
class Taken:
    """What was taken from a budget."""

    keys: tuple[str, ...]
    amount: int

    def give_back(self, unused: int | None = None) -> None:
        """Nothing was done, or so many units less than were taken. To be called once."""
        rate_limits.give_back(self.keys, amount=self.amount if unused is None else max(0, unused))


class Budget:
    """`name` stands in its keys and its metric; `sentence` is shown to who is refused."""

    def __init__(self, name: str, sentence: "StrOrPromise", *limits: Limit) -> None:
        self.name, self.sentence, self.limits = name, sentence, limits

    def take(self, amount: int = 1, *, address: str | None = None, **scopes: object) -> Taken:
        """Take so many units from all limits that apply, or from none: raises BudgetSpent.

        `address` is that of the sender's network; other scopes by their names. A scope that is not given has no
        limit. What is refused costs nothing.
        """
        known = {PROVINCE: "", **scopes}
        if address is not None:
            known |= {NETWORK: rate_limits.block(address) or "-", SITE: rate_limits.site(address)}
        found = [
            (limit, self._key(limit, known[limit.scope]))
            for limit in self.limits
            if limit.scope == PROVINCE or known.get(limit.scope)
        ]
        spent = rate_limits.find_used_up({key: one.most for one, key in found if one.narrowed})
        narrow = {one.seconds: one for one, key in found if one.narrowed and key in spent}
        sizes: dict[str, int] = {}
        for limit, key in found:
            size = _ONLY_COUNTED if limit.narrowed else limit.most
            if limit.scope in (NETWORK, SITE) and (among_many := narrow.get(limit.seconds)):
                share = SITES_SHARE if limit.scope == SITE else 1
                size = min(size, among_many.narrowed * share)
            sizes[key] = min(size, sizes.get(key, size))
        lives = {key: limit.seconds for limit, key in found}
        if refused := rate_limits.lacking(sizes, lives=lives, amount=amount):
            self._refuse([one for one, key in found if key in refused and not one.narrowed], narrow)
        return Taken(tuple(sizes), amount)

    def _key(self, limit: Limit, of: object) -> str:
        return ":".join(str(part) for part in (self.name, limit.scope, limit.seconds, of) if part)

    def _refuse(self, limits: list[Limit], narrow: dict[int, Limit]) -> None:
        limit = max(limits, key=lambda one: one.seconds)
        among_many = narrow.get(limit.seconds) if limit.scope in (NETWORK, SITE) else None
        scope = among_many.scope if among_many else limit.scope
        slug = "public"
        with suppress(NoProvince, UnknownProvince):
            slug = current_province().slug
        _count_refusal(slug, self.name, scope)
        raise BudgetSpent(self.sentence, scope, limit.seconds)
