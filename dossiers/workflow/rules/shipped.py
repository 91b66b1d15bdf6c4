"""The workflows that a province starts with, and the limits of complaints; it may change a copy of the former.

One workflow of complaints (khiếu nại) serves both rounds, because the national catalogue has no procedure of its own
for the second: the acceptance says which round it is. A workflow written by a province keeps the codes `accept_second`
and `decide`, by which decisions that must be made public are known. Complaints about legal aid (2.000592) have limits
of their own, of 3 working days and 15 days, and need a workflow of their own.
"""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field

from dossiers.deadlines.rules.deadlines import LONGEST_TERM, Term, TermUnit
from dossiers.workflow.rules.workflow import Workflow
from tenants.validation import PlainText, Schema, read

FOLDER = Path(__file__).parents[1] / "data" / "workflows"
LIMITS = FOLDER.with_name("complaint_limits.yaml")
"""The time limits of complaints: rows with the day since which they hold."""
FIRST_ROUND, SECOND_ROUND = 1, 2

Round = Literal[1, 2]
Days = Annotated[int, Field(ge=1, le=LONGEST_TERM)]


class Limit(Schema):
    """A limit that holds from the day `since`. `source`: the article of the law."""

    model_config = ConfigDict(frozen=True)

    since: date
    source: PlainText


class AcceptanceLimit(Limit):
    """Within which a complaint is accepted or refused, from its receipt."""

    value: Days
    unit: TermUnit

    @property
    def term(self) -> Term:
        return Term(self.value, self.unit)


class SettlingLimit(Limit):
    """Within which a round of complaint is settled, from its acceptance, in calendar days."""

    round: Round
    code: str
    name: PlainText
    days: Days


class PublicationRule(Limit):
    """Decisions of these rounds are made public within so many calendar days of the day of the decision."""

    rounds: frozenset[Round]
    days: Days


class ComplaintLimits(Schema):
    acceptance: tuple[AcceptanceLimit, ...]
    settling: tuple[SettlingLimit, ...]
    publication: tuple[PublicationRule, ...]


@cache
def limits() -> ComplaintLimits:
    """All limits that the portal knows. Raises ValueError for a faulty file."""
    found, faults = read(ComplaintLimits, yaml.safe_load(LIMITS.read_text(encoding="utf-8")))
    if found is None:
        raise ValueError("; ".join(map(str, faults)))
    return found


def acceptance_on(day: date) -> AcceptanceLimit:
    """The limit for accepting a complaint received on this day; raises LookupError before the law."""
    return _newest(limits().acceptance, day)


def settling_on(day: date, round_: int) -> tuple[SettlingLimit, ...]:
    """The limits to choose from for this round of a complaint accepted on this day, in the file's order."""
    rows = [limit for limit in limits().settling if limit.round == round_]
    codes = dict.fromkeys(limit.code for limit in rows)
    return tuple(_newest((limit for limit in rows if limit.code == code), day) for code in codes)


def publication_on(day: date) -> PublicationRule:
    """The rule on publishing a decision of this day; raises LookupError before there was one."""
    return _newest(limits().publication, day)


def _newest[Row: Limit](rows: Iterable[Row], day: date) -> Row:
    known = [row for row in rows if row.since <= day]
    if not known:
        raise LookupError(day)
    return max(known, key=lambda row: row.since)


ACCEPT = {FIRST_ROUND: "accept_first", SECOND_ROUND: "accept_second"}
DECIDE = "decide"


def default_workflow_data() -> dict[str, Any]:
    """The default workflow over all ten national statuses, as `Workflow.from_data` reads it.

    The term is counted anew when the missing papers have come (NĐ 61/2018/NĐ-CP Điều 19.4).
    """
    return deepcopy(_read("default"))


def complaint_workflow_data(on: date | None = None) -> dict[str, Any]:
    """The complaint workflow under the limits of the day `on`; None takes the newest that are known.

    From receipt 7 working days run to accept or refuse; acceptance begins the chosen term for settling. A
    suspended complaint stays in status 4 with its clock stopped, and goes on counting when it is resumed
    (NĐ 155/2026/NĐ-CP, Điều 12: the term continues). A dialogue is its own step, which the law demands in
    the second round (Điều 11) and leaves open in the first.
    """
    day = on or date.max
    within = acceptance_on(day).term
    data = deepcopy(_read("complaint"))
    data["term"] = {"value": within.value, "unit": str(within.unit)}
    rounds = {code: round_ for round_, code in ACCEPT.items()}
    for transition in data["transitions"]:
        if transition["code"] in rounds:
            transition["terms"] = [
                {"code": limit.code, "name": limit.name, "value": limit.days, "unit": "calendar_day"}
                for limit in settling_on(day, rounds[transition["code"]])
            ]
    return data


def conciliation_workflow_data() -> dict[str, Any]:
    """Acceptance or refusal, verification, the meeting, the minutes with or without agreement.

    It has no term of its own: the term of the procedure (1.012812: 30 days) runs from receipt. That the
    commune has 3 working days to accept or refuse is known from the procedure's text and watched by people;
    the meeting that new opinions within 10 days of the minutes call for has no term in any text that could be read.
    """
    return deepcopy(_read("conciliation"))


@cache
def _read(name: str) -> dict[str, Any]:
    return Workflow.from_data(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))).to_data()
