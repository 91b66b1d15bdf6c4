"""Which message a citizen gets for which event, in which words, and whom the desk has to call instead.

The texts are the defaults; a province may write its own. Law: the citizen is notified at once when the state of
a dossier changes, with the body and person that handle it and the time (NĐ 224/2026 Đ.15.1.g). Messages about complaints
and conciliations tell that something happened, never what it is about. They say “đơn” for both kinds, and the status page
says more to a holder of the key.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from dossiers.deadlines import wording
from dossiers.lifecycle import access_links, citizen_requests, due_dates, event_journal, result_delivery
from dossiers.lifecycle.citizen_requests import CitizenRequest
from dossiers.lifecycle.models import AccessToken, Dossier, Event, Party
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import BESIDE
from messaging.contacts import contacts
from messaging.contacts.contacts import DOSSIER_STATUS as PURPOSE
from messaging.contacts.models import Contact
from messaging.outbox import enqueue, phone_calls
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.wording import Kind
from tenants import clock, phone_numbers
from tenants.isolation.context import current_province
from tenants.text import dong, fit

CORRECTIONS = frozenset({"correction", "adjusted", "complaint_correction", "complaint_adjusted"})
ADDITIONS = frozenset({"apology", "rescheduled", "reminder", "complaint_rescheduled"})
# The date a calendar moved and the end of a term some days away are no news of the minute.
CAN_WAIT = frozenset({"rescheduled", "reminder", "complaint_rescheduled"})
# Sent to people who stand at the desk and leave with a receipt, or with the result itself.
IN_PERSON = frozenset({"received", "returned", "complaint_received"})
# Free words of the staff: they give way first when a message is too long.
WORDS = frozenset({"giay_to", "ly_do"})

FILE = Path(__file__).parent / "data" / "notices.yaml"
_FILE = yaml.safe_load(FILE.read_text(encoding="utf-8"))
PLACEHOLDERS = templates.placeholders_in(_FILE["placeholders"])
# By name: title, body and button.
COMPLAINT_TEXTS: dict[str, dict[str, str]] = _FILE["complaints"]
TEXTS: dict[str, dict[str, str]] = {**_FILE["dossiers"], **COMPLAINT_TEXTS}

# The first notice of a dossier, by the status in which it begins.
FIRST = {Status.NEW: "filed", Status.RECEIVED: "received"}
FIRST_OF_COMPLAINTS = "complaint_received"

TERM_SENTENCES = {
    "restart": "Thời hạn được tính lại từ đầu khi nhận đủ giấy tờ.",
    "resume": "Thời hạn tạm dừng và tính tiếp khi nhận đủ giấy tờ.",
}

# Complaints and conciliations have words of their own, which never tell what they are about.
OF_COMPLAINTS = {
    "correction": "complaint_correction",
    "adjusted": "complaint_adjusted",
    "rescheduled": "complaint_rescheduled",
}

# The longest a value may be in a text, as templates of channels allow it; a place may be longer than a name.
NAME_MAX = 30
PLACE_MAX = 60
PAYEE_MAX = 40
ROW_MAX = 90


def first(dossier: Dossier) -> str:
    """The notice with which this dossier begins."""
    return FIRST[dossier.status_enum] if dossier.kind == Dossier.Kind.NORMAL else FIRST_OF_COMPLAINTS


@dataclass(frozen=True)
class Reach:
    """The contact of a recipient, the channels with its consent, and the token of the page that messages name."""

    contact: Contact
    consented: Collection[str]
    token: str


def send(
    dossier: Dossier, event: Event, name: str, *, hold_seconds: int, reach: Reach | None = None
) -> Message | None:
    """Put the notice of this event into the outbox, inside the caller's transaction.

    It goes over the channels the recipient agreed to for this dossier, in their order: agreeing once does
    not bind the number for ever, nor for other people's dossiers. `reach` is given where this transaction has just
    written it. None when there is none: then the desk is
    to call, unless the recipient stands before it.
    """
    if dossier.kind != Dossier.Kind.NORMAL:
        name = OF_COMPLAINTS.get(name, name)
    recipient = dossier.recipient
    rendered = templates.render(
        name, values(dossier, event), is_organisation=recipient.kind == Party.Kind.ORGANISATION
    )
    desk = dossier.receiving_agency.living
    open_to = [code for code in settings.MESSAGING_CHANNELS if code in dossier.notice_channels]
    if open_to and phone_numbers.MOBILE.match(recipient.phone):
        reach = reach or _find_reach(dossier, open_to)
    if reach is not None:
        message = enqueue.enqueue(
            subject=dossier.subject,
            event=str(event.sequence),
            intent=name,
            contact=reach.contact,
            rendered=rendered,
            rows=rows(dossier, event, name),
            button_url=access_links.url(reach.token),
            hold_seconds=hold_seconds,
            purpose=PURPOSE,
            channels=open_to,
            desk=desk,
            reader=recipient.name,
            consented=reach.consented,
        )
        if message is not None:
            return message
    if stands_at_desk(dossier, event, name):
        if event.kind == event_journal.RECEIVE:
            return None  # No call about a new dossier can be open.
        phone_calls.close_outdated(
            subject=dossier.subject, name=recipient.name, phone=recipient.phone, intent=name
        )
    elif not event.came_in:  # the desk is asked for no call
        phone_calls.open_without_message(
            subject=dossier.subject,
            event=str(event.sequence),
            intent=name,
            desk=desk,
            name=recipient.name,
            phone=recipient.phone,
            title=rendered.title,
            body=rendered.body,
            reason=_choose_call_reason(dossier, open_to),
        )
    return None


def tell_anew(dossier: Dossier) -> None:
    """Let what was not told yet of the present request say what is lacking by now, inside the caller's transaction. Where
    nothing is, the request is kept back."""
    request = citizen_requests.standing(dossier)
    if request is None:
        return
    recipient = dossier.recipient
    for event in {request.asked, request.since}:

        def words(name: str, event: Event = event) -> tuple[templates.Rendered, list[tuple[str, str]]]:
            is_organisation = recipient.kind == Party.Kind.ORGANISATION
            rendered = templates.render(name, values(dossier, event), is_organisation=is_organisation)
            return rendered, rows(dossier, event, name)

        if request.is_whole and event == request.asked:
            enqueue.recall(dossier.subject, event.sequence)
        else:
            enqueue.reword(dossier.subject, event.sequence, recipient.name, words)


def _find_reach(dossier: Dossier, open_to: Collection[str]) -> Reach | None:
    """How messages reach the recipient; None without a consent to any of these channels."""
    contact, consented = contacts.contact_with_consents(dossier.recipient.phone, PURPOSE)
    if contact is None or consented.isdisjoint(open_to):
        return None
    return Reach(contact, consented, access_links.issue(dossier, AccessToken.Purpose.MESSAGE))


def stands_at_desk(dossier: Dossier, event: Event, name: str) -> bool:
    """Whether who reads this text has just been handed a paper that says the same."""
    if not templates.traits(name).in_person:
        return False
    data = event.note.data if event.note else {}
    if "handover" in data or "waybill" in data:
        return bool(data.get("handover", {}).get("way") == "counter")
    return dossier.channel == Dossier.Channel.COUNTER


def contact_of(recipient: Party) -> Contact:
    """The recipient's contact. With a consent there is a mobile number: the intake was checked for it."""
    return contacts.contact_for(recipient.phone, recipient.name, recipient.kind == Party.Kind.ORGANISATION)


