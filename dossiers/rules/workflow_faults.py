"""What is wrong with the data of a workflow: everything at once, each with its place.

A province writes its workflow in a file; whoever repairs it should not meet the faults one by one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from dossiers.rules import gettext_noop, shown
from dossiers.rules.statuses import Status

ROLES = ("clerk", "specialist", "leader", "administrator")
REQUIREMENTS = ("reason", "assignee", "papers", "amount")
CLOCKS = ("none", "pause", "resume", "restart", "close")
NOTICES = (
    "received",
    "in_progress",
    "supplement",
    "supplement_received",
    "payment",
    "payment_received",
    "done",
    "returned",
    "refused",
    "stopped",
    "withdrawn",
)
LONGEST_HOLD = 3600
"""Seconds. A notice held for hours would no longer be "at once" (NĐ 224/2026/NĐ-CP, Điều 15.1.g)."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME_LIMIT = 100
_MOST_ROWS = 500
_WORKFLOW_KEYS = ("code", "name", "start", "starts", "steps", "transitions")
_STEP_KEYS = ("code", "name", "status", "role", "agency", "share")
_TRANSITION_KEYS = (
    *("code", "name", "source", "target", "roles", "requires"),
    *("clock", "hold_seconds", "notice", "danger", "primary"),
)

_NOT_A_TABLE = gettext_noop("phải là một bảng các mục.")
_NO_SUCH_STEP = gettext_noop("không có bước “%(code)s” trong quy trình.")
_NOT_ONE_OF = gettext_noop("“%(value)s” không hợp lệ; được dùng: %(allowed)s.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its place in the data, the Vietnamese sentence and the values of its placeholders."""

    path: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}: {self.message % self.params}"


Row = tuple[str, Mapping[object, object]]
Statuses = Mapping[str, Status]


def find_faults(data: object) -> list[Fault]:
    """Every fault in the data of a workflow; empty when it is sound.

    Takes anything that JSON or YAML can hold and raises nothing.
    """
    if not isinstance(data, Mapping):
        return [Fault("workflow", _NOT_A_TABLE)]
    faults = [*_unknown_keys("workflow", data, _WORKFLOW_KEYS), *_code("code", data), *_name("name", data)]
    steps = _rows(data, "steps", faults)
    for path, step in steps:
        faults += _step(path, step)
    transitions = _rows(data, "transitions", faults)
    for path, transition in transitions:
        faults += _transition(path, transition)
    statuses = {
        code: Status(status)
        for _, step in steps
        if isinstance(code := step.get("code"), str) and _is_status(status := step.get("status"))
    }
    known = {code for _, step in steps if isinstance(code := step.get("code"), str)}
    faults += _duplicates(steps)
    faults += _duplicates(transitions)
    faults += _starts(data, known)
    for path, transition in transitions:
        faults += _ends(path, transition, known)
        faults += _notice_and_clock(path, transition, statuses)
    faults += _two_primaries(transitions)
    if not faults:
        # On broken data these would only say again, in other words, what has been said above.
        faults += _stranded(read_starts(data), steps, transitions, statuses)
    return faults


def read_starts(data: Mapping[str, object]) -> list[str]:
    """The codes of the steps at which a dossier may begin, the usual one first."""
    starts = data["starts"] if "starts" in data else data.get("start")
    return [starts] if isinstance(starts, str) else _texts(starts)


def _rows(data: Mapping[str, object], key: str, faults: list[Fault]) -> list[Row]:
    """The rows of a list that are tables; what is none is added to the faults."""
    value = data.get(key)
    if not isinstance(value, list | tuple) or not value:
        faults.append(Fault(key, gettext_noop("phải là danh sách có ít nhất một mục.")))
        return []
    if len(value) > _MOST_ROWS:
        faults.append(Fault(key, gettext_noop("có quá %(most)s mục."), {"most": _MOST_ROWS}))
        return []
    rows = [(f"{key}[{number}]", row) for number, row in enumerate(value)]
    faults += [Fault(path, _NOT_A_TABLE) for path, row in rows if not isinstance(row, Mapping)]
    return [(path, row) for path, row in rows if isinstance(row, Mapping)]


