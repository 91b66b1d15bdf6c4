"""What people changed in a province since its folder was last applied.

An apply remembers the state it leaves. A value that is another one now was set by somebody at the desk or in
admin: it must not vanish because a file says something else.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from tenants.folder.steps import State
from tenants.onboarding.models import Applied

Place = tuple[str, str]
"""Thing and field."""
Left = dict[str, dict[str, str]]


def left_of(step: str) -> Left | None:
    """What the last apply of a step left, as hashes; None when it was never applied here."""
    row = Applied.objects.filter(step=step).first()
    return None if row is None else row.left


def changed_since(left: Left | None, now: State) -> frozenset[Place]:
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


def remember(step: str, state: State, kept: Iterable[Place] = ()) -> None:
    """Keep what an apply left. `kept` was changed by hand and stays so: it is remembered as it was before."""
    before = left_of(step)
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


def differences(before: State, after: State) -> dict[Place, tuple[str, str]]:
    """What is different, as value before and value after, in the order of the things."""
    found: dict[Place, tuple[str, str]] = {}
    for thing in dict.fromkeys([*before, *after]):
        one, other = _of(before, thing), _of(after, thing)
        for name in dict.fromkeys([*one, *other]):
            if one.get(name, "") != other.get(name, ""):
                found[thing, name] = one.get(name, ""), other.get(name, "")
    return found


def _of(state: State, thing: str) -> Mapping[str, str]:
    return state.get(thing, {})


def _hash(value: str) -> str:
    return blake2b(value.encode(), digest_size=8).hexdigest() if value else ""
