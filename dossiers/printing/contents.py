"""The content of each form as plain data for its template. No rule of the law is decided here, nothing is typeset.

The words are Vietnamese whatever language the desk reads, since the law prescribes them.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from barcode.codex import Code128
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.lookup.words import history
from dossiers.printing import availability, wording
from dossiers.printing.availability import Occasion
from dossiers.printing.circulars import Circular
from dossiers.printing.models import Form
from dossiers.workflow.rules.statuses import Status
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency
from tenants.text import dong
from tenants.web import qr
from tenants.web.absolute_urls import absolute

PAPERS: dict[Form, tuple[str, ...]] = {
    **dict.fromkeys(Form, ("a5", "a4")),
    Form.CONTROL: ("a4", "a5"),
    Form.REGISTER: ("a4",),
}
"""Sheet sizes each form can be printed on, the usual one first."""

SPARE_LINES = 2
"""Empty hand-over lines for the pen while the dossier is still on its way."""

Content = dict[str, Any]


def of(
    occasion: Occasion, dossier: Dossier, events: Sequence[Event], circular: Circular, *, paper: str = ""
) -> Content:
    """The content of one form but for the receipt's key and address, see `with_address`.

    `events` are all of the dossier's, in order. `paper` is one of PAPERS of the form, or empty for the usual.
    """
    event, desk = occasion.event, _desk(dossier)
    agency = event.agency or desk
    return {
        **frame(occasion.form, circular, agency, event.at, paper=paper),
        "code": dossier.code,
        "number": number_of(dossier) if occasion.form is Form.RECEIPT else "",
        "applicant": _person(dossier.owner),
        "submitter": wording.breakable(dossier.submitter.name)
        if dossier.submitter_id != dossier.owner_id
        else "",
        "submitter_signs": wording.breakable(dossier.submitter.name),
        "procedure": wording.breakable(dossier.procedure_version.official_name),
        "desk": desk.name,
        "contact_name": agency.name,
        "contact": wording.unbroken(agency.phone or desk.phone or current_province().hotline),
        "received": wording.moment(dossier.received_at),
        "received_day": wording.day(dossier.received_at).capitalize(),
        "official": availability.signer(event),
        **_own(occasion, dossier, events),
    }


def frame(form: Form, circular: Circular, agency: Agency, at: datetime, *, paper: str = "") -> Content:
    """The content of every form: its name, its dossier, place and date."""
    model = circular.forms[form]
    return {
        **blank(agency, at),
        "form": str(form),
        "model": model.number,
        "title": model.title,
        "circular": circular.number,
        "paper": paper if paper in PAPERS[form] else PAPERS[form][0],
        "landscape": form is Form.REGISTER,
    }


def blank(agency: Agency, at: datetime) -> Content:
    """The shared content of all templates, on a landscape sheet that no circular prescribes."""
    province = current_province()
    return {
        "title": "",
        "paper": "a4",
        "landscape": True,
        "agency": {"parent": agency.parent.name if agency.parent else "", "name": agency.name},
        "place": province.short_name,
        "date": wording.day(at),
        "demo": province.demo,
        "code": "",
        "number": "",
    }


def number_of(dossier: Dossier) -> str:
    """The number of the receipt, by the dossier's code: 0042; empty for a code that ends in none. The other forms
    take a number from the office's outgoing book."""
    last = dossier.code.rpartition("-")[2]
    return str(int(last)).zfill(4) if last.isdecimal() else ""


def with_address(content: Content, *, key: str, token_url: str) -> Content:
    """The receipt with the holder's own: the lookup key and the address in the QR code."""
    bars, width = barcode_svg(content["code"])
    lookup = absolute(reverse("lookup")).partition("://")[2].rstrip("/")
    return {
        **content,
        "key": f"{key[:3]} {key[3:]}",
        "lookup": lookup,
        "qr": qr.svg(token_url),
        "barcode": bars,
        "barcode_width": width,
    }


