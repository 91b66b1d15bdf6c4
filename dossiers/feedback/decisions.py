"""Decisions on complaints, and the publication of those that the law wants public.

Which decisions those are, and by when, is derived from the events of the dossier and the table of limits:
no state is stored when a decision is recorded, and a recalled one needs no cleanup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from dossiers.feedback import personal_data_check
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Decision, Dossier, Event
from dossiers.lifecycle.permissions import visible_to
from dossiers.workflow.rules.shipped import ACCEPT, DECIDE, FIRST_ROUND, SECOND_ROUND, publication_on
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_at
from tenants.validation import is_plain_text

LONGEST_SUBJECT = 1000
SHORTEST_SUBJECT = 10


@dataclass(frozen=True)
class Issued:
    """A decision as the dossier's events tell it. `must_publish_by` is None where nothing must be public."""

    dossier: Dossier
    number: str
    date: date
    round: int
    must_publish_by: datetime | None

    @property
    def is_late(self) -> bool:
        return self.must_publish_by is not None and clock.now() > self.must_publish_by


def issued(dossier: Dossier, events: Sequence[Event]) -> Issued | None:
    """The decision that stands in these events of a complaint, in order; None when there is none."""
    held = due_dates.effective_events(events)
    if dossier.kind != Dossier.Kind.COMPLAINT or not held or dossier.finished_at is None:
        return None
    decided = next((event for event in reversed(held) if event.kind == DECIDE and event.note), None)
    said = decided.note.data.get("decision") if decided and decided.note else None
    if not said:
        return None
    round_ = SECOND_ROUND if any(event.kind == ACCEPT[SECOND_ROUND] for event in held) else FIRST_ROUND
    day = date.fromisoformat(said["date"])
    return Issued(dossier, said["number"], day, round_, _must_publish_by(dossier, day, round_))


def waiting(user: User) -> list[Issued]:
    """Decisions that must be public and are not, of dossiers this person may see, the most urgent first."""
    complaints = (
        visible_to(user)
        .filter(kind=Dossier.Kind.COMPLAINT, events__kind=ACCEPT[SECOND_ROUND])
        .exclude(finished_at=None)
        .exclude(publications__in=Decision.objects.filter(taken_down_at=None))
        .select_related("competent_agency", "calendar_version", "workflow_version", "procedure_version")
        .prefetch_related(
            Prefetch(
                "events", Event.objects.select_related("note").order_by("sequence"), to_attr="ordered_events"
            )
        )
        .distinct()
    )
    found = [issued(dossier, dossier.ordered_events) for dossier in complaints]
    due = [decision for decision in found if decision is not None and decision.must_publish_by is not None]
    return sorted(due, key=lambda decision: (decision.must_publish_by, decision.dossier.pk))


def published() -> QuerySet[Decision]:
    return Decision.objects.filter(taken_down_at=None).select_related("agency")


def publish_decision(dossier_id: int, *, actor: User, subject: str) -> Decision:
    """Publish the decision of this complaint under a subject without names. A leader does it.

    Raises NotPossible when there is no decision that must be public, when it is public already, and where
    the subject holds a name, an ID number, a telephone of the dossier's people or any long number; and
    NotEntitled for anybody but a leader of the competent agency.
    """
    subject = _fit(subject, _("Xin viết trích yếu, ít nhất %(n)d ký tự.") % {"n": SHORTEST_SUBJECT})
    try:
        with transaction.atomic(durable=True):
            dossier = _locked(dossier_id, actor)
            events = list(dossier.events.select_related("note").order_by("sequence"))
            decision = issued(dossier, events)
            if decision is None or decision.must_publish_by is None:
                raise NotPossible(_("Hồ sơ này chưa có quyết định phải công khai."))
            if found := _traces(dossier, f"{decision.number}\n{subject}"):
                raise NotPossible(" ".join([*found, _("Xin viết lại cho không nhận ra người khiếu nại.")]))
            made = Decision.objects.create(
                dossier=dossier,
                agency=dossier.competent_agency,
                number=decision.number,
                date=decision.date,
                subject=subject,
                must_publish_by=decision.must_publish_by,
                published_at=clock.now(),
                published_by=actor,
            )
            log.record("decision.publish", dossier.subject, actor=actor)
    except IntegrityError as error:
        raise NotPossible(_("Quyết định này đã được công khai.")) from error
    return made


def take_down(decision_id: int, *, actor: User, reason: str) -> Decision:
    """Take a decision off the public page, with a reason. Raises NotPossible, NotEntitled."""
    reason = _fit(reason, _("Xin ghi rõ lý do, ít nhất %(n)d ký tự.") % {"n": SHORTEST_SUBJECT})
    with transaction.atomic(durable=True):
        decision = Decision.objects.select_for_update().filter(pk=decision_id, taken_down_at=None).first()
        if decision is None:
            raise NotPossible(_("Quyết định này không ở trên trang công khai."))
        dossier = _locked(decision.dossier_id, actor)
        decision.taken_down_at, decision.taken_down_by = clock.now(), actor
        decision.taken_down_reason = reason
        decision.save()
        log.record("decision.take_down", dossier.subject, actor=actor)
    return decision


def may_publish(dossier: Dossier, actor: User) -> bool:
    """Whether this person leads the agency that decided."""
    return Role.LEADER in roles_at(actor, [dossier.competent_agency_id])


def _locked(dossier_id: int, actor: User) -> Dossier:
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("competent_agency", "calendar_version", "owner", "submitter", "recipient")
        .filter(pk=dossier_id)
        .first()
    )
    if dossier is None:
        raise NotPossible(_("Không có hồ sơ này."))
    if not may_publish(dossier, actor):
        raise NotEntitled(_("Chỉ lãnh đạo cơ quan giải quyết khiếu nại được công khai hoặc gỡ quyết định."))
    return dossier


def _must_publish_by(dossier: Dossier, day: date, round_: int) -> datetime | None:
    try:
        rule = publication_on(day)
    except LookupError:
        return None
    if round_ not in rule.rounds:
        return None
    calendar = dossier.calendar_version.calendar
    return calendar.closing(calendar.first_open_day(day + timedelta(days=rule.days)))


def _traces(dossier: Dossier, text: str) -> list[str]:
    people = (dossier.owner, dossier.submitter, dossier.recipient)
    contacts = [contact for person in people for contact in (person.id_number, person.phone)]
    return personal_data_check.traces(text, names=[person.name for person in people], contacts=contacts)


def _fit(text: str, when_short: str) -> str:
    text = " ".join(text.split()) if is_plain_text(text) else ""
    if len(text) < SHORTEST_SUBJECT:
        raise NotPossible(when_short)
    if len(text) > LONGEST_SUBJECT:
        raise NotPossible(_("Nội dung quá dài, tối đa %(limit)d ký tự.") % {"limit": LONGEST_SUBJECT})
    return text
