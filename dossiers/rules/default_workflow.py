"""The workflow that a province starts with; it may change a copy of it in its folder."""

from typing import Any, Literal

from dossiers.rules import gettext_noop

HOLD_SECONDS = 120
"""How long a notice waits where a wrong click hurts; a province may set 0."""


def default_workflow_data(after_supplement: Literal["restart", "resume"] = "restart") -> dict[str, Any]:
    """The default workflow over all ten national statuses, as `Workflow.from_data` reads it.

    `after_supplement` says how the term goes on when the missing papers have come: counted anew (NĐ 61/2018/
    NĐ-CP Điều 19.4, the default) or from where it stopped.
    """
    return {
        "code": "default",
        "name": "Quy trình chung",
        "starts": ["received", "new"],
        "term": None,
        "steps": [
            _step("new", gettext_noop("Chờ kiểm tra hồ sơ nộp trực tuyến"), 1, "clerk"),
            _step("filing_supplement", gettext_noop("Chờ sửa hồ sơ nộp trực tuyến"), 5, "clerk"),
            _step("received", gettext_noop("Đã tiếp nhận"), 2, "clerk"),
            _step("not_accepted", gettext_noop("Không tiếp nhận"), 3, "clerk"),
            _step("in_progress", gettext_noop("Đang giải quyết"), 4, "specialist"),
            _step("consulting", gettext_noop("Đang lấy ý kiến"), 4, "specialist", agency="consulted"),
            _step("supplement", gettext_noop("Chờ bổ sung giấy tờ"), 5, "clerk"),
            _step("payment", gettext_noop("Chờ nộp thuế, phí, lệ phí"), 6, "clerk"),
            _step("withdrawn", gettext_noop("Đã rút hồ sơ"), 7, "clerk"),
            _step("stopped", gettext_noop("Đã dừng giải quyết"), 8, "leader"),
            _step("done", gettext_noop("Có kết quả, chờ trả"), 9, "clerk"),
            _step("returned", gettext_noop("Đã trả kết quả"), 10, "clerk"),
        ],
        "transitions": [
            # A filing counts from the moment it was filed, so accepting it leaves the clock alone.
            _transition(
                "accept",
                gettext_noop("Tiếp nhận"),
                ["new"],
                "received",
                ["clerk"],
                notice="received",
                primary=True,
            ),
            _transition(
                "return_filing",
                gettext_noop("Yêu cầu sửa hồ sơ"),
                ["new"],
                "filing_supplement",
                ["clerk"],
                requires=["reason", "papers", "deadline"],
                clock="pause",
                notice="supplement",
                hold_seconds=HOLD_SECONDS,
            ),
            _transition(
                "filing_completed",
                gettext_noop("Đã nhận hồ sơ sửa"),
                ["filing_supplement"],
                "new",
                ["clerk"],
                clock="restart",
                notice="supplement_received",
                primary=True,
            ),
            _transition(
                "forward",
                gettext_noop("Chuyển xử lý"),
                ["received"],
                "in_progress",
                ["clerk", "leader"],
                requires=["assignee"],
                notice="in_progress",
                primary=True,
            ),
            _transition(
                "finish",
                gettext_noop("Xử lý xong"),
                ["in_progress"],
                "done",
                ["specialist", "leader"],
                clock="close",
                notice="done",
                hold_seconds=HOLD_SECONDS,
                primary=True,
            ),
            _transition(
                "return",
                gettext_noop("Trả kết quả"),
                ["done"],
                "returned",
                ["clerk"],
                requires=["handover"],
                clock="close",
                notice="returned",
                hold_seconds=HOLD_SECONDS,
                primary=True,
            ),
            _transition(
                "supplement_received",
                gettext_noop("Đã nhận đủ giấy tờ bổ sung"),
                ["supplement"],
                "in_progress",
                ["clerk", "specialist"],
                clock=after_supplement,
                notice="supplement_received",
                primary=True,
            ),
            _transition(
                "payment_received",
                gettext_noop("Đã nhận tiền nộp"),
                ["payment"],
                "in_progress",
                ["clerk", "specialist"],
                clock="resume",
                notice="payment_received",
                primary=True,
            ),
            _transition(
                "require_supplement",
                gettext_noop("Yêu cầu bổ sung"),
                ["received", "in_progress"],
                "supplement",
                ["clerk", "specialist", "leader"],
                requires=["reason", "papers", "deadline"],
                clock="pause",
                notice="supplement",
                hold_seconds=HOLD_SECONDS,
            ),
            _transition(
                "require_payment",
                gettext_noop("Yêu cầu thực hiện nghĩa vụ tài chính"),
                ["in_progress"],
                "payment",
                ["specialist", "leader"],
                requires=["deadline", "amount"],
                clock="pause",
                notice="payment",
            ),
            # The term runs on: only sector law may stop it while another agency is asked.
            _transition(
                "consult",
                gettext_noop("Lấy ý kiến cơ quan khác"),
                ["in_progress"],
                "consulting",
                ["specialist", "leader"],
                requires=["reason", "deadline", "agency"],
            ),
            _transition(
                "consult_answered",
                gettext_noop("Đã có ý kiến trả lời"),
                ["consulting"],
                "in_progress",
                ["specialist", "leader"],
                requires=["reason"],
                primary=True,
            ),
            _transition(
                "refuse",
                gettext_noop("Từ chối tiếp nhận"),
                ["new", "filing_supplement", "received"],
                "not_accepted",
                ["clerk", "leader"],
                requires=["reason"],
                clock="close",
                notice="refused",
                hold_seconds=HOLD_SECONDS,
                danger=True,
            ),
            _transition(
                "withdraw",
                gettext_noop("Rút hồ sơ theo yêu cầu của công dân"),
                [
                    "new",
                    "filing_supplement",
                    "received",
                    "in_progress",
                    "consulting",
                    "supplement",
                    "payment",
                ],
                "withdrawn",
                ["clerk", "leader"],
                clock="close",
                notice="withdrawn",
                danger=True,
            ),
            _transition(
                "stop",
                gettext_noop("Dừng giải quyết"),
                ["received", "in_progress", "consulting", "supplement", "payment"],
                "stopped",
                ["leader"],
                requires=["reason"],
                clock="close",
                notice="stopped",
                hold_seconds=HOLD_SECONDS,
                danger=True,
            ),
        ],
    }


def _step(code: str, name: str, status: int, role: str, agency: str | None = None) -> dict[str, Any]:
    return {"code": code, "name": name, "status": status, "role": role, "agency": agency, "share": None}


def _transition(
    code: str, name: str, source: list[str], target: str, roles: list[str], **rest: Any
) -> dict[str, Any]:
    usual = {
        "requires": [],
        "clock": "none",
        "hold_seconds": 0,
        "notice": None,
        "danger": False,
        "primary": False,
        "terms": [],
    }
    return {"code": code, "name": name, "source": source, "target": target, "roles": roles, **usual, **rest}
