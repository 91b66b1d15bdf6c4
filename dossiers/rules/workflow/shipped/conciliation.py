"""The workflow that a province starts with for conciling land disputes at the commune (hòa giải)."""

from typing import Any

from dossiers.rules import gettext_noop
from dossiers.rules.workflow.shipped.default import HOLD_SECONDS
from dossiers.rules.workflow.shipped.rows import step, transition


def conciliation_workflow_data() -> dict[str, Any]:
    """Acceptance or refusal, verification, the meeting, the minutes with or without agreement.

    It has no term of its own: the term of the procedure (1.012812: 30 days) runs from receipt. That the
    commune has 3 working days to accept or refuse is known from the procedure's text and watched by people;
    the meeting that new opinions within 10 days of the minutes call for has no term in any text that could be read.
    """
    acting = ["specialist", "leader"]
    open_steps = ["accepted", "verifying", "meeting"]
    return {
        "code": "conciliation",
        "name": gettext_noop("Hòa giải tranh chấp đất đai"),
        "starts": ["received"],
        "term": None,
        "steps": [
            step("received", gettext_noop("Đã nhận đơn"), 2, "leader"),
            step("refused", gettext_noop("Không thụ lý"), 3, "leader"),
            step("accepted", gettext_noop("Đã thụ lý"), 4, "specialist"),
            step("verifying", gettext_noop("Đang thẩm tra, xác minh"), 4, "specialist"),
            step("meeting", gettext_noop("Đang họp hòa giải"), 4, "specialist"),
            step("withdrawn", gettext_noop("Đã rút đơn"), 7, "leader"),
            step("agreed", gettext_noop("Hòa giải thành"), 9, "clerk"),
            step("not_agreed", gettext_noop("Hòa giải không thành"), 9, "clerk"),
            step("delivered", gettext_noop("Đã giao biên bản"), 10, "clerk"),
        ],
        "transitions": [
            transition(
                "accept",
                gettext_noop("Thụ lý"),
                ["received"],
                "accepted",
                acting,
                requires=["approval"],
                notice="complaint_accepted",
                primary=True,
            ),
            transition(
                "verify",
                gettext_noop("Bắt đầu thẩm tra, xác minh"),
                ["accepted"],
                "verifying",
                acting,
                primary=True,
            ),
            transition(
                "meet",
                gettext_noop("Họp hội đồng hòa giải"),
                ["verifying"],
                "meeting",
                acting,
                primary=True,
            ),
            transition(
                "agree",
                gettext_noop("Lập biên bản hòa giải thành"),
                ["meeting"],
                "agreed",
                acting,
                clock="close",
                notice="conciliation_done",
                hold_seconds=HOLD_SECONDS,
                primary=True,
            ),
            # A party that stays away for the second time ends it too, before any meeting (the procedure's text).
            transition(
                "not_agree",
                gettext_noop("Lập biên bản hòa giải không thành"),
                ["verifying", "meeting"],
                "not_agreed",
                acting,
                requires=["reason"],
                clock="close",
                notice="conciliation_done",
                hold_seconds=HOLD_SECONDS,
            ),
            transition(
                "deliver",
                gettext_noop("Giao biên bản"),
                ["agreed", "not_agreed"],
                "delivered",
                ["clerk"],
                requires=["handover"],
                clock="close",
                notice="conciliation_delivered",
                hold_seconds=HOLD_SECONDS,
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
                gettext_noop("Người nộp rút đơn"),
                ["received", *open_steps],
                "withdrawn",
                ["clerk", *acting],
                clock="close",
                notice="complaint_withdrawn",
                danger=True,
            ),
        ],
    }