def _own(occasion: Occasion, dossier: Dossier, events: Sequence[Event]) -> Content:
    """What this form alone tells."""
    form, event, before = occasion.form, occasion.event, occasion.before
    if form is Form.RECEIPT:
        return _receipt(occasion, dossier)
    if form is Form.CONTROL:
        return _control(dossier, events)
    found: Content = {"reason": wording.breakable(availability.reason(event))}
    if form is Form.SUPPLEMENT:
        due = event.citizen_due_at
        found["papers"] = [wording.breakable(paper) for paper in availability.papers(event)]
        found["citizen_due"] = wording.moment(due) if due else ""
    elif form is Form.APOLOGY:
        after = event.extended_to
        found["due_before"] = wording.moment(before) if before else ""
        found["due_after"] = wording.moment(after) if after else ""
    elif form is Form.STOP:
        found["stopped"] = wording.moment(event.at)
    return found


def _receipt(occasion: Occasion, dossier: Dossier) -> Content:
    term, promised = due_dates.first_term(dossier), occasion.event.due_at
    now = dossier.due_at
    moved = promised is not None and now is not None and now != promised
    fees = [fee.amount for fee in dossier.procedure_version.fees.all() if fee.amount is not None]
    fee = "; ".join(dong(amount) for amount in fees if amount)
    return {
        "papers": [wording.breakable(document) for document in dossier.documents],
        "sets": "01",
        "term": wording.term(term) if term else due_dates.term_in_words(dossier),
        "due": wording.moment(promised) if promised else "không có ngày cố định",
        "due_now": wording.moment(now) if moved and now else "",
        "delivery": wording.breakable(dossier.result_delivery or _desk(dossier).name),
        "fee": fee or ("không phải nộp" if fees else ""),
    }


def _control(dossier: Dossier, events: Sequence[Event]) -> Content:
    held = due_dates.effective_events(events)
    lines = [
        _handover(before, event, dossier)
        for before, event in pairwise(held)
        if (before.holder_id, before.assignee_id) != (event.holder_id, event.assignee_id)
        or _finishes(before, event)
    ]
    empty = dict.fromkeys(("giver", "taker", "at", "giver_person", "taker_person", "outcome", "note"), "")
    spare = 0 if dossier.status_enum.is_closed else SPARE_LINES
    return {
        "due": wording.moment(dossier.due_at) if dossier.due_at else "không có ngày cố định",
        "handovers": [*lines, *([empty] * spare)],
    }


def _handover(before: Event, event: Event, dossier: Dossier) -> dict[str, str]:
    """A line of the control sheet: who gave the dossier to whom, when, and how it stood with the term."""
    with translation.override("vi"):
        note = history.title(event, dossier.workflow_version.workflow)
    takes = event.assignee if event.assignee_id != before.assignee_id else None
    return {
        "giver": before.holder.name,
        "taker": event.holder.name,
        "at": wording.moment(event.at),
        "giver_person": event.actor.get_full_name() if event.actor else "",
        "taker_person": takes.get_full_name() if takes else "",
        "outcome": _outcome(event) if _finishes(before, event) else "",
        "note": note,
    }


def _finishes(before: Event, event: Event) -> bool:
    return event.status == Status.DONE != before.status


def _outcome(event: Event) -> str:
    """How a result stood with its due date: before the day, on it, after it."""
    if event.due_at is None:
        return ""
    if event.at > event.due_at:
        return "late"
    same_day = wording.short_day(event.at) == wording.short_day(event.due_at)
    return "on_time" if same_day else "early"


def _desk(dossier: Dossier) -> Agency:
    return dossier.support_point or dossier.receiving_agency


def _person(party: Party) -> dict[str, str]:
    """The numbers stand in full: the sheet is the holder's own, and the law's model asks for them."""
    return {
        "name": wording.breakable(party.name),
        "id_number": party.id_number,
        "address": wording.breakable(party.address),
        "phone": party.phone,
    }


MODULE_MM = 0.33
QUIET_ZONE_MODULES = 10
HEIGHT_MM = 11


def barcode_svg(code: str) -> tuple[SafeString, float]:
    """The bars as an SVG image with its quiet zones, and its width in mm at the size meant for print."""
    bits = "0" * QUIET_ZONE_MODULES + Code128(code).build()[0] + "0" * QUIET_ZONE_MODULES
    bars, x = [], 0
    for bit, run in groupby(bits):
        length = len(list(run))
        if bit == "1":
            bars.append(f"M{x} 0h{length}v1h-{length}z")
        x += length
    width = len(bits) * MODULE_MM
    return mark_safe(  # noqa: S308 – made here, holds no foreign text
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {len(bits)} 1" preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    ), width
