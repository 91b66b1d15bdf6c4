"""Whether the term runs, stands still or is over at each step: found by following the transitions."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping

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


def states(starts: Iterable[str], ways: Collection[Transition]) -> dict[str, str]:
    """For each step that can be reached, the state of the clock there.

    Where two ways disagree the first one found holds: `find_faults` tells such data apart.
    """
    return {code: state for code, (state, _way) in _follow(starts, ways).items()}


def find_faults(
    starts: Iterable[str], steps: Mapping[int, Step], transitions: Mapping[int, Transition]
) -> Iterator[Fault]:
    """Transitions that stop what stands, set going what runs, or bring a step into two states; steps whose
    clock does not fit their national status. The data must be sound otherwise."""
    found = _follow(starts, transitions.values())
    for number, way in transitions.items():
        for source in way.source:
            if source in found and (fault := _disagreeing(way, source, found)):
                yield Fault(("transitions", number, "clock"), *fault)
    for number, step in steps.items():
        state = found[step.code][0] if step.code in found else None
        if state and state not in _fitting(step.status):
            words = gettext_noop(
                "ở bước “%(code)s” thời hạn %(state)s, không hợp với trạng thái “%(status)s”."
            )
            values = {"code": step.code, "state": _WORDS[state], "status": step.status.official}
            yield Fault(("steps", number), words, values)


Found = dict[str, tuple[str, Transition | None]]
"""By step: the state of the clock, and the way by which it was found (None: a start)."""


def _follow(starts: Iterable[str], ways: Collection[Transition]) -> Found:
    found: Found = dict.fromkeys(starts, (RUNNING, None))
    waiting = deque(found)
    while waiting:
        source = waiting.popleft()
        for way in ways:
            after = _AFTER[way.clock].get(found[source][0]) if source in way.source else None
            if after and way.target not in found:
                found[way.target] = (after, way)
                waiting.append(way.target)
    return found


def _disagreeing(way: Transition, source: str, found: Found) -> tuple[str, dict[str, object]] | None:
    before = found[source][0]
    after = _AFTER[way.clock].get(before)
    if after is None:
        words = gettext_noop("không dùng được “%(clock)s” từ bước “%(step)s”, nơi thời hạn %(state)s.")
        return words, {"clock": way.clock, "step": source, "state": _WORDS[before]}
    other, first = found[way.target]
    if other == after:
        return None
    words = gettext_noop(
        "ở bước “%(target)s”: theo thao tác “%(way)s” thời hạn %(state)s, nhưng từ lúc nhận thì %(other)s."
    )
    if first is not None:
        words = gettext_noop(
            "ở bước “%(target)s”: theo thao tác “%(way)s” thời hạn %(state)s, nhưng theo “%(first)s” thì "
            "%(other)s."
        )
    values: dict[str, object] = {"target": way.target, "way": way.name, "first": first.name if first else ""}
    return words, {**values, "state": _WORDS[after], "other": _WORDS[other]}


def _fitting(status: Status) -> tuple[str, ...]:
    if status.waits_for_citizen:
        return (PAUSED,)
    if status.is_closed or status is Status.DONE:
        return (CLOSED,)
    return (RUNNING,) if status is Status.NEW else (RUNNING, PAUSED)
