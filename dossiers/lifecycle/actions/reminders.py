"""The reminder that the time for bringing missing papers runs out: once for each request."""

import logging
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dossiers.lifecycle import citizen_requests, event_journal, notices
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.organisation import catalogue

log = logging.getLogger(__name__)

NOTICE = "reminder"
WORKING_DAYS_BEFORE = 3
"""No law names a number. Our judgement: time to fetch a paper from another office and to come once more."""
FARTHEST = timedelta(days=30)
"""No three working days lie farther apart than this, not even around Tết."""
AT_ONCE = 200


def send_due() -> int:
    """Write the reminders that are due in the current province; how many were written now.

    Each in a transaction of its own: a run that is stopped is gone on with by the next, and running twice
    reminds no one twice. Papers that came meanwhile end the reminder.
    """
    written, last = 0, 0
    while some := list(_waiting().filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = some[-1].pk
        for dossier in some:
            try:
                written += _reminder_day(dossier) <= clock.today() and _remind(dossier.pk)
            except Exception:
                # One dossier in trouble must not keep the others waiting.
                log.exception("reminder for dossier %s", dossier.pk)
    return written


def _waiting() -> QuerySet[Dossier]:
    """Dossiers whose citizen still has some days to bring what is missing."""
    now = clock.now()
    return Dossier.objects.filter(
        kind=Dossier.Kind.NORMAL,
        status=Status.SUPPLEMENT_REQUIRED,
        citizen_due_at__gt=now,
        citizen_due_at__lte=now + FARTHEST,
    ).select_related("calendar_version")


def _reminder_day(dossier: Dossier) -> date:
    calendar = dossier.calendar_version.calendar
    assert dossier.citizen_due_at is not None
    return calendar.add_open_days(calendar.local(dossier.citizen_due_at).date(), -WORKING_DAYS_BEFORE)


def _remind(dossier_id: int) -> bool:
    with transaction.atomic(durable=True), catalogue.read_once():
        dossier = event_journal.locked(dossier_id)
        if dossier.status_enum is not Status.SUPPLEMENT_REQUIRED or dossier.citizen_due_at is None:
            return False
        asked = _request(dossier)
        if asked is None:
            return False
        written = {"subject": dossier.subject, "event": str(asked.sequence), "intent": NOTICE}
        if Message.objects.filter(**written).exists() or Call.objects.filter(**written).exists():
            return False
        notices.send(dossier, asked, NOTICE, hold_seconds=0)
    return True


def _request(dossier: Dossier) -> Event | None:
    """The act that asked for papers which have not all come; None when it left no time to be reminded of."""
    request = citizen_requests.standing(dossier)
    if request is None or not request.lacking:
        return None
    asked = request.asked
    return asked if asked.at.astimezone(clock.VIETNAM).date() < _reminder_day(dossier) else None