def _step(path: str, step: Mapping[object, object]) -> Iterator[Fault]:
    yield from _unknown_keys(path, step, _STEP_KEYS)
    yield from _code(f"{path}.code", step)
    yield from _name(f"{path}.name", step)
    if not _is_status(step.get("status")):
        yield Fault(
            f"{path}.status",
            gettext_noop("“%(value)s” không phải số trạng thái quốc gia, từ 1 đến 10."),
            {"value": shown(step.get("status"))},
        )
    yield from _one_of(f"{path}.role", step.get("role"), ROLES)
    agency = step.get("agency")
    if agency is not None and not (isinstance(agency, str) and agency and _is_plain(agency)):
        yield Fault(f"{path}.agency", gettext_noop("phải là mã cơ quan hoặc để trống."))
    share = step.get("share")
    if share is not None and not (_is_number(share) and 0 < share <= 1):
        yield Fault(f"{path}.share", gettext_noop("phải là phần của thời hạn, lớn hơn 0 và không quá 1."))


def _transition(path: str, transition: Mapping[object, object]) -> Iterator[Fault]:
    yield from _unknown_keys(path, transition, _TRANSITION_KEYS)
    yield from _code(f"{path}.code", transition)
    yield from _name(f"{path}.name", transition)
    yield from _some_of(f"{path}.roles", transition.get("roles"), ROLES, at_least=1)
    yield from _some_of(f"{path}.requires", transition.get("requires", []), REQUIREMENTS, at_least=0)
    yield from _one_of(f"{path}.clock", transition.get("clock", "none"), CLOCKS)
    if transition.get("notice") is not None:
        yield from _one_of(f"{path}.notice", transition.get("notice"), NOTICES)
    hold = transition.get("hold_seconds", 0)
    if not isinstance(hold, int) or isinstance(hold, bool) or not 0 <= hold <= LONGEST_HOLD:
        yield Fault(
            f"{path}.hold_seconds",
            gettext_noop("phải là số giây nguyên từ 0 đến %(most)s."),
            {"most": LONGEST_HOLD},
        )
    for key in ("danger", "primary"):
        if not isinstance(transition.get(key, False), bool):
            yield Fault(f"{path}.{key}", gettext_noop("phải là true hoặc false."))


def _starts(data: Mapping[str, object], known: Collection[str]) -> Iterator[Fault]:
    key = "starts" if "starts" in data else "start"
    starts = read_starts(data)
    if "starts" in data and "start" in data:
        yield Fault("start", gettext_noop("chỉ dùng một trong hai mục start và starts."))
    elif not starts:
        yield Fault(key, gettext_noop("quy trình phải có bước bắt đầu."))
    for code in starts:
        if code not in known:
            yield Fault(key, _NO_SUCH_STEP, {"code": shown(code)})


def _ends(path: str, transition: Mapping[object, object], known: Collection[str]) -> Iterator[Fault]:
    """The steps that a transition joins must exist."""
    source = transition.get("source")
    if not isinstance(source, list | tuple) or not source:
        yield Fault(f"{path}.source", gettext_noop("phải là danh sách có ít nhất một mã bước."))
    else:
        for number, code in enumerate(source):
            if not isinstance(code, str) or code not in known:
                yield Fault(f"{path}.source[{number}]", _NO_SUCH_STEP, {"code": shown(code)})
    target = transition.get("target")
    if not isinstance(target, str) or target not in known:
        yield Fault(f"{path}.target", _NO_SUCH_STEP, {"code": shown(target)})


