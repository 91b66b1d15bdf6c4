"""Where the ways of a workflow lead: from the start to every step, from every step to an end, and how the
term is shared out along the usual road."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dossiers.rules import gettext_noop
from dossiers.rules.workflow.fault import Fault, Row, Statuses, texts_in
from dossiers.rules.workflow.vocabulary import CLOCKS


def is_drawn(
    starts: Sequence[str], steps: Sequence[Row], transitions: Iterable[Row], statuses: Statuses
) -> bool:
    """Whether every step and way is readable, so that the ways can be followed. On other data the faults of
    the roads would only say again, in other words, what is wrong already."""
    return (
        bool(starts)
        and all(start in statuses for start in starts)
        and len(statuses) == len(steps)
        and all(_joins(way, statuses) and way.get("clock", "none") in CLOCKS for _, way in transitions)
    )


def _joins(way: Mapping[object, object], statuses: Statuses) -> bool:
    source = way.get("source")
    if not isinstance(source, list | tuple) or not source:
        return False
    return all(isinstance(code, str) and code in statuses for code in (*source, way.get("target")))


def find_faults(
    starts: Iterable[str], steps: Iterable[Row], transitions: Iterable[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Steps that no dossier can reach or leave, and shares of the term that are more than the whole. The data
    must be sound otherwise."""
    yield from _stranded(starts, steps, transitions, statuses)
    yield from _shares(starts, steps, transitions)


def _stranded(
    starts: Iterable[str], steps: Iterable[Row], transitions: Iterable[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Steps that no dossier can reach, and steps that no dossier can leave towards an end."""
    onward: dict[str, set[str]] = {code: set() for code in statuses}
    backward: dict[str, set[str]] = {code: set() for code in statuses}
    for _, transition in transitions:
        for source in texts_in(transition.get("source")):
            onward[source].add(str(transition["target"]))
            backward[str(transition["target"])].add(source)
    reached = _closure(starts, onward)
    ending = _closure((code for code, status in statuses.items() if status.is_closed), backward)
    for path, step in steps:
        code = str(step["code"])
        if code not in reached:
            yield Fault(
                path, gettext_noop("không có đường nào từ bước bắt đầu đến bước “%(code)s”."), {"code": code}
            )
        if code not in ending:
            yield Fault(
                path, gettext_noop("từ bước “%(code)s” không có đường nào đến lúc kết thúc."), {"code": code}
            )


def _closure(start: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(edges[code])
    return found


def _shares(starts: Iterable[str], steps: Iterable[Row], transitions: Iterable[Row]) -> Iterator[Fault]:
    """The shares of the term along the usual road are parts of one whole."""
    onward = {
        source: str(transition["target"])
        for _, transition in transitions
        if transition.get("primary") is True
        for source in texts_in(transition.get("source"))
    }
    shares = {str(step["code"]): step.get("share") for _, step in steps}
    totals = [sum(_part(shares[code]) for code in _along(start, onward)) for start in starts]
    if max(totals) > 1.0001:
        yield Fault(
            "steps",
            gettext_noop(
                "các phần thời hạn (share) trên đường chính cộng lại là %(total)s, không được quá 1."
            ),
            {"total": f"{max(totals):g}"},
        )


def _along(start: str, onward: Mapping[str, str]) -> list[str]:
    road: list[str] = []
    code: str | None = start
    while code is not None and code not in road:
        road.append(code)
        code = onward.get(code)
    return road


def _part(share: object) -> float:
    """A share that is none is told as a fault of its own."""
    if isinstance(share, bool) or not isinstance(share, int | float):
        return 0.0
    return share if 0 < share <= 1 else 0.0
