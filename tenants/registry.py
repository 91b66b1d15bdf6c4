"""Registries: how an app takes what others contribute, which it need not know. They register it when Django starts."""

from collections.abc import Callable, Hashable, Iterator


class Registry[Item]:
    """Items that were registered, each once by its `key`, in the order of their registration."""

    def __init__(self, key: Callable[[Item], Hashable]) -> None:
        self._key = key
        self._items: dict[Hashable, Item] = {}

    def register(self, item: Item) -> None:
        """Add an item; an equal one is kept once. Raises ValueError when another item has its key."""
        key = self._key(item)
        if self._items.setdefault(key, item) != item:
            raise ValueError(f"{key!r} is registered twice")

    def __iter__(self) -> Iterator[Item]:
        return iter(list(self._items.values()))

    def get(self, key: Hashable) -> Item | None:
        return self._items.get(key)