def _choose_call_reason(dossier: Dossier, open_to: list[str]) -> str:
    """Why no message could be written: no consent (any more), or no address for the channels with consent."""
    agreed_but_closed = bool(dossier.notice_channels) and not open_to
    if agreed_but_closed or not phone_numbers.MOBILE.match(dossier.recipient.phone):
        return Call.Reason.NO_CHANNEL
    return Call.Reason.NO_CONSENT


def rows(dossier: Dossier, event: Event, name: str) -> list[tuple[str, str]]:
    """The lines under a message. With the body and person and the time, as the law asks; of a complaint
    neither what it is about nor who looks into it."""
    normal = dossier.kind == Dossier.Kind.NORMAL
    where, who, body, person = _who_acts(dossier, event)
    found = [
        ("Mã hồ sơ", dossier.code),
        ("Thủ tục", dossier.procedure.short_name if normal else ""),
        ("Trạng thái", state_in_words(dossier)),
        # A reminder is about an act of some days ago.
        ("Lúc", wording.moment(_at(event)) if name != "reminder" else ""),
        ("Mã vận đơn", result_delivery.waybill(event)),
        (where, body),
        (who, person if normal else ""),
    ]
    return [(label, fit(value, ROW_MAX)) for label, value in found if value]


def _at(event: Event) -> datetime:
    """When what an act tells of happened: a number in the post, noted later, tells of the handing over."""
    handed_at = event.note.data.get("handed_at") if event.note else None
    return datetime.fromisoformat(handed_at) if handed_at else event.at


