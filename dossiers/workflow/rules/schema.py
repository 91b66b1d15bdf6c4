"""The data of a workflow as pydantic models: steps, transitions, terms, and what can be read of faulty data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from dossiers.deadlines.rules.deadlines import LONGEST_TERM, Term, TermUnit
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import BESIDE, LONGEST_HOLD, PLACES, Clock, Notice, Requirement, Role
from tenants.agency_codes import is_agency_code
from tenants.validation import Fault, PlainText, Schema, fault, fault_at, gettext_noop, read, read_rows, shown

_CODE = r"[a-z][a-z0-9_]{0,39}"
_MOST_ROWS = 500
_ALONE = ("name", "share", "hold_seconds", "danger", "terms")
"""Keys of a row on which the soundness of no other row depends."""


def _code(text: str) -> str:
    if not re.fullmatch(_CODE, text):
        words = gettext_noop(
            "“%(code)s” không phải mã: chữ thường không dấu, chữ số và gạch dưới, bắt đầu bằng chữ."
        )
        raise fault(words, code=shown(text))
    return text


def _free(code: str) -> str:
    if code in BESIDE:
        words = gettext_noop("mã “%(code)s” dành cho việc ngoài quy trình; hãy đặt mã khác.")
        raise fault(words, code=code)
    return code


def _status(value: object) -> object:
    # For an enumeration true would be 1.
    if isinstance(value, int) and not isinstance(value, bool) and value in list(Status):
        return value
    words = gettext_noop("“%(value)s” không phải số trạng thái quốc gia, từ 1 đến 10.")
    raise fault(words, value=shown(value))


def _agency(text: str) -> str:
    if text not in PLACES and not is_agency_code(text):
        words = gettext_noop("phải là mã cơ quan, hoặc một trong: %(allowed)s, hoặc để trống.")
        raise fault(words, allowed=", ".join(PLACES))
    return text


Code = Annotated[str, AfterValidator(_code), Field(json_schema_extra={"pattern": f"^{_CODE}$"})]
Name = Annotated[PlainText, Field(max_length=100)]
AgencyOrPlace = Annotated[str, AfterValidator(_agency), Field(json_schema_extra={"examples": list(PLACES)})]


class Row(Schema):
    """A value of a workflow; it never changes."""

    model_config = ConfigDict(frozen=True)


class TermData(Row):
    """A term as the data write it. For `same_day` the value means nothing."""

    unit: TermUnit
    value: int = Field(0, validate_default=True)

    @field_validator("value")
    @classmethod
    def _check_value(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("unit") is not TermUnit.SAME_DAY and not 1 <= value <= LONGEST_TERM:
            raise fault(gettext_noop("phải là số nguyên từ 1 đến %(longest)s."), longest=LONGEST_TERM)
        return value

    @property
    def term(self) -> Term:
        return Term(self.value, self.unit)


class TermChoice(TermData):
    """A term that may begin with an act, under the name by which the person who acts chooses it."""

    code: Code
    name: Name


class Step(Row):
    """Where a dossier stands: its national status and whose turn it is.

    `agency` is whose step it is: `receiving`, `competent`, `support` or `consulted` (the one that was asked),
    or an agency's code; None means the desk for a clerk's step and the competent agency for all others. `share`
    is the part of the term meant for this step, above 0 and at most 1.
    """

    code: Code
    name: Name
    status: Annotated[Status, BeforeValidator(_status)]
    role: Role
    agency: AgencyOrPlace | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None


class Transition(Row):
    """A way from some steps to another, as a button shows it.

    `requires` says what must be given with it. `clock` is its effect on the term: `pause`, `resume` (go on
    counting), `restart` (count anew from this moment) or `close` (the count has ended, so that nothing
    later makes the dossier late). `terms` are the new terms that may begin with a restart; with more than
    one the actor chooses. `hold_seconds` keeps its `notice` back, for second thoughts.
    """

    code: Annotated[Code, AfterValidator(_free)]
    name: Name
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    target: str
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    requires: frozenset[Requirement] = frozenset()
    clock: Clock = "none"
    hold_seconds: Annotated[int, Field(ge=0, le=LONGEST_HOLD)] = 0
    notice: Notice | None = None
    danger: bool = False
    primary: bool = False
    terms: Annotated[tuple[TermChoice, ...], Field(max_length=_MOST_ROWS)] = ()

    @field_validator("terms")
    @classmethod
    def _check_terms(cls, terms: tuple[TermChoice, ...], info: ValidationInfo) -> tuple[TermChoice, ...]:
        if terms and info.data.get("clock", "restart") != "restart":
            raise fault(gettext_noop("chỉ có thời hạn mới khi clock là restart."))
        for one in duplicates(dict(enumerate(terms))):
            raise fault_at(one.path, one.message, **one.params)
        return terms


class WorkflowData(Schema):
    """A workflow as a file or a stored version holds it; the usual one of its first steps stands first."""

    code: Code
    name: Name
    starts: tuple[str, ...] = ()
    term: TermData | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=_MOST_ROWS)]
    transitions: Annotated[tuple[Transition, ...], Field(min_length=1, max_length=_MOST_ROWS)]


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be read of a workflow's data, for checks across its rows.

    `steps` and `transitions` are by position. A row stands there unless a fault of it matters to other rows;
    `complete` says that all do. `codes` are those of all steps, readable or not. `starts` is None for faulty ones.
    """

    whole: WorkflowData | None
    starts: tuple[str, ...] | None
    steps: Mapping[int, Step]
    transitions: Mapping[int, Transition]
    codes: frozenset[str]
    complete: bool


