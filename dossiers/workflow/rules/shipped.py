"""The workflows that a province starts with, from `dossiers/data/workflows`; it may change a copy in its folder.

One workflow of complaints (khiếu nại) serves both rounds, because the national catalogue has no procedure of its own
for the second: the acceptance says which round it is. A workflow written by a province keeps the codes `accept_second`
and `decide`, by which decisions that must be made public are known. Complaints about legal aid (2.000592) have limits
of their own, of 3 working days and 15 days, and need a workflow of their own.
"""

from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dossiers.workflow.rules.complaint_limits import FIRST_ROUND, SECOND_ROUND, acceptance_on, settling_on

FOLDER = Path(__file__).parents[1] / "data" / "workflows"
ACCEPT = {FIRST_ROUND: "accept_first", SECOND_ROUND: "accept_second"}
DECIDE = "decide"

_USUAL_STEP: dict[str, Any] = {"agency": None, "share": None}
_USUAL_TRANSITION: dict[str, Any] = {
    "requires": [],
    "clock": "none",
    "hold_seconds": 0,
    "notice": None,
    "danger": False,
    "primary": False,
    "terms": [],
}


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
    """A workflow's file with everything that is usual filled in."""
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return {
        "code": data["code"],
        "name": data["name"],
        "starts": data["starts"],
        "term": None,
        "steps": [{**step, **_USUAL_STEP, **step} for step in data["steps"]],
        "transitions": [{**_first(row), **_USUAL_TRANSITION, **row} for row in data["transitions"]],
    }


def _first(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("code", "name", "source", "target", "roles")}
