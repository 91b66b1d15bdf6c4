"""Whether the term runs, stands still or is over at each step: found by following the transitions."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from dossiers.workflow.rules.schema import Step, Transition
from dossiers.workflow.rules.statuses import Status
from tenants.validation import Fault, gettext_noop

RUNNING, PAUSED, CLOSED = "running", "paused", "closed"

_AFTER = {
    "none": {RUNNING: RUNNING, PAUSED: PAUSED, CLOSED: CLOSED},
    "pause": {RUNNING: PAUSED},
    "resume": {PAUSED: RUNNING},
    "restart": {RUNNING: RUNNING, PAUSED: RUNNING, CLOSED: RUNNING},
    "close": {RUNNING: CLOSED, PAUSED: CLOSED, CLOSED: CLOSED},
}

_WORDS = {
    RUNNING: gettext_noop("đang tính hạn"),
    PAUSED: gettext_noop("tạm dừng tính hạn"),
    CLOSED: gettext_noop("đã hết tính hạn"),
}


Move = tuple[str, str, str]
"""Source, target and effect on the clock."""


def states(starts: Iterable[str], moves: Iterable[Move]) -> dict[str, str]:
    """For each step that can be reached, the state of the clock there.

    Where two ways disagree the first one found holds: `find_faults` tells such data apart.
    """
    return {code: state for code, (state, _) in _follow(starts, enumerate(moves)).items()}


def find_faults(
    starts: Iterable[str], steps: Mapping[int, Step], transitions: Mapping[int, Transition]
) -> Iterator[Fault]:
    """Transitions that stop what stands, set going what runs, or bring a step into two states; steps whose
    clock does not fit their national status. The data must be sound otherwise."""
    moves = [
        (number, (source, way.target, way.clock))
        for number, way in transitions.items()
        for source in way.source
    ]
    found = _follow(starts, moves)
    for number, move in moves:
        fault = _disagreeing(move, found, transitions, number)
        if fault is not None:
            yield Fault(("transitions", number, "clock"), *fault)
    for number, step in steps.items():
        if step.code in found and found[step.code][0] not in _fitting(step.status):
            yield Fault(
                ("steps", number),
                gettext_noop("ở bước “%(code)s” thời hạn %(state)s, không hợp với trạng thái “%(status)s”."),
                {
                    "code": step.code,
                    "state": _WORDS[found[step.code][0]],
                    "status": step.status.official,
                },
            )


Found = dict[str, tuple[str, int | None]]
"""By step: the state of the clock, and the number of the way by which it was found (None: a start)."""


def _follow(starts: Iterable[str], moves: Iterable[tuple[int, Move]]) -> Found:
    onward: dict[str, list[tuple[int, str, str]]] = {}
    for number, (source, target, clock) in moves:
        onward.setdefault(source, []).append((number, target, clock))
    found: Found = dict.fromkeys(starts, (RUNNING, None))
    waiting = deque(found)
    while waiting:
        source = waiting.popleft()
        for number, target, clock in onward.get(source, ()):
            after = _AFTER[clock].get(found[source][0])
            if after is not None and target not in found:
                found[target] = (after, number)
                waiting.append(target)
    return found


def _disagreeing(
    move: Move, found: Found, transitions: Mapping[int, Transition], number: int
) -> tuple[str, dict[str, object]] | None:
    source, target, clock = move
    if source not in found:
        return None
    before = found[source][0]
    after = _AFTER[clock].get(before)
    if after is None:
        return (
            gettext_noop("không dùng được “%(clock)s” từ bước “%(step)s”, nơi thời hạn %(state)s."),
            {"clock": clock, "step": source, "state": _WORDS[before]},
        )
    other, first = found[target]
    if other == after:
        return None
    values: dict[str, object] = {"target": target, "state": _WORDS[after], "other": _WORDS[other]}
    if first is None:
        return (
            gettext_noop(
                "ở bước “%(target)s”: theo thao tác “%(way)s” thời hạn %(state)s, nhưng từ lúc nhận thì "
                "%(other)s."
            ),
            {**values, "way": transitions[number].name},
        )
    return (
        gettext_noop(
            "ở bước “%(target)s”: theo thao tác “%(way)s” thời hạn %(state)s, nhưng theo “%(first)s” thì "
            "%(other)s."
        ),
        {**values, "way": transitions[number].name, "first": transitions[first].name},
    )


def _fitting(status: Status) -> tuple[str, ...]:
    if status.waits_for_citizen:
        return (PAUSED,)
    if status.is_closed or status is Status.DONE:
        return (CLOSED,)
    return (RUNNING,) if status is Status.NEW else (RUNNING, PAUSED)