def _who_acts(dossier: Dossier, event: Event) -> tuple[str, str, str, str]:
    """Labels and names of the body and the person that this status is about."""
    here = (event.agency or dossier.receiving_agency).living.name
    actor = event.actor.get_full_name() if event.actor else ""
    if dossier.status_enum in (Status.NEW, Status.RECEIVED):
        return "Nơi tiếp nhận", "Người tiếp nhận", here, actor
    if dossier.status_enum is Status.RETURNED:
        return "Nơi trả kết quả", "Người trả kết quả", here, actor
    assignee = dossier.assignee.get_full_name() if dossier.assignee else ""
    return "Nơi giải quyết", "Người phụ trách", dossier.competent_agency.living.name, assignee


def values(dossier: Dossier, event: Event) -> dict[str, str]:
    """The values of a text's placeholders. Dates as 16:30, 08/12/2026."""
    province = current_province()
    # Where to go and whom to ask now, also for a dossier of a dissolved agency.
    competent, desk = (
        fit(agency.living.name, PLACE_MAX) for agency in (dossier.competent_agency, dossier.receiving_agency)
    )
    request = _request_behind(dossier, event)
    note = event.note
    data = note.data if note else {}
    until = wording.moment(dossier.citizen_due_at) if dossier.citizen_due_at else ""
    amount, payee = (request.amount, request.payee) if request else _payment(dossier, event)
    # What the arrival of missing papers does to the term in this dossier's workflow.
    effects = {way.clock for way in dossier.workflow_version.workflow.transitions_from(dossier.step)}
    return {
        "ho_ten": name_of(dossier.recipient),
        "ma_ho_so": dossier.code,
        "thu_tuc": dossier.procedure.short_name,
        "trang_thai": state_in_words(dossier),
        "cau_ngay_hen": _date_or_request(dossier, request),
        "ngay_hen": _due_date(dossier),
        "luc": wording.moment(_at(event)),
        "don_vi": competent,
        "nguoi_xu_ly": fit(dossier.assignee.get_full_name(), NAME_MAX) if dossier.assignee else competent,
        "nguoi_nhan": fit(event.actor.get_full_name(), NAME_MAX) if event.actor else desk,
        "noi_tra": desk,
        "noi_nop": desk,
        "cau_nhan": result_delivery.SENTENCES[result_delivery.way_of(dossier)] % {"desk": desk},
        "cach_nop": _way_to_supplement(dossier) + f"tại {desk}",
        "dien_thoai": province.hotline,
        "giay_to": "; ".join(request.lacking if request else data.get("papers", [])),
        "ly_do": wording.sentence(note.text) if note else "",
        "so_tien": dong(amount) if amount else "tiền nộp",
        "ben_thu": fit(payee, PAYEE_MAX) or "nơi thu ghi trong thông báo nộp tiền",
        "cau_thoi_han": TERM_SENTENCES["restart" if "restart" in effects else "resume"],
        "han_bo_sung": until,
        "han_nop": until,
        "ngay": f"{event.at.astimezone(clock.VIETNAM):%d/%m/%Y}",
        "so_quyet_dinh": data.get("decision", {}).get("number", ""),
        "ngay_hen_cu": wording.moment(datetime.fromisoformat(data["due_before"]))
        if "due_before" in data
        else "",
    }


