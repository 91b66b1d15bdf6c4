"""Registries: how a room takes what the rooms above contribute. They register it in `AppConfig.ready()`."""

from collections.abc import Callable, Hashable, Iterator
from typing import Any


class Registry[Item]:
    """Items that were registered, each once.

    `key` tells items apart; without it an item is its own key. `order` sorts them; without it they stand as they
    were registered.
    """

    def __init__(
        self, key: Callable[[Item], Hashable] | None = None, order: Callable[[Item], Any] | None = None
    ) -> None:
        self._key = key
        self._order = order
        self._items: dict[Hashable, Item] = {}

    def register(self, item: Item) -> None:
        """Add an item; an equal one is kept once. Raises ValueError when another item has its key."""
        key = self._key(item) if self._key else item
        if self._items.setdefault(key, item) != item:
            raise ValueError(f"{key!r} is registered twice")

    def __iter__(self) -> Iterator[Item]:
        items = self._items.values()
        return iter(sorted(items, key=self._order) if self._order else list(items))

    def get(self, key: Hashable) -> Item | None:
        """The item of this key, if any."""
        return self._items.get(key)
