"""Accounts under which a province can be found elsewhere, such as its Zalo page. Rooms above say which."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublicAccount:
    """An account that everybody may open. `service` is the service's name for people: “Zalo”."""

    code: str
    service: str
    url: str


Finder = Callable[[], Iterable[PublicAccount]]
"""The accounts of the present province, of one kind."""

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Ask this function too; the same one is asked once."""
    if finder not in _finders:
        _finders.append(finder)


def public_accounts() -> list[PublicAccount]:
    """Accounts of the present province, in the order in which the rooms name them."""
    return [account for finder in _finders for account in finder()]
