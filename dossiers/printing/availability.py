"""When a form may be printed: each tells of an act that stands in the dossier's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import Dossier, Event
from dossiers.printing.models import Form
from dossiers.workflow.rules.statuses import Status
from tenants.refusals import Refused

APOLOGISE = "apologise"
FOR_EVERY_KIND = (Form.RECEIPT, Form.SUPPLEMENT, Form.CONTROL)
"""Complaints and conciliations get these; their other papers have models of their own."""


class FormNotReady(Refused):
    """The form would tell of something that has not happened, or would lack what the law wants in it."""


@dataclass(frozen=True)
class Occasion:
    """An act that a form tells of. `before` is the due date that stood until then."""

    form: Form
    event: Event
    before: datetime | None = None


NOT_YET = {
    Form.RECEIPT: gettext_noop("Hồ sơ chưa được tiếp nhận nên chưa có giấy hẹn."),
    Form.SUPPLEMENT: gettext_noop("Hồ sơ này không có yêu cầu bổ sung nào."),
    Form.REFUSAL: gettext_noop("Hồ sơ này không bị từ chối tiếp nhận."),
    Form.APOLOGY: gettext_noop("Hồ sơ này chưa được xin lỗi và hẹn lại."),
    Form.STOP: gettext_noop("Hồ sơ này không bị dừng giải quyết."),
    Form.CONTROL: gettext_noop("Hồ sơ chưa được tiếp nhận nên chưa có phiếu kiểm soát."),
}


def all_ready(dossier: Dossier, events: Sequence[Event]) -> list[Occasion]:
    """Every paper of this dossier that can be printed now, by form, then in the order of history.

    `events` are all of the dossier's, in order, with their notes and people.
    """
    return [
        occasion
        for form in NOT_YET
        for occasion in _of(form, dossier, events)
        if _fault(dossier, occasion) is None
    ]


def find(dossier: Dossier, events: Sequence[Event], form: str, sequence: int | None = None) -> Occasion:
    """The act that the form reports: the one of this number, or the last one. Raises FormNotReady with the reason."""
    if form not in NOT_YET:
        raise FormNotReady(_("Không có biểu mẫu này cho một hồ sơ."))
    found = [
        occasion
        for occasion in _of(Form(form), dossier, events)
        if sequence is None or occasion.event.sequence == sequence
    ]
    if not found:
        raise FormNotReady(_(NOT_YET[Form(form)]))
    fault = _fault(dossier, found[-1])
    if fault is not None:
        raise FormNotReady(_(fault))
    return found[-1]


def _of(form: Form, dossier: Dossier, events: Sequence[Event]) -> list[Occasion]:
    held = due_dates.effective_events(events)
    if form in (Form.RECEIPT, Form.CONTROL):
        taken_in = due_dates.acceptance(dossier, events)
        return [Occasion(form, taken_in)] if taken_in else []
    if form is Form.APOLOGY:
        return [
            Occasion(form, event, before.due_at)
            for before, event in pairwise(held)
            if event.kind == APOLOGISE and event.extended_to is not None
        ]
    status = {
        Form.SUPPLEMENT: Status.SUPPLEMENT_REQUIRED,
        Form.REFUSAL: Status.NOT_ACCEPTED,
        Form.STOP: Status.STOPPED,
    }[form]
    if form is not Form.SUPPLEMENT and dossier.status != status:
        return []
    return [
        Occasion(form, event)
        for before, event in pairwise(held)
        if event.status == status != before.status and event.undoes is None and event.kind != "correct"
    ]


def _fault(dossier: Dossier, occasion: Occasion) -> str | None:
    """The missing precondition, as a Vietnamese sentence."""
    form, event = occasion.form, occasion.event
    if dossier.kind != Dossier.Kind.NORMAL and form not in FOR_EVERY_KIND:
        return gettext_noop("Biểu mẫu này chỉ dùng cho hồ sơ thủ tục hành chính.")
    if form in (Form.RECEIPT, Form.CONTROL):
        return None
    if form is Form.SUPPLEMENT and not papers(event):
        return gettext_noop("Yêu cầu bổ sung chưa ghi giấy tờ cần bổ sung.")
    if not reason(event):
        return gettext_noop("Chưa ghi lý do.")
    if form is Form.APOLOGY and occasion.before is None:
        return gettext_noop("Hồ sơ không có ngày hẹn trả ban đầu.")
    if form in (Form.APOLOGY, Form.STOP) and signer(event) == "":
        return gettext_noop("Chưa rõ người ký.")
    return None


def papers(event: Event) -> list[str]:
    return [str(paper) for paper in event.note.data.get("papers", [])] if event.note else []


def reason(event: Event) -> str:
    """The words of an act."""
    return event.note.text.strip() if event.note else ""


def signer(event: Event) -> str:
    """The official responsible for an act: its approver, or else its actor."""
    person = event.approved_by or event.actor
    return person.get_full_name() if person else ""
