"""Whose turn it is: accounts by turns, so that a flood at one of them holds up no other."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet


def by_turns[Claimed](
    due: Callable[[], QuerySet[Any]], claim: Callable[[QuerySet[Any]], Claimed | None]
) -> Iterator[Claimed]:
    """What `claim` takes out of the rows of `due` (with a channel and an account), one account after the other.

    `claim` gets the due rows of one account and takes one of them, or gives None. Ends when nothing is due;
    accounts in which something becomes due meanwhile come in when the others are done.
    """
    while places := deque(due().order_by().values_list("channel", "account").distinct()):
        taken = False
        while places:
            channel, account = places.popleft()
            claimed = claim(due().filter(channel=channel, account=account))
            if claimed is not None:
                taken = True
                places.append((channel, account))
                yield claimed
        if not taken:
            return
