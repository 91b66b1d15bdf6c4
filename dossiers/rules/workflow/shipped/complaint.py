"""The workflow that a province starts with for complaints (khiếu nại); it may change a copy in its folder.

One workflow serves both rounds, because the national catalogue has no procedure of its own for the second:
whoever accepts a complaint says which round it is. A workflow written by a province keeps the codes
`accept_second` and `decide`, by which decisions that must be made public are known. Complaints about legal
aid (2.000592) have limits of their own, of 3 working days and 15 days, and need a workflow of their own.
"""

from datetime import date
from typing import Any

from dossiers.rules import gettext_noop
from dossiers.rules.complaint_limits import (
    FIRST_ROUND,
    SECOND_ROUND,
    acceptance_on,
    settling_on,
)
from dossiers.rules.workflow.shipped.default import HOLD_SECONDS
from dossiers.rules.workflow.shipped.rows import step, transition

ACCEPT = {FIRST_ROUND: "accept_first", SECOND_ROUND: "accept_second"}
DECIDE = "decide"
SUSPENDED = "suspended"


def complaint_workflow_data(on: date | None = None) -> dict[str, Any]:
    """The complaint workflow under the limits of the day `on`; None takes the newest that are known.

    From receipt 7 working days run to accept or refuse; acceptance begins the chosen term for settling. A
    suspended complaint stays in status 4 with its clock stopped, and goes on counting when it is resumed
    (NĐ 155/2026/NĐ-CP, Điều 12: the term continues). A dialogue is its own step, which the law demands in
    the second round (Điều 11) and leaves open in the first.
    """
    day = on or date.max
    within = acceptance_on(day).term
    acting = ["specialist", "leader"]
    open_steps = ["accepted", "verifying", "dialogue"]
    return {
        "code": "complaint",
        "name": gettext_noop("Giải quyết khiếu nại"),
        "starts": ["received"],
        "term": {"value": within.value, "unit": str(within.unit)},
        "steps": [
            step("received", gettext_noop("Đã nhận đơn"), 2, "leader"),
            step("refused", gettext_noop("Không thụ lý"), 3, "leader"),
            step("accepted", gettext_noop("Đã thụ lý"), 4, "specialist"),
            step("verifying", gettext_noop("Đang xác minh"), 4, "specialist"),
            step("dialogue", gettext_noop("Đang tổ chức đối thoại"), 4, "specialist"),
            step(SUSPENDED, gettext_noop("Tạm đình chỉ"), 4, "leader"),
            step("withdrawn", gettext_noop("Đã rút đơn"), 7, "leader"),
            step("stopped", gettext_noop("Đình chỉ giải quyết"), 8, "leader"),
            step("decided", gettext_noop("Đã có quyết định"), 9, "clerk"),
            step("delivered", gettext_noop("Đã giao quyết định"), 10, "clerk"),
        ],
        "transitions": [
            transition(
                ACCEPT[FIRST_ROUND],
                gettext_noop("Thụ lý, khiếu nại lần đầu"),
                ["received"],
                "accepted",
                acting,
                requires=["approval"],
                clock="restart",
                terms=_choices(day, FIRST_ROUND),
                notice="complaint_accepted",
                primary=True,
            ),
            transition(
                ACCEPT[SECOND_ROUND],
                gettext_noop("Thụ lý, khiếu nại lần hai"),
                ["received"],
                "accepted",
                acting,
                requires=["approval"],
                clock="restart",
                terms=_choices(day, SECOND_ROUND),
                notice="complaint_accepted",
            ),
            transition(
                "verify",
                gettext_noop("Bắt đầu xác minh"),
                ["accepted"],
                "verifying",
                acting,
                primary=True,
            ),
            transition(
                DECIDE,
                gettext_noop("Ra quyết định giải quyết"),
                open_steps,
                "decided",
                acting,
                requires=["decision", "approval"],
                clock="close",
                notice="complaint_decided",
                hold_seconds=HOLD_SECONDS,
            ),
            transition(
                "deliver",
                gettext_noop("Giao quyết định"),
                ["decided"],
                "delivered",
                ["clerk"],
                requires=["handover"],
                clock="close",
                notice="complaint_delivered",
                hold_seconds=HOLD_SECONDS,
                primary=True,
            ),
            transition(
                "meet",
                gettext_noop("Tổ chức đối thoại"),
                ["verifying"],
                "dialogue",
                acting,
                primary=True,
            ),
            transition(
                "verify_again",
                gettext_noop("Xác minh tiếp"),
                ["dialogue"],
                "verifying",
                acting,
            ),
            transition(
                "suspend",
                gettext_noop("Tạm đình chỉ"),
                open_steps,
                SUSPENDED,
                acting,
                requires=["reason", "approval"],
                clock="pause",
                notice="complaint_suspended",
                hold_seconds=HOLD_SECONDS,
            ),
            transition(
                "resume",
                gettext_noop("Tiếp tục giải quyết"),
                [SUSPENDED],
                "verifying",
                acting,
                requires=["approval"],
                clock="resume",
                notice="complaint_resumed",
                primary=True,
            ),
            transition(
                "refuse",
                gettext_noop("Không thụ lý"),
                ["received"],
                "refused",
                acting,
                requires=["reason", "approval"],
                clock="close",
                notice="complaint_refused",
                hold_seconds=HOLD_SECONDS,
                danger=True,
            ),
            transition(
                "withdraw",
                gettext_noop("Người khiếu nại rút đơn"),
                ["received", *open_steps, SUSPENDED],
                "withdrawn",
                ["clerk", *acting],
                clock="close",
                notice="complaint_withdrawn",
                danger=True,
            ),
            transition(
                "stop",
                gettext_noop("Đình chỉ giải quyết"),
                [*open_steps, SUSPENDED],
                "stopped",
                acting,
                requires=["reason", "approval"],
                clock="close",
                notice="complaint_stopped",
                hold_seconds=HOLD_SECONDS,
                danger=True,
            ),
        ],
    }


def _choices(day: date, round_: int) -> list[dict[str, Any]]:
    return [
        {"code": limit.code, "name": limit.name, "value": limit.days, "unit": "calendar_day"}
        for limit in settling_on(day, round_)
    ]
