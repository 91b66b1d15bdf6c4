"""Receiving feedback: stored under a code, answered by a promised day, readable to its sender by code and key."""

import hashlib
import json
import secrets
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from dossiers.feedback import deadline_promise
from dossiers.feedback.models import Feedback, FeedbackAct, FeedbackCounter
from dossiers.lifecycle.intake import next_number
from dossiers.lifecycle.rules.codes import (
    CodeError,
    format_feedback_code,
    make_lookup_key,
    normalise_procedure_code,
)
from procedures.catalogue.models import Procedure
from tenants import clock

FIELDS = ("topic", "text", "name", "contact", "procedure", "dossier_code")


def send(typed: Mapping[str, str]) -> Feedback:
    """Keep a piece of feedback, as the form cleaned it (FIELDS and `once`), and promise a day for the answer.

    `once` is a random value of the form it came from: sending the same form with the same words twice gives
    the first again, while changed words are a new piece; without it every sending is new.
    """
    once = typed.get("once") or secrets.token_urlsafe(16)
    words = {name: typed.get(name, "") for name in FIELDS}
    submission = hashlib.sha256(json.dumps([once, *words.values()]).encode()).hexdigest()
    try:
        with transaction.atomic(durable=True):
            known = Feedback.objects.filter(submission=submission).first()
            return known or _keep(words, submission)
    except IntegrityError:
        return Feedback.objects.get(submission=submission)


def _keep(typed: Mapping[str, str], submission: str) -> Feedback:
    now = clock.now()
    day = clock.today()
    procedure = _procedure(typed["procedure"])
    kept = Feedback.objects.create(
        code=format_feedback_code(day, next_number(FeedbackCounter, day=day)),
        lookup_key=make_lookup_key(secrets.randbelow),
        submission=submission,
        topic=typed["topic"],
        text=typed["text"],
        sender_name=typed["name"],
        sender_contact=typed["contact"],
        procedure=procedure,
        procedure_text=typed["procedure"],
        dossier_code=typed["dossier_code"],
        agency=procedure.agency if procedure else None,
        received_at=now,
        due_at=deadline_promise.due(now),
        last_sequence=1,
    )
    FeedbackAct.objects.create(
        feedback=kept, sequence=1, kind=FeedbackAct.Kind.RECEIVED, at=now, agency=kept.agency
    )
    return kept


def _procedure(typed: str) -> Procedure | None:
    """The procedure of a typed code; the typed text is kept in any case."""
    try:
        code = normalise_procedure_code(typed)
    except CodeError:
        return None
    return Procedure.objects.select_related("agency").filter(code=code, state=Procedure.State.ACTIVE).first()
