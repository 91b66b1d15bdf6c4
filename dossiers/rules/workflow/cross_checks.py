"""Checks across the rows of a workflow: starts, ends of transitions, notices, roles, and steps out of reach."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dossiers.rules.statuses import Status
from dossiers.rules.workflow.vocabulary import (
    BESIDE,
    CLOCKS,
    LEADS_TO,
    REQUIRED_BY_NOTICE,
    ROLES,
    Fault,
    Row,
    Statuses,
    read_starts,
    texts_in,
)
from tenants.validation import gettext_noop, shown

_NO_SUCH_STEP = gettext_noop("không có bước “%(code)s” trong quy trình.")
_STARTING = (Status.NEW, Status.RECEIVED)


def find_faults(
    data: Mapping[str, object], steps: Sequence[Row], transitions: Sequence[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Faults between rows that may each be faulty by themselves: what is unreadable is passed over."""
    known = {code for _, step in steps if isinstance(code := step.get("code"), str)}
    yield from duplicates(steps)
    yield from duplicates(transitions)
    yield from _starts(data, known, statuses)
    for path, transition in transitions:
        yield from _reserved(path, transition)
        yield from _ends(path, transition, known)
        yield from _notice(path, transition, statuses)
        yield from _check_notice_content(path, transition, statuses)
        yield from _asked(path, transition, steps)
        yield from _pointless(path, transition, steps, statuses)
    yield from _two_primaries(transitions)
    yield from _idle(steps, transitions, statuses)


def duplicates(rows: Iterable[Row]) -> Iterator[Fault]:
    """Rows whose code an earlier row has."""
    seen: set[str] = set()
    for path, row in rows:
        code = row.get("code")
        if not isinstance(code, str):
            continue
        if code in seen:
            yield Fault(f"{path}.code", gettext_noop("mã “%(code)s” bị trùng."), {"code": shown(code)})
        seen.add(code)


def _starts(data: Mapping[str, object], known: Collection[str], statuses: Statuses) -> Iterator[Fault]:
    key = "starts" if "starts" in data else "start"
    starts = read_starts(data)
    if "starts" in data and "start" in data:
        yield Fault("start", gettext_noop("chỉ dùng một trong hai mục start và starts."))
    elif not starts:
        yield Fault(key, gettext_noop("quy trình phải có bước bắt đầu."))
    for code in starts:
        if code not in known:
            yield Fault(key, _NO_SUCH_STEP, {"code": shown(code)})
        elif code in statuses and statuses[code] not in _STARTING:
            yield Fault(
                key,
                gettext_noop("bước bắt đầu “%(code)s” phải ở trạng thái 1 hoặc 2, không phải %(status)s."),
                {"code": code, "status": int(statuses[code])},
            )


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


def _reserved(path: str, transition: Mapping[object, object]) -> Iterator[Fault]:
    code = transition.get("code")
    if isinstance(code, str) and code in BESIDE:
        yield Fault(
            f"{path}.code",
            gettext_noop("mã “%(code)s” dành cho việc ngoài quy trình; hãy đặt mã khác."),
            {"code": code},
        )


def _notice(path: str, transition: Mapping[object, object], statuses: Statuses) -> Iterator[Fault]:
    """A change of status has a notice to the citizen (NĐ 224/2026/NĐ-CP, Điều 15.1.g)."""
    sources = {statuses[code] for code in texts_in(transition.get("source")) if code in statuses}
    target = statuses.get(str(transition.get("target")))
    if target is not None and sources and sources != {target} and transition.get("notice") is None:
        yield Fault(
            f"{path}.notice",
            gettext_noop("đổi trạng thái sang “%(status)s” mà không báo cho người dân."),
            {"status": target.official},
        )


def _check_notice_content(
    path: str, transition: Mapping[object, object], statuses: Statuses
) -> Iterator[Fault]:
    """A notice tells what is so, and does not leave blank what it is there to tell."""
    requires, notice = transition.get("requires", []), transition.get("notice")
    if not isinstance(requires, list | tuple) or not isinstance(notice, str) or notice not in LEADS_TO:
        return
    target = statuses.get(str(transition.get("target")))
    if target is not None and target not in LEADS_TO[notice]:
        yield Fault(
            f"{path}.notice",
            gettext_noop("tin “%(notice)s” không nói về trạng thái “%(status)s” của bước đến."),
            {"notice": notice, "status": target.official},
        )
    missing = [name for name in REQUIRED_BY_NOTICE.get(notice, ()) if name not in requires]
    if missing:
        yield Fault(
            f"{path}.requires",
            gettext_noop("tin “%(notice)s” nói với người dân điều này nên phải đòi hỏi: %(missing)s."),
            {"notice": notice, "missing": ", ".join(missing)},
        )


