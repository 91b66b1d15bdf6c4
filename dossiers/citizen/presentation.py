"""From a dossier to the words of its page. No rule is decided here; what may be shown is `lookup`'s."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers import terms
from dossiers.citizen import dates, stages
from dossiers.models import Dossier, Event
from dossiers.rules.deadlines import explain_text, working_days_left
from dossiers.rules.statuses import Status
from tenants import clock
from tenants.context import current_province

Context = dict[str, Any]


def progress(dossier: Dossier) -> Context:
    """The page for the code alone: state and four steps, no date, place, name or paper."""
    stage = dossier.status_enum.stage
    return {
        "step_text": _("Bước %(n)d trên 4") % {"n": stage} if stage else "",
        "code": dossier.code,
        "status_short": _(dossier.status_enum.short),
        "status_tone": tone(dossier, late=False),
        "stages": stages.bare(dossier),
    }


def details(dossier: Dossier, events: Sequence[Event]) -> Context:
    """The page behind a token."""
    late = days_late(dossier)
    last_note = next((event.note for event in reversed(events) if event.note), None)
    return {
        "code": dossier.code,
        "title": dossier.procedure.short_name,
        "procedure_official_name": dossier.procedure_version.official_name,
        "procedure_url": reverse("procedure", args=[dossier.procedure.code]),
        "status_short": _(dossier.status_enum.short),
        "tone": tone(dossier, late=bool(late)),
        **headline(dossier, late),
        **what_to_do(dossier, events, last_note.text if last_note else "", late=bool(late)),
        "late": {"days": late} if late else None,
        "stages": stages.detailed(dossier, events, late=bool(late)),
        "why_due": why_due(dossier, events),
        "history": history(dossier, events),
        "facts": facts(dossier),
        "notice_text": "",
        "updated_at_text": _("Cập nhật lúc %(when)s.") % {"when": dates.full(clock.now())},
        "hotline": current_province().hotline,
    }


def days_late(dossier: Dossier) -> int:
    """Working days past the promised date while the clock runs; 0 when not late."""
    if dossier.due_at is None or not dossier.status_enum.clock_runs or dossier.paused_since:
        return 0
    now = clock.now()
    if now <= dossier.due_at:
        return 0
    return max(1, -working_days_left(now, dossier.due_at, dossier.calendar_version.calendar))


def tone(dossier: Dossier, *, late: bool) -> str:
    """Which colour goes with the words: yellow only when the citizen must act, red only when we are late or
    it ended without a result."""
    status = dossier.status_enum
    if status.waits_for_citizen:
        return "wait"
    if status in (Status.NOT_ACCEPTED, Status.STOPPED):
        return "stop"
    if status in (Status.DONE, Status.RETURNED):
        return "ok"
    return "late" if late else "plain"


def headline(dossier: Dossier, late: int) -> Context:
    """The one large line: a date, or a place once the result is ready."""
    status, due = dossier.status_enum, dossier.due_at
    if status is Status.DONE:
        return {
            "lead": _("Mời ông/bà nhận kết quả tại"),
            "headline": dossier.receiving_agency.name,
            "headline_is_place": True,
            "subline": dossier.receiving_agency.hours or current_province().hours,
        }
    if status is Status.RETURNED and dossier.closed_at:
        return _dated(_("Đã trả kết quả, %(weekday)s"), dossier.closed_at, _("lúc %(hour)s"))
    if status.is_stopped and dossier.closed_at:
        return _dated(_("Kết thúc, %(weekday)s"), dossier.closed_at, "")
    if status.waits_for_citizen and dossier.paused_since:
        return _dated(
            _("Đang chờ ông/bà từ %(weekday)s"), dossier.paused_since, _("thời hạn tạm dừng từ lúc %(hour)s")
        )
    if due is None:
        return {"lead": _("Ngày hẹn trả"), "headline": _("Không quy định"), "headline_is_place": True}
    said = _dated(_("Hẹn trả kết quả, %(weekday)s"), due, _("trước %(hour)s"))
    n = working_days_left(clock.now(), due, dossier.calendar_version.calendar)
    if late or n < 0:
        n = late or -n
        left = ngettext("đã quá hẹn %(n)d ngày làm việc", "đã quá hẹn %(n)d ngày làm việc", n) % {"n": n}
    elif n:
        left = ngettext("còn %(n)d ngày làm việc", "còn %(n)d ngày làm việc", n) % {"n": n}
    else:
        left = _("hẹn trong hôm nay")
    said["subline_strong"] = left
    return said


def _dated(lead: str, at: Any, subline: str) -> Context:
    words = {"weekday": dates.weekday(at), "hour": dates.hour(at)}
    return {
        "lead": lead % words,
        "headline": dates.day(at),
        "headline_datetime": dates.local(at).isoformat(timespec="minutes"),
        "subline": subline % words if subline else "",
    }


def what_to_do(dossier: Dossier, events: Sequence[Event], reason: str, *, late: bool) -> Context:
    """What the reader must do now, or that nothing is needed."""
    status = dossier.status_enum
    desk = dossier.receiving_agency.name
    if status is Status.SUPPLEMENT_REQUIRED:
        request = next((event for event in reversed(events) if event.status == status and event.note), None)
        papers = request.note.data.get("papers", []) if request and request.note else []
        return {
            "action_title": _("Ông/bà cần bổ sung giấy tờ"),
            "action_text": _("Nộp tại %(desk)s.") % {"desk": desk}
            + (f" {_('Lý do:')} {reason}" if reason else ""),
            "action_items": [{"name": paper, "detail": ""} for paper in papers],
        }
    if status is Status.PAYMENT_REQUIRED:
        return {
            "action_title": _("Ông/bà cần nộp thuế, phí, lệ phí"),
            "action_text": _("Nộp trên Cổng Dịch vụ công quốc gia hoặc tại %(desk)s.") % {"desk": desk},
            "action_items": [],
        }
    if status is Status.DONE:
        return {
            "action_title": _("Ông/bà cần mang theo"),
            "action_text": "",
            "action_items": [
                {"name": _("Giấy hẹn hoặc mã hồ sơ"), "detail": ""},
                {"name": _("Giấy tờ tùy thân"), "detail": ""},
            ],
        }
    if status is Status.RETURNED:
        return {
            "action_title": _("Kết quả đã được trả."),
            "action_text": _("Nếu kết quả có sai sót, xin báo cho chúng tôi theo số điện thoại dưới đây."),
        }
    if status.is_stopped:
        return {
            "action_title": _("Hồ sơ không được giải quyết tiếp."),
            "action_text": f"{_('Lý do:')} {reason}" if reason else "",
        }
    if late:
        return {
            "action_title": _("Hiện ông/bà chưa cần làm gì."),
            "action_text": _("Ông/bà không phải nộp thêm giấy tờ hay khoản tiền nào vì việc chậm trễ này."),
        }
    return {
        "action_title": _("Hiện ông/bà chưa cần làm gì."),
        "action_text": _("Có kết quả hoặc cần thêm giấy tờ, chúng tôi báo ngay."),
    }


def why_due(dossier: Dossier, events: Sequence[Event]) -> str:
    """The due date explained in one sentence."""
    return explain_text(terms.deadline_of(dossier, events), _)


def history(dossier: Dossier, events: Sequence[Event]) -> list[Context]:
    """All acts, newest first, by office; officials are not named here."""
    workflow = dossier.workflow_version.workflow
    entries = []
    for event in reversed(events):
        step = workflow.transitions.get(event.kind)
        title = _("Tiếp nhận hồ sơ") if event.kind == "receive" else _(step.name) if step else event.kind
        entries.append(
            {
                "when": dates.full(event.at),
                "title": title,
                "by": event.agency.name if event.agency else "",
                "note": event.note.text if event.note and event.kind != "receive" else "",
            }
        )
    return entries


def facts(dossier: Dossier) -> list[tuple[str, str]]:
    """Information about the dossier; empty values are left out."""
    rows = [
        (_("Chủ hồ sơ"), dossier.owner.name),
        (_("Nơi tiếp nhận"), dossier.receiving_agency.name),
        (_("Cơ quan giải quyết"), dossier.competent_agency.name),
        (_("Giấy tờ đã nộp"), "; ".join(dossier.documents)),
        (_("Nhận kết quả"), _(dossier.result_delivery) if dossier.result_delivery else ""),
        (_("Số điện thoại nhận tin"), dossier.recipient.masked_phone),
    ]
    return [(label, value) for label, value in rows if value]
