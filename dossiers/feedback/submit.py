"""Receiving feedback: stored under a code, answered by a promised day, readable to its sender by code and key."""

import hashlib
import json
import secrets
from dataclasses import astuple, dataclass, replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dossiers.feedback import deadline_promise
from dossiers.feedback.models import Feedback, FeedbackAct, FeedbackCounter
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.lifecycle.intake import clean_phone, next_number
from dossiers.lifecycle.rules.codes import (
    CodeError,
    format_feedback_code,
    make_lookup_key,
    normalise_procedure_code,
)
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.phone_numbers import LANDLINE, MOBILE
from tenants.validation import is_plain_text

LONGEST = {"text": 5000, "name": 100, "contact": 100, "procedure": 200, "dossier_code": 120}


@dataclass(frozen=True)
class Typed:
    """The typed feedback. Only topic and text are required, no name."""

    topic: str
    text: str
    name: str = ""
    contact: str = ""
    procedure: str = ""
    dossier_code: str = ""


def send(typed: Typed, *, once: str) -> Feedback:
    """Keep a piece of feedback and promise a day for the answer.

    `once` is a random value of the form it came from: sending the same form with the same words twice gives
    the first again, while changed words are a new piece; without it every sending is new. Raises
    IntakeRefused with a sentence for each field.
    """
    typed = _tidy(typed)
    _check(typed)
    once = once or secrets.token_urlsafe(16)
    submission = hashlib.sha256(json.dumps([once, *astuple(typed)]).encode()).hexdigest()
    try:
        with transaction.atomic(durable=True):
            known = Feedback.objects.filter(submission=submission).first()
            return known or _keep(typed, submission)
    except IntegrityError:
        return Feedback.objects.get(submission=submission)


def _keep(typed: Typed, submission: str) -> Feedback:
    now = clock.now()
    day = clock.today()
    procedure = _procedure(typed.procedure)
    kept = Feedback.objects.create(
        code=format_feedback_code(day, next_number(FeedbackCounter, day=day)),
        lookup_key=make_lookup_key(secrets.randbelow),
        submission=submission,
        topic=typed.topic,
        text=typed.text,
        sender_name=typed.name,
        sender_contact=typed.contact,
        procedure=procedure,
        procedure_text=typed.procedure,
        dossier_code=typed.dossier_code,
        agency=procedure.agency if procedure else None,
        received_at=now,
        due_at=deadline_promise.due(now),
        last_sequence=1,
    )
    FeedbackAct.objects.create(
        feedback=kept, sequence=1, kind=FeedbackAct.Kind.RECEIVED, at=now, agency=kept.agency
    )
    return kept


def _tidy(typed: Typed) -> Typed:
    """Line ends as one character, blanks at the ends gone; a telephone as digits."""
    contact = typed.contact.strip()
    return replace(
        typed,
        text=typed.text.replace("\r\n", "\n").strip(),
        name=" ".join(typed.name.split()),
        contact=contact if "@" in contact else clean_phone(contact) if contact else "",
        procedure=" ".join(typed.procedure.split()),
        dossier_code=" ".join(typed.dossier_code.split()),
    )


def _check(typed: Typed) -> None:
    problems: dict[str, str] = {}
    for field, longest in LONGEST.items():
        value = getattr(typed, field)
        if len(value) > longest:
            problems[field] = _("Nội dung dài %(length)d ký tự, tối đa %(longest)d. Xin rút ngắn lại.") % {
                "length": len(value),
                "longest": longest,
            }
        elif not is_plain_text(value):
            problems[field] = _("Nội dung có ký tự không hợp lệ.")
    if typed.topic not in Feedback.Topic.values:
        problems["topic"] = _("Xin chọn phản ánh về việc gì.")
    if not typed.text:
        problems["text"] = _("Xin viết điều ông/bà muốn phản ánh.")
    if typed.contact and "contact" not in problems and not _can_be_reached(typed.contact):
        problems["contact"] = _("Xin ghi số điện thoại hoặc địa chỉ thư điện tử, hoặc bỏ trống.")
    if problems:
        raise IntakeRefused(problems)


def _can_be_reached(contact: str) -> bool:
    name, at, host = contact.partition("@")
    if at:
        return bool(name) and "." in host and " " not in contact
    return bool(MOBILE.match(contact) or LANDLINE.match(contact))


def _procedure(typed: str) -> Procedure | None:
    """The procedure of a typed code; the typed text is kept in any case."""
    try:
        code = normalise_procedure_code(typed)
    except CodeError:
        return None
    return Procedure.objects.select_related("agency").filter(code=code, state=Procedure.State.ACTIVE).first()
