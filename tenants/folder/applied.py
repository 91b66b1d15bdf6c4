"""What the last apply of a province's folder left, to tell what people changed since."""

from collections.abc import Iterable
from hashlib import blake2b

from tenants.folder.models import Applied
from tenants.folder.steps import State

Place = tuple[str, str]
"""Thing and field."""
Left = dict[str, dict[str, str]]


def last_applied(step: str) -> Left | None:
    """State after the last apply of a step, as hashes; None when it was never applied here."""
    row = Applied.objects.filter(step=step).first()
    return None if row is None else row.left


def changed_by_hand(left: Left | None, now: State) -> frozenset[Place]:
    """Things and fields that are not as the last apply left them; none where nothing is known of one.

    Only what the folder still speaks of counts: the fields of `now`, or all of a thing that is gone.
    """
    if left is None:
        return frozenset()
    return frozenset(
        (thing, name)
        for thing, fields in now.items()
        for name in fields or left.get(thing, {})
        if left.get(thing, {}).get(name, "") != _hash(fields.get(name, ""))
    )


def remember_applied(step: str, state: State, kept: Iterable[Place] = ()) -> None:
    """Keep what an apply left. `kept` was changed by hand and stays so: it is remembered as it was before."""
    before = last_applied(step)
    left: Left = {}
    for thing, fields in state.items():
        hashed = {name: _hash(value) for name, value in fields.items() if value}
        if hashed:
            left[thing] = hashed
    for thing, name in kept:
        former = (before or {}).get(thing, {}).get(name, "")
        left.setdefault(thing, {}).pop(name, None)
        if former:
            left[thing][name] = former
    if left != before:
        Applied.objects.update_or_create(step=step, defaults={"left": left})


def _hash(value: str) -> str:
    return blake2b(value.encode(), digest_size=8).hexdigest() if value else ""
