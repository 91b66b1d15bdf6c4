"""Validation of a workflow's data: every fault at once, each with its place.

A province writes its workflow in a file; faults reported one by one would cost one round of repair each.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeGuard

from dossiers.rules.codes import is_agency_code
from dossiers.rules.deadlines.deadlines import LONGEST_TERM, TermUnit
from dossiers.rules.statuses import Status
from dossiers.rules.workflow import clock, cross_checks
from dossiers.rules.workflow.vocabulary import (
    CLOCKS,
    LONGEST_HOLD,
    NOTICES,
    PLACES,
    REQUIREMENTS,
    ROLES,
    Fault,
    Row,
    read_starts,
)
from tenants.validation import gettext_noop, shown

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME_LIMIT = 100
_MOST_ROWS = 500
_WORKFLOW_KEYS = ("code", "name", "start", "starts", "term", "steps", "transitions")
_STEP_KEYS = ("code", "name", "status", "role", "agency", "share")
_TRANSITION_KEYS = (
    *("code", "name", "source", "target", "roles", "requires"),
    *("clock", "hold_seconds", "notice", "danger", "primary", "terms"),
)
_TERM_KEYS = ("value", "unit")
_CHOICE_KEYS = ("code", "name", *_TERM_KEYS)

_NOT_A_TABLE = gettext_noop("phải là một bảng các mục.")
_NOT_ONE_OF = gettext_noop("“%(value)s” không hợp lệ; được dùng: %(allowed)s.")


def find_faults(data: object) -> list[Fault]:
    """Every fault in the data of a workflow; empty when it is sound.

    Takes anything that JSON or YAML can hold and raises nothing.
    """
    if not isinstance(data, Mapping):
        return [Fault("workflow", _NOT_A_TABLE)]
    faults: list[Fault] = []
    steps, transitions = _rows(data, "steps", faults), _rows(data, "transitions", faults)
    whole = not faults
    statuses = {
        code: Status(status)
        for _, step in steps
        if isinstance(code := step.get("code"), str) and _is_status(status := step.get("status"))
    }
    faults += [*_unknown_keys("", data, _WORKFLOW_KEYS), *_code("code", data), *_name("name", data)]
    if data.get("term") is not None:
        faults += _term("term", data["term"], _TERM_KEYS)
    for path, step in steps:
        faults += _step(path, step)
    for path, transition in transitions:
        faults += _transition(path, transition)
    faults += cross_checks.find_faults(data, steps, transitions, statuses)
    starts = read_starts(data)
    if whole and cross_checks.is_readable(starts, steps, transitions, statuses):
        faults += cross_checks.find_unreachable(starts, steps, transitions, statuses)
        faults += clock.find_faults(starts, steps, transitions, statuses)
    return faults


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
    if agency is not None and not (isinstance(agency, str) and (agency in PLACES or is_agency_code(agency))):
        yield Fault(
            f"{path}.agency",
            gettext_noop("phải là mã cơ quan, hoặc một trong: %(allowed)s, hoặc để trống."),
            {"allowed": ", ".join(PLACES)},
        )
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
    yield from _terms(f"{path}.terms", transition)
    for key in ("danger", "primary"):
        if not isinstance(transition.get(key, False), bool):
            yield Fault(f"{path}.{key}", gettext_noop("phải là true hoặc false."))


def _term(path: str, value: object, keys: Collection[str]) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, _NOT_A_TABLE)
        return
    yield from _unknown_keys(path, value, keys)
    yield from _one_of(f"{path}.unit", value.get("unit"), tuple(TermUnit))
    number = value.get("value", 0)
    same_day = value.get("unit") == TermUnit.SAME_DAY
    if (
        not isinstance(number, int)
        or isinstance(number, bool)
        or not (same_day or 1 <= number <= LONGEST_TERM)
    ):
        yield Fault(
            f"{path}.value",
            gettext_noop("phải là số nguyên từ 1 đến %(longest)s."),
            {"longest": LONGEST_TERM},
        )


def _terms(path: str, transition: Mapping[object, object]) -> Iterator[Fault]:
    """The terms that may begin with an act: only where the count begins anew."""
    terms = transition.get("terms", [])
    if not isinstance(terms, list | tuple):
        yield Fault(path, gettext_noop("phải là danh sách."))
        return
    if terms and transition.get("clock") != "restart":
        yield Fault(path, gettext_noop("chỉ có thời hạn mới khi clock là restart."))
    rows = [(f"{path}[{number}]", row) for number, row in enumerate(terms[:_MOST_ROWS])]
    for place, row in rows:
        yield from _term(place, row, _CHOICE_KEYS)
        if isinstance(row, Mapping):
            yield from _code(f"{place}.code", row)
            yield from _name(f"{place}.name", row)
    yield from cross_checks.duplicates([(place, row) for place, row in rows if isinstance(row, Mapping)])


def _unknown_keys(path: str, row: Mapping[object, object], keys: Collection[str]) -> Iterator[Fault]:
    """At the key itself, where it can stand in a path."""
    for key in row:
        if key in keys:
            continue
        place = key if isinstance(key, str) and _CODE.fullmatch(key) else ""
        yield Fault(
            ".".join(part for part in (path, place) if part) or "workflow",
            gettext_noop("có mục lạ “%(key)s”."),
            {"key": shown(key)},
        )


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


def _is_status(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in list(Status)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(text: str) -> bool:
    return len(text) <= _NAME_LIMIT and text.isprintable()