def read_parts(data: object, model: type[WorkflowData] = WorkflowData) -> tuple[Parts, list[Fault]]:
    """What can be read of a workflow's data, and every fault within its rows and values.

    Takes anything that JSON or YAML can hold and raises nothing.
    """
    whole, faults = read(model, data)
    if whole is not None:
        steps, transitions = dict(enumerate(whole.steps)), dict(enumerate(whole.transitions))
        codes = frozenset(step.code for step in whole.steps)
        return Parts(whole, whole.starts, steps, transitions, codes, complete=True), []
    if not isinstance(data, Mapping):
        return Parts(None, None, {}, {}, frozenset(), complete=False), faults
    first = [] if data.get("starts") is None else data["starts"]
    sound = isinstance(first, list | tuple) and all(isinstance(code, str) for code in first)
    starts = tuple(first) if sound else None
    given = [_rows(data.get(key)) for key in ("steps", "transitions")]
    steps = _usable(Step, "steps", given[0], faults)
    transitions = _usable(Transition, "transitions", given[1], faults)
    named = (row.get("code") for row in given[0] if isinstance(row, Mapping))
    codes = frozenset(code for code in named if isinstance(code, str))
    complete = [len(steps), len(transitions)] == [len(rows) for rows in given] and all(given)
    return Parts(None, starts, steps, transitions, codes, complete), faults


def _rows(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) and len(value) <= _MOST_ROWS else ()


def _usable[Model: BaseModel](
    model: type[Model], key: str, rows: Sequence[Any], faults: Iterable[Fault]
) -> dict[int, Model]:
    """The rows that checks across rows can use: without faults, but for values that concern no other row."""
    faulty = {one.path[1:3] for one in faults if one.path[:1] == (key,)}

    def without_faults(number: int, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        dropped = [name for name in _ALONE if (number, name) in faulty]
        return {"name": "–", **{name: value for name, value in row.items() if name not in dropped}}

    return read_rows(model, [without_faults(number, row) for number, row in enumerate(rows)])[0]


def duplicates(rows: Mapping[int, Step | Transition | TermChoice]) -> Iterable[Fault]:
    seen: set[str] = set()
    for number, row in rows.items():
        if row.code in seen:
            yield Fault((number, "code"), gettext_noop("mã “%(code)s” bị trùng."), {"code": row.code})
        seen.add(row.code)
