"""Whose turn it is: accounts by turns, and in each its readers by turns, so that a flood holds up nobody else."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Min, QuerySet


def by_turns[Claimed](
    due: Callable[[], QuerySet[Any]], claim: Callable[[QuerySet[Any]], Claimed | None], *, reader: str
) -> Iterator[Claimed]:
    """What `claim` takes out of the rows of `due` (with a channel and an account), one account after the other, and
    within one, one reader after the other: the column `reader` tells them apart.

    `claim` gets the due rows of one reader and takes one of them, or gives None. Ends when nothing is due. Who has
    not had a turn yet comes first: also one who wrote while the others were served.
    """
    served: dict[tuple[Any, ...], int] = {}
    passed: set[tuple[Any, ...]] = set()
    turn = 0
    while True:
        rows = due().order_by().values_list("channel", "account", reader).annotate(first=Min("pk"))
        waiting = [row for row in rows if row[:3] not in passed]
        if not waiting:
            return
        row = min(waiting, key=lambda one: (served.get(one[:2], 0), served.get(one[:3], 0), one[3]))
        turn += 1
        served[row[:2]] = served[row[:3]] = turn
        claimed = claim(due().filter(channel=row[0], account=row[1], **{reader: row[2]}))
        if claimed is None:
            passed.add(row[:3])
        else:
            passed.clear()
            yield claimed
