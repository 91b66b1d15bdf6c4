"""The line of four stages: how far a dossier is; and what each of the ten statuses means to the applicant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.deadlines import wording
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import STAGES, Status


def hidden_text(state: str) -> str:
    """The text that a screen reader adds to the mark."""
    return {
        "done": _("đã xong"),
        "now": _("bước hiện tại"),
        "waiting": _("đang chờ ông/bà"),
        "late": _("bước hiện tại, đã trễ hẹn"),
        "todo": _("chưa đến"),
        "stopped": _("đã dừng"),
    }[state]


def stage_of(dossier: Dossier, *, accepted: bool) -> int | None:
    """The stage, 1 to 4: the first for a filing that is not accepted. None when stopped, as of `Status.stage`."""
    stage = dossier.status_enum.stage
    return stage if accepted or stage is None else 1


def bare(dossier: Dossier, *, accepted: bool) -> list[dict[str, Any]]:
    """Four names and states: all that the code alone may show."""
    return _drawn(_states(dossier, late=False, accepted=accepted))


def _drawn(states: list[str]) -> list[dict[str, Any]]:
    return [
        {"name": _(name), "state": state, "hidden_text": hidden_text(state)}
        for name, state in zip(STAGES, states, strict=True)
    ]


def detailed(dossier: Dossier, events: Sequence[Event], *, late: bool) -> list[dict[str, Any]]:
    """The same with times and offices, for one who holds the key. A filing that went back before the desk accepted it
    stands at the first stage."""
    accepted = due_dates.accepted_at(dossier, events)
    stages = _drawn(_states(dossier, late, accepted=accepted is not None))
    received = dossier.received_at
    place = dossier.receiving_agency.local_name
    at_counter = dossier.channel == Dossier.Channel.COUNTER
    came_by = _("Nộp tại quầy") if at_counter else dossier.get_channel_display().capitalize()
    stages[0] |= {"when": wording.full(received), "place": came_by}
    if stages[1]["state"] in ("done", "now"):
        stages[1] |= {"when": wording.full(accepted or received), "place": place}
    began = next((event for event in events if event.status == Status.IN_PROGRESS), None)
    if began is not None:
        stages[2] |= {
            "when": _("Từ %(when)s") % {"when": wording.full(began.at)},
            "strong_lines": [dossier.competent_agency.local_name],
            "place": dossier.assignee.get_full_name() if dossier.assignee else "",
        }
    for stage in stages:
        if stage["state"] == "waiting" and dossier.paused_since:
            asked = _("Yêu cầu lúc %(when)s") % {"when": wording.full(dossier.paused_since)}
            stage["strong_lines"] = [asked, *stage.get("strong_lines", ())]
    if dossier.status == Status.RETURNED and dossier.closed_at:
        stages[3] |= {"when": wording.full(dossier.closed_at), "place": place}
    elif dossier.status == Status.DONE and dossier.finished_at:
        stages[3] |= {"when": wording.full(dossier.finished_at), "place": place}
    elif dossier.due_at and dossier.status_enum.clock_runs and not late and not dossier.paused_since:
        stages[3] |= {
            "when": _("Dự kiến trước %(when)s") % {"when": wording.full(dossier.due_at)},
            "place": "",
        }
    return stages


def _states(dossier: Dossier, late: bool, *, accepted: bool) -> list[str]:
    status = dossier.status_enum
    if status.is_stopped:
        reached = 1 if status is Status.NOT_ACCEPTED or not accepted else 2
        return [*["done"] * reached, "stopped", *["todo"] * (3 - reached)]
    if status is Status.RETURNED:
        return ["done"] * 4
    present = (stage_of(dossier, accepted=accepted) or 1) - 1
    mark = "waiting" if status.waits_for_citizen else "late" if late else "now"
    return ["done"] * present + [mark] + ["todo"] * (3 - present)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A status in words: its name for citizens, the national name where that differs, what it means."""

    name: str
    official: str
    text: str


_TEXTS = {
    Status.NEW: gettext_noop("Hồ sơ đã gửi, nơi nhận chưa xem. Ông/bà chưa cần làm gì."),
    Status.RECEIVED: gettext_noop("Hồ sơ đã đủ và đã có ngày hẹn trả. Ông/bà chưa cần làm gì."),
    Status.NOT_ACCEPTED: gettext_noop(
        "Nơi nhận không nhận được hồ sơ. Lý do ghi trên trang hồ sơ và trên phiếu từ chối."
    ),
    Status.IN_PROGRESS: gettext_noop("Cơ quan đang giải quyết. Ông/bà chưa cần làm gì."),
    Status.SUPPLEMENT_REQUIRED: gettext_noop(
        "Còn thiếu giấy tờ. Trang hồ sơ ghi từng giấy cần nộp thêm và hạn nộp. Thời hạn tạm dừng cho đến khi nhận đủ."
    ),
    Status.PAYMENT_REQUIRED: gettext_noop(
        "Ông/bà cần nộp một khoản tiền. Trang hồ sơ ghi số tiền, nộp ở đâu và hạn nộp."
    ),
    Status.WITHDRAWN: gettext_noop("Hồ sơ dừng theo đề nghị của người nộp."),
    Status.STOPPED: gettext_noop(
        "Hồ sơ không được giải quyết tiếp. Lý do ghi trên trang hồ sơ và trên thông báo dừng giải quyết."
    ),
    Status.DONE: gettext_noop(
        "Mời ông/bà đến nhận, mang theo giấy hẹn và giấy tờ tùy thân; đã chọn bưu chính hoặc bản điện tử thì chờ nhận."
    ),
    Status.RETURNED: gettext_noop("Đã xong. Thấy kết quả có sai sót thì gọi tổng đài."),
}


def meanings() -> list[Meaning]:
    """All statuses, in the order in which a dossier meets them."""
    return [
        Meaning(
            name=_(status.short),
            official=_(status.official) if status.official != status.short else "",
            text=_(_TEXTS[status]),
        )
        for status in Status
    ]
