"""Fair queue: accounts by turns, and in each account its readers by turns, so that a flood holds up no others."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from django.db.models import Case, Min, Q, QuerySet, Value, When


def round_robin[Claimed](
    due: Callable[[], QuerySet[Any]],
    claim: Callable[[str, str, Any], Claimed | None],
    *,
    reader: str,
    patient: Q | None = None,
) -> Iterator[Claimed]:
    """Claim the rows of `due` (with a channel and an account), one account after the other, and within an account one
    reader after the other, by the column `reader`.

    `claim` gets a channel, an account and a reader, claims one of their due rows, or returns None. Ends when no row is
    due. Readers without a turn so far come first in the next round, also those that came meanwhile. Ties are broken
    in favour of readers with urgent rows (not `patient`). Rows of no reader may be claimed several at once.
    """
    served: dict[tuple[Any, ...], int] = {}
    turn, taken = 0, True
    looks = {
        "patience": Min(Case(When(patient, then=1), default=0)) if patient else Value(0),
        "first": Min("pk"),
    }
    while taken:
        taken = False
        rows = due().order_by().values_list("channel", "account", reader).annotate(**looks)
        # One query for a whole round: a query for every row costs more than its processing.
        places: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for row in sorted(rows, key=lambda one: (served.get(one[:3], 0), *one[3:])):
            places.setdefault(row[:2], []).append(row)
        for row in _interleave(sorted(places.values(), key=lambda one: served.get(one[0][:2], 0))):
            if claimed := claim(*row[:3]):
                taken = True
                turn += 1
                served[row[:2]] = served[row[:3]] = turn
                yield claimed


def _interleave(places: list[list[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
    """The first of each place, then the second of each that has one, and so on."""
    for rows in zip_longest(*places):
        yield from (row for row in rows if row is not None)