def _notice_and_clock(path: str, transition: Mapping[object, object], statuses: Statuses) -> Iterator[Fault]:
    """A change of status is told to the citizen, and the clock does what the new status says."""
    sources = {statuses[code] for code in _texts(transition.get("source")) if code in statuses}
    target = statuses.get(str(transition.get("target")))
    if target is None or not sources:
        return
    if transition.get("notice") is None and sources != {target}:
        yield Fault(
            f"{path}.notice",
            gettext_noop("đổi trạng thái sang “%(status)s” mà không báo cho người dân."),
            {"status": target.official},
        )
    clock = transition.get("clock", "none")
    fitting: tuple[str, ...] = ("none", "restart")
    if target.waits_for_citizen:
        fitting = ("pause", "none") if all(source.waits_for_citizen for source in sources) else ("pause",)
    elif target.clock_runs and any(source.waits_for_citizen for source in sources):
        fitting = ("resume", "restart")
    elif target.is_closed or target is Status.DONE:
        fitting = ("close",)
    if clock in CLOCKS and clock not in fitting:
        yield Fault(
            f"{path}.clock",
            gettext_noop("“%(clock)s” không hợp với trạng thái “%(status)s”; được dùng: %(allowed)s."),
            {"clock": clock, "status": target.official, "allowed": ", ".join(fitting)},
        )


def _two_primaries(transitions: Iterable[Row]) -> Iterator[Fault]:
    """A step has one usual way on; two would leave the clerk without one."""
    first: dict[str, object] = {}
    for path, transition in transitions:
        if transition.get("primary") is not True:
            continue
        for code in dict.fromkeys(_texts(transition.get("source"))):
            if code in first:
                yield Fault(
                    f"{path}.primary",
                    gettext_noop("bước “%(step)s” đã có thao tác chính “%(first)s”."),
                    {"step": shown(code), "first": shown(first[code])},
                )
            first.setdefault(code, transition.get("code"))


def _duplicates(rows: Iterable[Row]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, row in rows:
        code = row.get("code")
        if not isinstance(code, str):
            continue
        if code in seen:
            yield Fault(f"{path}.code", gettext_noop("mã “%(code)s” bị trùng."), {"code": shown(code)})
        seen.add(code)


def _stranded(
    starts: Iterable[str], steps: Iterable[Row], transitions: Iterable[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Steps that no dossier can reach, and steps that no dossier can leave towards an end."""
    onward: dict[str, set[str]] = {code: set() for code in statuses}
    backward: dict[str, set[str]] = {code: set() for code in statuses}
    for _, transition in transitions:
        for source in _texts(transition.get("source")):
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


def _unknown_keys(path: str, row: Mapping[object, object], keys: Collection[str]) -> Iterator[Fault]:
    for key in row:
        if key not in keys:
            yield Fault(path, gettext_noop("có mục lạ “%(key)s”."), {"key": shown(key)})


def _code(path: str, row: Mapping[object, object]) -> Iterator[Fault]:
    code = row.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        yield Fault(
            path,
            gettext_noop(
                "“%(code)s” không phải mã: chữ thường không dấu, chữ số và gạch dưới, bắt đầu bằng chữ."
            ),
            {"code": shown(code)},
        )


def _name(path: str, row: Mapping[object, object]) -> Iterator[Fault]:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > _NAME_LIMIT or not _is_plain(name):
        yield Fault(
            path, gettext_noop("phải có tên, không quá %(most)s ký tự đọc được."), {"most": _NAME_LIMIT}
        )


def _one_of(path: str, value: object, allowed: Collection[str]) -> Iterator[Fault]:
    if value not in allowed:
        yield Fault(path, _NOT_ONE_OF, {"value": shown(value), "allowed": ", ".join(allowed)})


def _some_of(path: str, value: object, allowed: Collection[str], *, at_least: int) -> Iterator[Fault]:
    if not isinstance(value, list | tuple) or len(value) < at_least:
        yield Fault(
            path, gettext_noop("phải là danh sách, chọn trong: %(allowed)s."), {"allowed": ", ".join(allowed)}
        )
        return
    for number, item in enumerate(value):
        yield from _one_of(f"{path}[{number}]", item, allowed)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _is_status(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in list(Status)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(text: str) -> bool:
    return len(text) <= _NAME_LIMIT and text.isprintable()