def _due_date(dossier: Dossier) -> str:
    """The promised date; none is promised while the desk checks a filing."""
    if _is_checked(dossier):
        return "có khi hồ sơ được tiếp nhận"
    return wording.moment(dossier.due_at) if dossier.due_at else "không có ngày cố định"


def _is_checked(dossier: Dossier) -> bool:
    return dossier.status_enum is Status.NEW and dossier.kind == Dossier.Kind.NORMAL


def _request_behind(dossier: Dossier, event: Event) -> CitizenRequest | None:
    """The request for which the dossier waits, where this act is not the one that just asked."""
    has_just_asked = event.kind not in BESIDE and event.sequence == dossier.last_sequence
    if has_just_asked or not dossier.status_enum.waits_for_citizen:
        return None
    return citizen_requests.standing(dossier)


def _date_or_request(dossier: Dossier, request: CitizenRequest | None) -> str:
    """When the result is due while the clock runs, or what a dossier that was put back still waits for."""
    if dossier.due_at and dossier.status_enum.clock_runs and not dossier.paused_since:
        if _is_checked(dossier):
            return ""
        return f"Hẹn trả kết quả: {wording.moment(dossier.due_at)}."
    if request is None or not (request.lacking or request.amount):
        return ""
    papers = fit("; ".join(request.lacking), ROW_MAX)
    asked = f"bổ sung: {papers}" if papers else f"nộp {dong(request.amount)}"
    until = f" Hạn cuối: {wording.moment(dossier.citizen_due_at)}." if dossier.citizen_due_at else ""
    return f"Ông/bà cần {asked}.{until}"


def _way_to_supplement(dossier: Dossier) -> str:
    """Where papers are sent without going to the desk: where the dossier was filed, the page behind the button first."""
    if not dossier.source and access_links.takes_supplements(dossier):
        return "trên trang hồ sơ hoặc "
    return "trên Cổng Dịch vụ công quốc gia hoặc " if dossier.channel == Dossier.Channel.ONLINE else ""


def name_of(recipient: Party) -> str:
    """The reader as a text greets them; organisations have longer names than people."""
    longest = PLACE_MAX if recipient.kind == Party.Kind.ORGANISATION else NAME_MAX
    return fit(recipient.name, longest)


def _payment(dossier: Dossier, event: Event) -> tuple[int, str]:
    """The sum that this act asks for or that the act before it asked for, and who collects it."""
    if event.note and "amount" in event.note.data:
        return event.note.data["amount"], event.note.data.get("payee", "")
    if not event.from_step:
        return 0, ""
    before = dossier.workflow_version.workflow.steps[event.from_step]
    if before.status is not Status.PAYMENT_REQUIRED:
        return 0, ""
    held = due_dates.effective_events(list(dossier.events.select_related("note").order_by("sequence")))
    asked = citizen_requests.asked_before(held, before.status)
    found: dict[str, Any] = asked.note.data if asked and asked.note else {}
    return found.get("amount", 0), found.get("payee", "")


def state_in_words(dossier: Dossier) -> str:
    """The status for the citizen; of a complaint the step, whose names are its own."""
    return dossier.status_enum.short if dossier.kind == Dossier.Kind.NORMAL else dossier.step_data.name


def register() -> None:
    """Hand the default texts to the messaging room."""
    templates.describe(PLACEHOLDERS)
    for name, text in TEXTS.items():
        templates.register(
            name,
            text["title"],
            text["body"],
            text.get("button", ""),
            placeholders=PLACEHOLDERS,
            kind=_kind_of(name),
            can_wait=name in CAN_WAIT,
            in_person=name in IN_PERSON,
            words=WORDS,
            label=f"Đơn: {text['title']}" if name in COMPLAINT_TEXTS else "",
        )


def _kind_of(name: str) -> Kind:
    """The effect of this text on older ones of the same dossier."""
    if name in CORRECTIONS:
        return Kind.CORRECTION
    return Kind.ADDITION if name in ADDITIONS else Kind.STATUS


def chat(name: str, code: str = "") -> str:
    """An answer in the chat to one who typed a code, by its name in the file; `code` is that of the dossier."""
    hotline = current_province().hotline
    return _FILE["chat"][name].format(code=code, help=f" Cần giúp, xin gọi {hotline}." if hotline else "")
