"""A new release of the catalogue beside what the province has: its own decisions, hand-made changes, and the
dossiers that go on under the version they were received under."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from procedures.province_folder.catalogue_state import locals_of_the_province
from tenants.onboarding import manual_changes

Counter = Callable[[Iterable[str]], Mapping[str, int]]
"""Dossiers under way by code of their procedure, of these codes."""

_counter: list[Counter] = []


def count_dossiers_with(counter: Counter) -> None:
    """Let this room know how many dossiers stand on a procedure; called in `AppConfig.ready()`."""
    _counter[:] = [counter]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a release meets at one procedure. `own`: fields that the province decided; `by_hand`: those of them
    that people set since the folder was last applied; `running`: dossiers under way."""

    own: tuple[str, ...]
    by_hand: tuple[str, ...]
    running: int


def standing(codes: Iterable[str]) -> dict[str, Standing]:
    """What the present province has of its own at these procedures, and how many dossiers; reads only."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = {row.code: row.own for row in locals_of_the_province(wanted)}
    left = manual_changes.left_of("catalogue")
    known = None if left is None else {code: left.get(code, {}) for code in wanted}
    changed = manual_changes.changed_since(known, rows)
    running = _counter[0](wanted) if _counter else {}
    return {
        code: Standing(
            own=tuple(name for name, value in own.items() if value and name != "handled"),
            by_hand=tuple(name for name in own if (code, name) in changed),
            running=running.get(code, 0),
        )
        for code, own in rows.items()
    }
