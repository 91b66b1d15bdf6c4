"""From a dossier to the words of its page. No rule is decided here; what may be shown is `lookup`'s."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.deadlines import wording
from dossiers.deadlines.rules.deadlines import working_days_left
from dossiers.deadlines.rules.explanation import explain_text
from dossiers.lifecycle import (
    citizen_requests,
    document_checklist,
    due_dates,
    result_delivery,
    rules_in_force,
)
from dossiers.lifecycle.citizen_requests import CitizenRequest
from dossiers.lifecycle.event_journal import HANDOVER_WAYS, INTERNAL
from dossiers.lifecycle.models import AccessToken, Dossier, Event, Satisfaction
from dossiers.lookup.words import complaints, stages
from dossiers.lookup.words import history as event_history
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from procedures.catalogue.formats.terms import term_text
from tenants import clock
from tenants.english import in_language
from tenants.isolation.context import current_province
from tenants.text import dong

Context = dict[str, Any]
KINDS_WITH_REASON = frozenset({"apologise", "reschedule"})


def progress(dossier: Dossier) -> Context:
    """The page for the code alone: state and four steps, no date, place, name or paper."""
    accepted = due_dates.is_accepted(dossier)
    stage = stages.stage_of(dossier, accepted=accepted)
    return {
        "stage": stage,
        "step_text": _("Bước %(n)d trên 4") % {"n": stage} if stage else "",
        "code": dossier.code,
        "status_short": _(dossier.status_enum.short),
        "status_tone": tone(dossier, late=False),
        "stages": stages.bare(dossier, accepted=accepted),
    }


def answer(dossier: Dossier, events: Sequence[Event], *, online: bool = False) -> Context:
    """The first sentences for one who holds the key: what it is about, how far it is, what to do, and why it is late.

    `online`: papers that were asked for may be sent from the page, so the desk is the other way.
    """
    late = days_late(dossier)
    request = citizen_requests.standing(dossier, events)
    came = request is not None and request.is_whole
    reason = _reason_of_status(dossier, events, request)
    title, title_lang = in_language(dossier.procedure.short_name, dossier.procedure.english_name)
    page = {
        "code": dossier.code,
        "title": title,
        "title_lang": title_lang,
        "status_short": _(dossier.status_enum.short),
        "request": request,
        "all_came": came,
        **(_all_came() if came else headline(dossier, late)),
        **what_to_do(dossier, request, reason, late=bool(late), online=online),
        "after_text": _apology(dossier, events),
    }
    return page if dossier.kind == Dossier.Kind.NORMAL else page | complaints.answer(dossier, events)


def details(
    dossier: Dossier, events: Sequence[Event], *, shared: bool = False, online: bool = False
) -> Context:
    """The page behind a token. Who was only let look (`shared`) sees no part of the telephone number. `online`: as in
    `answer`."""
    late = days_late(dossier)
    first = answer(dossier, events, online=online)
    rows = stages.detailed(dossier, due_dates.effective_events(events), late=bool(late))
    if first["all_came"]:
        rows = [{**one, "state": "now"} if one["state"] == "waiting" else one for one in rows]
    page = {
        **first,
        "procedure_official_name": dossier.procedure_version.official_name,
        "procedure_url": reverse("procedure", args=[dossier.procedure.code]),
        "tone": "plain" if first["all_came"] else tone(dossier, late=bool(late)),
        "late": {"days": late} if late else None,
        "stages": rows,
        "why_due": why_due(dossier, events),
        "history": history(dossier, events),
        "facts": facts(dossier, events, shared=shared),
        "updated_at_text": _("Cập nhật lúc %(when)s.") % {"when": wording.full(clock.now())},
        "hotline": current_province().hotline,
    }
    return page if dossier.kind == Dossier.Kind.NORMAL else complaints.onto(page, dossier, events)


def not_found_sentence() -> str:
    """One sentence for an unknown code and for a complaint without its key."""
    return _(
        "Không tìm thấy hồ sơ có mã này. Xin ông/bà xem lại mã in trên giấy hẹn, hoặc gọi %(phone)s."
    ) % {"phone": current_province().hotline}


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
        if (way := result_delivery.way_of(dossier)) != "counter" and dossier.kind == Dossier.Kind.NORMAL:
            how = str(HANDOVER_WAYS[way])
            return {"lead": _("Nhận kết quả"), "headline": how, "headline_is_place": True}
        desk = dossier.receiving_agency.living
        return {
            "lead": _("Mời ông/bà nhận kết quả tại"),
            "headline": desk.local_name,
            "headline_is_place": True,
            "headline_url": reverse("desk", args=[desk.code]) if desk.is_desk else "",
            "subline": in_language(desk.hours or current_province().hours)[0],
        }
    if status is Status.RETURNED and dossier.closed_at:
        return _dated(_("Đã trả kết quả, %(weekday)s"), dossier.closed_at, _("lúc %(hour)s"))
    if status.is_stopped and dossier.closed_at:
        return _dated(_("Kết thúc, %(weekday)s"), dossier.closed_at, "")
    if status.waits_for_citizen and dossier.citizen_due_at:
        return _asked_by(dossier, dossier.citizen_due_at)
    if status.waits_for_citizen and dossier.paused_since:
        return _dated(
            _("Đang chờ ông/bà từ %(weekday)s"), dossier.paused_since, _("thời hạn tạm dừng từ lúc %(hour)s")
        )
    if dossier.paused_since:
        return _dated(_("Thời hạn tạm dừng từ %(weekday)s"), dossier.paused_since, _("lúc %(hour)s"))
    if due is None:
        return {"lead": _("Ngày hẹn trả"), "headline": _("Không có ngày cố định"), "headline_is_place": True}
    if status is Status.NEW:
        # No day is promised yet, and none can be missed.
        return {
            "lead": _("Ngày hẹn trả"),
            "headline": _("Có khi hồ sơ được tiếp nhận"),
            "headline_is_place": True,
            "subline": term_of(dossier),
        }
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


def term_of(dossier: Dossier) -> str:
    """How long the procedure may take, of a filing to which no day is promised yet; "" where no term is known."""
    version = dossier.procedure_version
    term = term_text(version.term_value, version.term_unit)
    said = _("Thời hạn của thủ tục: %(term)s, tính từ lúc nộp.")
    return said % {"term": term[:1].lower() + term[1:]} if term else ""


def _all_came() -> Context:
    return {
        "status_short": _("Đang xem phần bổ sung"),
        "lead": _("Phần bổ sung"),
        "headline": _("Đã nhận đủ"),
        "headline_is_place": True,
    }


def _asked_by(dossier: Dossier, by: datetime) -> Context:
    """The last day on which the citizen may do what the office waits for."""
    leads = {
        Status.SUPPLEMENT_REQUIRED: _("Bổ sung chậm nhất, %(weekday)s"),
        Status.PAYMENT_REQUIRED: _("Nộp tiền chậm nhất, %(weekday)s"),
    }
    n = working_days_left(clock.now(), by, dossier.calendar_version.calendar)
    if n < 0:
        left = ngettext("đã quá hạn %(n)d ngày làm việc", "đã quá hạn %(n)d ngày làm việc", -n) % {"n": -n}
    elif n:
        left = ngettext("còn %(n)d ngày làm việc", "còn %(n)d ngày làm việc", n) % {"n": n}
    else:
        left = _("hạn trong hôm nay")
    return {**_dated(leads[dossier.status_enum], by, _("trước %(hour)s")), "subline_strong": left}


def _dated(lead: str, at: Any, subline: str) -> Context:
    words = {"weekday": wording.weekday(at), "hour": wording.hour(at)}
    return {
        "lead": lead % words,
        "headline": wording.day(at),
        "headline_datetime": wording.local(at).isoformat(timespec="minutes"),
        "subline": subline % words if subline else "",
    }


def what_to_do(
    dossier: Dossier, request: CitizenRequest | None, reason: str, *, late: bool, online: bool = False
) -> Context:
    """The action required from the reader now, or that none is needed. `request` as the dossier waits for it."""
    status = dossier.status_enum
    desk = dossier.receiving_agency.living.local_name
    if request is not None and request.is_whole:
        return {
            "action_title": _("Ông/bà đã gửi đủ những gì được yêu cầu."),
            "action_text": _("Hiện ông/bà chưa cần làm gì. %(desk)s đang xem phần bổ sung.") % {"desk": desk},
        }
    if status is Status.SUPPLEMENT_REQUIRED:
        return {
            "action_title": _("Ông/bà cần bổ sung giấy tờ"),
            "action_text": (_("Hoặc nộp tại %(desk)s.") if online else _("Nộp tại %(desk)s."))
            % {"desk": desk}
            + (f" {_('Lý do:')} {reason}" if reason else ""),
            "action_online": _("Ông/bà gửi bổ sung được ngay trên trang hồ sơ, không phải đến quầy.")
            if online
            else "",
            "action_items": [
                {"name": asked.name, "detail": "", "asked": asked}
                for asked in document_checklist.named(dossier, request.lacking if request else ())
            ],
        }
    if status is Status.PAYMENT_REQUIRED:
        return {
            "action_title": _("Ông/bà cần nộp thuế, phí, lệ phí"),
            "action_text": _("Nộp trên Cổng Dịch vụ công quốc gia hoặc tại %(desk)s.") % {"desk": desk},
            "action_items": [
                {"name": _("Số tiền: %(amount)s") % {"amount": dong(amount)}, "detail": ""}
                for amount in [request.amount if request else 0]
                if amount
            ],
        }
    if status is Status.DONE:
        sent = dossier.channel == Dossier.Channel.ONLINE and not dossier.source and dossier.documents
        if (way := result_delivery.way_of(dossier)) != "counter":
            compared = _("Bản chính của giấy tờ đã gửi qua mạng: xin hỏi %(desk)s cách đối chiếu.")
            sentences = [_(result_delivery.SENTENCES[way]), *([compared] if sent else [])]
            return {
                "action_title": _("Ông/bà không phải đến lấy kết quả."),
                "action_text": " ".join(sentences) % {"desk": desk},
            }
        originals = [{"name": _("Bản chính của giấy tờ đã gửi qua mạng"), "detail": ""}] if sent else []
        return {
            "action_title": _("Ông/bà cần mang theo"),
            "action_text": "",
            "action_items": [
                {"name": _("Giấy hẹn hoặc mã hồ sơ"), "detail": ""},
                {"name": _("Giấy tờ tùy thân"), "detail": ""},
                *originals,
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
    next_news = _("Có kết quả hoặc cần thêm giấy tờ, chúng tôi báo ngay.")
    if status is Status.NEW:
        next_news = _("Cán bộ kiểm tra hồ sơ rồi báo ngày hẹn trả, hoặc báo một lần các điều cần sửa.")
    return {"action_title": _("Hiện ông/bà chưa cần làm gì."), "action_text": next_news}


def _apology(dossier: Dossier, events: Sequence[Event]) -> str:
    """Sorry, and why, while a dossier waits for its second date."""
    if dossier.extended_to is None or dossier.finished_at is not None or dossier.status_enum.is_stopped:
        return ""
    act = next(event for event in reversed(events) if event.extended_to is not None)
    reason = wording.sentence(act.note.text) if act.note else ""
    sorry = _("Chúng tôi xin lỗi vì không kịp trả kết quả đúng hẹn và đã hẹn lại ngày trên.")
    return f"{sorry} {_('Lý do:')} {reason}" if reason else sorry


def rating(dossier: Dossier) -> Context:
    """The question for a rating after the result was handed over, or the thanks."""
    if dossier.may_be_rated:
        scores = sorted(Satisfaction.Score, reverse=True)
        return {"scores": [{"value": int(score), "label": score.label} for score in scores]}
    return {"thanks": dossier.rated}


def keeping(token: AccessToken) -> Context:
    """How long this address opens the page, in words; nothing where it does not end."""
    if token.purpose == AccessToken.Purpose.LOOKUP:
        return {"short": True}
    if token.purpose == AccessToken.Purpose.SHARE and token.expires_at:
        return {"shared_until": wording.full(token.expires_at)}
    return {}


def why_due(dossier: Dossier, events: Sequence[Event]) -> str:
    """The due date explained in one sentence; empty while none is promised."""
    if due_dates.acceptance(dossier, events) is None:
        return ""
    return explain_text(due_dates.explained(dossier, events), _)


def history(dossier: Dossier, events: Sequence[Event]) -> list[Context]:
    """All acts, newest first, by office; officials are not named here."""
    return [
        {
            "when": wording.full(event.at),
            "title": title,
            "by": event.agency.local_name if event.agency else "",
            "note": note,
        }
        for event, title, note in for_citizen(dossier, events)
    ]


def for_citizen(dossier: Dossier, events: Sequence[Event]) -> Iterator[tuple[Event, str, str]]:
    """Event, title and reason of what concerns the citizen, newest first.

    Inner dealings are left out, and so are wrong clicks with what took them back. A reason is shown where
    the act demands one and tells it: other words are notes of the office to itself.
    """
    workflow = dossier.workflow_version.workflow
    for event in reversed(due_dates.effective_events(events)):
        if event.kind in INTERNAL or event.undoes is not None:
            continue
        yield event, event_history.title(event, workflow), _get_citizen_reason(event, workflow)


def _reason_of_status(dossier: Dossier, events: Sequence[Event], request: CitizenRequest | None) -> str:
    """The words with which the dossier came into its present status, or which go with the request for which it waits;
    empty when there are none."""
    if request is not None:
        return _get_citizen_reason(request.asked, dossier.workflow_version.workflow)
    held = due_dates.effective_events(events)
    entered = None
    for event in reversed(held):
        if event.status != dossier.status:
            break
        entered = event
    return _get_citizen_reason(entered, dossier.workflow_version.workflow) if entered is not None else ""


def _get_citizen_reason(event: Event, workflow: Workflow) -> str:
    """The words of an act that are meant for the citizen: a reason that goes with a notice."""
    step = workflow.transitions.get(event.kind)
    with_reason = step is not None and step.notice is not None and "reason" in step.requires
    return event.note.text if event.note and (event.kind in KINDS_WITH_REASON or with_reason) else ""


def facts(dossier: Dossier, events: Sequence[Event], *, shared: bool = False) -> list[tuple[str, str]]:
    """Information about the dossier; empty values are left out."""
    sent = result_delivery.sent_under(dossier, events)
    leader = rules_in_force.leader_of(dossier)
    rows = [
        (_("Chủ hồ sơ"), dossier.owner.name),
        (_("Nơi tiếp nhận"), dossier.receiving_agency.local_name_today),
        (_("Cơ quan giải quyết"), dossier.competent_agency.local_name_today),
        (_("Xử lý tại"), _("hệ thống của %(name)s") % {"name": leader} if leader else ""),
        (_("Giấy tờ đã nộp"), "; ".join(dossier.documents)),
        # The way alone: behind it stands an address.
        (_("Nhận kết quả"), _(way) if (way := dossier.result_delivery.partition(":")[0]) else ""),
        (_("Mã vận đơn"), "" if shared else sent),
        (_("Số điện thoại nhận tin"), "" if shared else dossier.recipient.masked_phone),
    ]
    return [(label, value) for label, value in rows if value]
