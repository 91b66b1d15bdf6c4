"""About which matter of theirs somebody is written to: when it is over before their turn, about another that goes on."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from messaging.broadcasts.recipients import audiences
from messaging.models import BroadcastRecipient


def over(recipients: Iterable[BroadcastRecipient]) -> list[BroadcastRecipient]:
    """Those of these recipients who are to be told over their channel of the matter no more."""
    found: list[BroadcastRecipient] = []
    for code, rows in _by_audience(recipients).items():
        closed = audiences.get(code).closed({(row.matter, row.channel) for row in rows})
        found += [row for row in rows if (row.matter, row.channel) in closed]
    return found


def turn(
    recipients: Collection[BroadcastRecipient], *, same_channel: bool = False
) -> list[BroadcastRecipient]:
    """Those of these recipients, each with its broadcast, who are written to about another matter from now on, and
    over the channel that reaches them about it; `same_channel`: over none but theirs.

    Part of the caller's transaction.
    """
    found: list[BroadcastRecipient] = []
    for code, rows in _by_audience(recipients).items():
        for choice, mine in _by_choice(code, rows):
            others = audiences.get(code).others(choice, [row.contact_id for row in mine if row.contact_id])
            for row in mine:
                other = others.get(row.contact_id or 0)
                if other is not None and (not same_channel or other.way.channel == row.channel):
                    row.matter, row.channel = other.matter, other.way.channel
                    found.append(row)
    BroadcastRecipient.objects.bulk_update(found, ["matter", "channel"])
    return found


def _by_audience(recipients: Iterable[BroadcastRecipient]) -> dict[str, list[BroadcastRecipient]]:
    found: defaultdict[str, list[BroadcastRecipient]] = defaultdict(list)
    for row in recipients:
        if row.matter and row.audience in audiences.codes():
            found[row.audience].append(row)
    return found


def _by_choice(
    code: str, rows: Iterable[BroadcastRecipient]
) -> Iterable[tuple[audiences.Choice, list[BroadcastRecipient]]]:
    found: defaultdict[int, list[BroadcastRecipient]] = defaultdict(list)
    for row in rows:
        found[row.broadcast_id].append(row)
    return [(mine[0].broadcast.audiences.get(code, {}), mine) for mine in found.values()]