def _pointless(
    path: str, transition: Mapping[object, object], steps: Iterable[Row], statuses: Statuses
) -> Iterator[Fault]:
    """Required input serves the target step, and a role at the source step can give it."""
    requires = texts_in(transition.get("requires"))
    target = next((step for _, step in steps if step.get("code") == transition.get("target")), None)
    if target is None or (status := statuses.get(str(target.get("code")))) is None:
        return
    waits = status.waits_for_citizen or target.get("agency") == "consulted"
    sentences = {
        "assignee": (
            target.get("role") in ("specialist", "leader") and not status.is_closed,
            gettext_noop("chỉ chọn người xử lý khi bước đến do chuyên viên hoặc lãnh đạo giữ."),
        ),
        "approval": (
            "leader" in texts_in(transition.get("roles")),
            gettext_noop("đòi lãnh đạo duyệt thì roles phải có leader."),
        ),
        "deadline": (
            waits,
            gettext_noop("chỉ đặt hạn chót khi bước đến là chờ người dân hoặc chờ cơ quan được hỏi."),
        ),
        "handover": (
            status is Status.RETURNED,
            gettext_noop("chỉ ghi việc giao kết quả khi bước đến là đã trả kết quả (trạng thái 10)."),
        ),
    }
    for name, (fits, sentence) in sentences.items():
        if name in requires and not fits:
            yield Fault(f"{path}.requires", sentence)


def _asked(path: str, transition: Mapping[object, object], steps: Iterable[Row]) -> Iterator[Fault]:
    """Asking an agency and the step in which it holds the dossier belong together."""
    places = {step.get("code"): step.get("agency") for _, step in steps if isinstance(step.get("code"), str)}
    asks = "agency" in texts_in(transition.get("requires"))
    target, sources = transition.get("target"), texts_in(transition.get("source"))
    if not isinstance(target, str) or target not in places:
        return
    waits = places[target] == "consulted"
    if asks and not waits:
        yield Fault(
            f"{path}.requires",
            gettext_noop("hỏi ý kiến cơ quan khác thì bước đến phải có agency là consulted."),
        )
    if waits and not asks and any(places.get(source) != "consulted" for source in sources):
        yield Fault(
            f"{path}.requires",
            gettext_noop("bước đến là của cơ quan được hỏi ý kiến nên phải đòi hỏi agency."),
        )


def _two_primaries(transitions: Iterable[Row]) -> Iterator[Fault]:
    """A step has one usual way on; two would leave the clerk without one."""
    first: dict[str, object] = {}
    for path, transition in transitions:
        if transition.get("primary") is not True:
            continue
        for code in dict.fromkeys(texts_in(transition.get("source"))):
            if code in first:
                yield Fault(
                    f"{path}.primary",
                    gettext_noop("bước “%(step)s” đã có thao tác chính “%(first)s”."),
                    {"step": shown(code), "first": shown(first[code])},
                )
            first.setdefault(code, transition.get("code"))


def _idle(steps: Iterable[Row], transitions: Sequence[Row], statuses: Statuses) -> Iterator[Fault]:
    """The role of every step has a transition there."""
    for path, step in steps:
        code, role = step.get("code"), step.get("role")
        if not isinstance(code, str) or code not in statuses or role not in ROLES:
            continue
        onward = [way for _, way in transitions if code in texts_in(way.get("source"))]
        if onward and not any(role in texts_in(way.get("roles")) for way in onward):
            yield Fault(
                f"{path}.role",
                gettext_noop("ở bước “%(code)s”, người giữ việc (%(role)s) không làm được thao tác nào."),
                {"code": code, "role": shown(role)},
            )


def is_readable(
    starts: Sequence[str], steps: Sequence[Row], transitions: Iterable[Row], statuses: Statuses
) -> bool:
    """Whether every step and transition is readable, so that the paths can be followed. On other data, faults of
    the paths would only repeat in other words what is wrong already."""
    return (
        bool(starts)
        and all(start in statuses for start in starts)
        and len(statuses) == len(steps)
        and all(_is_complete(way, statuses) and way.get("clock", "none") in CLOCKS for _, way in transitions)
    )


def _is_complete(way: Mapping[object, object], statuses: Statuses) -> bool:
    source = way.get("source")
    if not isinstance(source, list | tuple) or not source:
        return False
    return all(isinstance(code, str) and code in statuses for code in (*source, way.get("target")))


def find_unreachable(
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
    """An invalid share is a fault of its own and counts as 0 here."""
    if isinstance(share, bool) or not isinstance(share, int | float):
        return 0.0
    return share if 0 < share <= 1 else 0.0
