"""Checks across the rows of a workflow: starts, ends of transitions, notices, roles, and steps out of reach."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dossiers.workflow.rules import clock
from dossiers.workflow.rules.schema import Parts, Step, Transition, duplicates
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import NOTICES, REQUIRED_BY_NOTICE
from tenants.validation import Fault, gettext_noop, shown

_NO_SUCH_STEP = gettext_noop("không có bước “%(code)s” trong quy trình.")
_STARTING = (Status.NEW, Status.RECEIVED)
Steps = Mapping[str, Step]


def find_faults(parts: Parts) -> Iterator[Fault]:
    """Faults between the readable rows; what depends on all rows is checked where all are readable."""
    if not parts.codes:  # Nothing can be said of the names of steps.
        return
    steps = {step.code: step for step in parts.steps.values()}
    for key, rows in (("steps", parts.steps), ("transitions", parts.transitions)):
        yield from _below((key,), duplicates(rows))
    if parts.starts is not None:
        yield from _starts(parts.starts, parts.codes, steps)
    for number, way in parts.transitions.items():
        yield from _below(("transitions", number), _of_way(way, steps, parts.codes))
    yield from _two_primaries(parts.transitions)
    if not parts.complete or parts.starts is None:
        return
    yield from _idle(parts)
    named = {code for way in parts.transitions.values() for code in (*way.source, way.target)}
    if parts.starts and len(steps) == len(parts.steps) and {*parts.starts, *named} <= steps.keys():
        yield from _stranded(parts.starts, parts)
        yield from _shares(parts.starts, parts)
        yield from clock.find_faults(parts.starts, parts.steps, parts.transitions)


def _below(path: tuple[str | int, ...], faults: Iterable[Fault]) -> Iterator[Fault]:
    for one in faults:
        yield one.below(path)


def _starts(starts: Sequence[str], codes: Collection[str], steps: Steps) -> Iterator[Fault]:
    if not starts:
        yield Fault(("starts",), gettext_noop("quy trình phải có bước bắt đầu."))
    for code in starts:
        if code not in codes:
            yield Fault(("starts",), _NO_SUCH_STEP, {"code": shown(code)})
        elif code in steps and steps[code].status not in _STARTING:
            words = gettext_noop("bước bắt đầu “%(code)s” phải ở trạng thái 1 hoặc 2, không phải %(status)s.")
            yield Fault(("starts",), words, {"code": code, "status": int(steps[code].status)})


def _of_way(way: Transition, steps: Steps, codes: Collection[str]) -> Iterator[Fault]:
    """Its ends exist; its notice tells what is so; what it requires serves the target and can be given."""
    for number, code in enumerate(way.source):
        if code not in codes:
            yield Fault(("source", number), _NO_SUCH_STEP, {"code": shown(code)})
    if way.target not in codes:
        yield Fault(("target",), _NO_SUCH_STEP, {"code": shown(way.target)})
    # A notice does not leave blank what it is there to tell.
    missing = [name for name in REQUIRED_BY_NOTICE.get(way.notice or "", ()) if name not in way.requires]
    if missing:
        words = gettext_noop("tin “%(notice)s” nói với người dân điều này nên phải đòi hỏi: %(missing)s.")
        yield Fault(("requires",), words, {"notice": way.notice, "missing": ", ".join(missing)})
    target = steps.get(way.target)
    if target is None:
        return
    sources, status = [steps[code] for code in way.source if code in steps], target.status
    # A change of status has a notice to the citizen (NĐ 224/2026/NĐ-CP, Điều 15.1.g).
    if way.notice is None and {step.status for step in sources} - {status}:
        words = gettext_noop("đổi trạng thái sang “%(status)s” mà không báo cho người dân.")
        yield Fault(("notice",), words, {"status": status.official})
    if way.notice is not None and status not in NOTICES[way.notice]:
        words = gettext_noop("tin “%(notice)s” không nói về trạng thái “%(status)s” của bước đến.")
        yield Fault(("notice",), words, {"notice": way.notice, "status": status.official})
    consulted = target.agency == "consulted"
    if consulted and "agency" not in way.requires and any(step.agency != "consulted" for step in sources):
        words = gettext_noop("bước đến là của cơ quan được hỏi ý kiến nên phải đòi hỏi agency.")
        yield Fault(("requires",), words)
    sentences = {
        "agency": (
            consulted,
            gettext_noop("hỏi ý kiến cơ quan khác thì bước đến phải có agency là consulted."),
        ),
        "assignee": (
            target.role in ("specialist", "leader") and not status.is_closed,
            gettext_noop("chỉ chọn người xử lý khi bước đến do chuyên viên hoặc lãnh đạo giữ."),
        ),
        "approval": (
            "leader" in way.roles,
            gettext_noop("đòi lãnh đạo duyệt thì roles phải có leader."),
        ),
        "deadline": (
            status.waits_for_citizen or consulted,
            gettext_noop("chỉ đặt hạn chót khi bước đến là chờ người dân hoặc chờ cơ quan được hỏi."),
        ),
        "handover": (
            status is Status.RETURNED,
            gettext_noop("chỉ ghi việc giao kết quả khi bước đến là đã trả kết quả (trạng thái 10)."),
        ),
    }
    for name, (fits, sentence) in sentences.items():
        if name in way.requires and not fits:
            yield Fault(("requires",), sentence)


def _two_primaries(transitions: Mapping[int, Transition]) -> Iterator[Fault]:
    """A step has one usual way on; two would leave the clerk without one."""
    first: dict[str, str] = {}
    for number, way in transitions.items():
        for code in dict.fromkeys(way.source) if way.primary else ():
            if code in first:
                words = gettext_noop("bước “%(step)s” đã có thao tác chính “%(first)s”.")
                yield Fault(
                    ("transitions", number, "primary"), words, {"step": shown(code), "first": first[code]}
                )
            first.setdefault(code, way.code)


def _idle(parts: Parts) -> Iterator[Fault]:
    """The role of every step has a transition there."""
    for number, step in parts.steps.items():
        onward = [way for way in parts.transitions.values() if step.code in way.source]
        if onward and not any(step.role in way.roles for way in onward):
            words = gettext_noop("ở bước “%(code)s”, người giữ việc (%(role)s) không làm được thao tác nào.")
            yield Fault(("steps", number, "role"), words, {"code": step.code, "role": step.role})


def _stranded(starts: Iterable[str], parts: Parts) -> Iterator[Fault]:
    """Steps that no dossier can reach, and steps that no dossier can leave towards an end."""
    onward: dict[str, set[str]] = {code: set() for code in parts.codes}
    backward: dict[str, set[str]] = {code: set() for code in parts.codes}
    for way in parts.transitions.values():
        for source in way.source:
            onward[source].add(way.target)
            backward[way.target].add(source)
    reached = _closure(starts, onward)
    ending = _closure((step.code for step in parts.steps.values() if step.status.is_closed), backward)
    for number, step in parts.steps.items():
        if step.code not in reached:
            words = gettext_noop("không có đường nào từ bước bắt đầu đến bước “%(code)s”.")
            yield Fault(("steps", number), words, {"code": step.code})
        if step.code not in ending:
            words = gettext_noop("từ bước “%(code)s” không có đường nào đến lúc kết thúc.")
            yield Fault(("steps", number), words, {"code": step.code})


def _closure(start: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(edges[code])
    return found


def _shares(starts: Iterable[str], parts: Parts) -> Iterator[Fault]:
    """The shares of the term along the usual road are parts of one whole."""
    onward = {
        source: way.target for way in parts.transitions.values() if way.primary for source in way.source
    }
    shares = {step.code: step.share or 0 for step in parts.steps.values()}
    total = max(sum(shares[code] for code in _along(start, onward)) for start in starts)
    if total > 1.0001:
        words = gettext_noop(
            "các phần thời hạn (share) trên đường chính cộng lại là %(total)s, không được quá 1."
        )
        yield Fault(("steps",), words, {"total": f"{total:g}"})


def _along(start: str, onward: Mapping[str, str]) -> list[str]:
    road: list[str] = []
    code: str | None = start
    while code is not None and code not in road:
        road.append(code)
        code = onward.get(code)
    return road
