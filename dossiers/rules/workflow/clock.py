"""Whether the term runs, stands still or is over at each step: found by following the transitions."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from dossiers.rules.statuses import Status
from dossiers.rules.workflow.vocabulary import Fault, Row, Statuses, texts_in
from tenants.validation import gettext_noop

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
    starts: Iterable[str], steps: Iterable[Row], transitions: Iterable[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Transitions that stop what stands, set going what runs, or bring a step into two states; steps whose
    clock does not fit their national status. The data must be sound otherwise."""
    steps, transitions = list(steps), list(transitions)
    moves = [
        (number, (source, str(transition["target"]), str(transition.get("clock", "none"))))
        for number, (_, transition) in enumerate(transitions)
        for source in texts_in(transition["source"])
    ]
    found = _follow(starts, moves)
    names = [str(transition.get("name")) for _, transition in transitions]
    for number, move in moves:
        fault = _disagreeing(move, found, names, number)
        if fault is not None:
            yield Fault(f"{transitions[number][0]}.clock", *fault)
    for path, step in steps:
        code = str(step["code"])
        if code in found and found[code][0] not in _fitting(statuses[code]):
            yield Fault(
                path,
                gettext_noop("ở bước “%(code)s” thời hạn %(state)s, không hợp với trạng thái “%(status)s”."),
                {"code": code, "state": _WORDS[found[code][0]], "status": statuses[code].official},
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
    move: Move, found: Found, names: Sequence[str], number: int
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
            {**values, "way": names[number]},
        )
    return (
        gettext_noop(
            "ở bước “%(target)s”: theo thao tác “%(way)s” thời hạn %(state)s, nhưng theo “%(first)s” thì "
            "%(other)s."
        ),
        {**values, "way": names[number], "first": names[first]},
    )


def _fitting(status: Status) -> tuple[str, ...]:
    if status.waits_for_citizen:
        return (PAUSED,)
    if status.is_closed or status is Status.DONE:
        return (CLOSED,)
    return (RUNNING,) if status is Status.NEW else (RUNNING, PAUSED)
