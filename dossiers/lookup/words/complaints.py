"""Complaints and conciliations in words of their own: a complainant waits for a decision, not for a result.

Only for pages that are opened with the key; without it nothing of a complaint is shown at all.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.deadlines import wording
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.event_journal import RECEIVE
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.shipped import DECIDE
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import BESIDE

Context = dict[str, Any]

STAGES = {
    Dossier.Kind.COMPLAINT: (
        gettext_noop("Nộp đơn"),
        gettext_noop("Xem xét thụ lý"),
        gettext_noop("Xác minh, giải quyết"),
        gettext_noop("Nhận quyết định"),
    ),
    Dossier.Kind.CONCILIATION: (
        gettext_noop("Nộp đơn"),
        gettext_noop("Xem xét thụ lý"),
        gettext_noop("Xác minh, hòa giải"),
        gettext_noop("Nhận biên bản"),
    ),
}
PAPER = {
    Dossier.Kind.COMPLAINT: gettext_noop("quyết định"),
    Dossier.Kind.CONCILIATION: gettext_noop("biên bản"),
}


def answer(dossier: Dossier, events: Sequence[Event]) -> Context:
    """What stands first on the page of a complaint in place of a dossier's words; its events are in order.

    The status is the name of the step, in the province's own words: đã nhận đơn, đã thụ lý, không thụ lý,
    đang xác minh, tạm đình chỉ, đã có quyết định.
    """
    kind, held = Dossier.Kind(dossier.kind), due_dates.effective_events(events)
    return {
        "status_short": _(dossier.step_data.name),
        **_headline(dossier, kind),
        **_what_to_do(dossier, kind, held),
    }


def onto(page: Context, dossier: Dossier, events: Sequence[Event]) -> Context:
    """The page of a complaint, made of that of a dossier with its `answer`."""
    stages = [
        {**stage, "name": _(name)}
        for stage, name in zip(page["stages"], STAGES[Dossier.Kind(dossier.kind)], strict=True)
    ]
    # Before acceptance the date is that of the answer whether it is accepted.
    if _waits_for_acceptance(dossier):
        stages[-1].pop("when", None)
    received, owner = _(BESIDE[RECEIVE]), _("Chủ hồ sơ")
    return {
        **page,
        "stages": stages,
        "history": [
            {**entry, "title": _("Nhận đơn")} if entry["title"] == received else entry
            for entry in page["history"]
        ],
        "facts": [
            *_decision(due_dates.effective_events(events)),
            *((_("Người nộp đơn") if label == owner else label, value) for label, value in page["facts"]),
        ],
        "is_complaint": True,
    }


def _waits_for_acceptance(dossier: Dossier) -> bool:
    has_term_of_its_own = dossier.workflow_version.workflow.term is not None
    return dossier.status_enum is Status.RECEIVED and has_term_of_its_own


def _headline(dossier: Dossier, kind: Dossier.Kind) -> Context:
    """The large line's own lead, where a dossier's would promise a result."""
    status, paper = dossier.status_enum, _(PAPER[kind])
    if status is Status.DONE:
        return {"lead": _("Mời ông/bà nhận %(paper)s tại") % {"paper": paper}}
    if status is Status.RETURNED:
        return {"lead": _said(_("Đã giao %(paper)s") % {"paper": paper}, dossier.closed_at)}
    if dossier.paused_since:
        return {"lead": _said(_("Tạm đình chỉ từ"), dossier.paused_since), "subline": ""}
    if _waits_for_acceptance(dossier) and dossier.due_at:
        return {"lead": _said(_("Trả lời có thụ lý hay không chậm nhất"), dossier.due_at)}
    if not status.is_closed and dossier.due_at:
        return {"lead": _said(_("Thời hạn giải quyết đến"), dossier.due_at)}
    if not status.is_closed:
        return {"lead": _("Thời hạn giải quyết")}
    return {}


def _said(lead: str, at: datetime | None) -> str:
    return f"{lead} {wording.weekday(at)}" if at else lead


def _what_to_do(dossier: Dossier, kind: Dossier.Kind, events: Sequence[Event]) -> Context:
    status, desk = dossier.status_enum, dossier.receiving_agency.living.local_name
    reason = _last_words(events)
    reason_line = f"{_('Lý do:')} {reason}" if reason else ""
    nothing = _("Hiện ông/bà chưa cần làm gì.")
    if status is Status.NOT_ACCEPTED:
        written = _("Văn bản thông báo có tại %(desk)s.") % {"desk": desk}
        return {
            "action_title": _("Đơn không được thụ lý."),
            "action_text": f"{reason_line}\n{written}".strip(),
        }
    if status is Status.WITHDRAWN:
        return {"action_title": _("Ông/bà đã rút đơn."), "action_text": _("Đơn không được giải quyết tiếp.")}
    if status is Status.STOPPED:
        return {"action_title": _("Việc giải quyết đơn đã đình chỉ."), "action_text": reason_line}
    if status is Status.DONE:
        bring = [_("Giấy tờ tùy thân"), _("Mã hồ sơ hoặc giấy biên nhận đơn")]
        return {
            "action_title": _("Ông/bà cần mang theo"),
            "action_items": [{"name": name, "detail": ""} for name in bring],
            "action_text": _rights(kind),
        }
    if status is Status.RETURNED:
        return {"action_title": _("Nếu ông/bà không đồng ý"), "action_text": _rights(kind)}
    if dossier.paused_since:
        continued = _("Thời hạn được tính tiếp khi đơn được giải quyết lại; chúng tôi báo ngay.")
        return {"action_title": nothing, "action_text": f"{reason_line} {continued}".strip()}
    if status is Status.RECEIVED:
        return {
            "action_title": nothing,
            "action_text": _("Chúng tôi xem đơn có đủ điều kiện thụ lý không và báo ngay khi có trả lời."),
        }
    return {
        "action_title": nothing,
        "action_text": _("Khi cần làm việc, đối thoại hoặc họp, cơ quan giải quyết gửi giấy mời ông/bà."),
    }


def _rights(kind: Dossier.Kind) -> str:
    if kind is Dossier.Kind.CONCILIATION:
        return _("Bước tiếp theo, nếu hòa giải không thành, được ghi trong biên bản.")
    return _("Quyền khiếu nại tiếp hoặc khởi kiện, và thời hạn, được ghi trong quyết định.")


def _last_words(events: Sequence[Event]) -> str:
    moved = next((event for event in reversed(events) if event.from_step != event.to_step), None)
    return moved.note.text if moved and moved.note else ""


def _decision(events: Sequence[Event]) -> list[tuple[str, str]]:
    decided = next((event for event in reversed(events) if event.kind == DECIDE and event.note), None)
    said = decided.note.data.get("decision") if decided and decided.note else None
    if not said:
        return []
    day = f"{date.fromisoformat(said['date']):%d/%m/%Y}"
    return [(_("Quyết định"), _("số %(number)s, ngày %(day)s") % {"number": said["number"], "day": day})]
