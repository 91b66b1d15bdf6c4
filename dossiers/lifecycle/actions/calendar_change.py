"""The effect of a new working calendar on open dossiers: shown first, and carried out only on purpose.

A dossier keeps the calendar it was received under, so a new one holds for new dossiers alone. Where days off
were announced late or entered wrongly, the administrator of a province may move running dossiers over: each
whose date changes gets an event with the reason, and the citizen a notice. No date ever changes by itself.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle import due_dates, event_journal
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.lifecycle.models.event import Event
from dossiers.lifecycle.notices import notices
from dossiers.workflow.models import WorkflowVersion
from procedures.catalogue.models import ProcedureVersion
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency
from tenants.organisation.rights import agencies_of

AT_ONCE = 2_000
KIND = "reschedule"
NOTICE = "rescheduled"


@dataclass(frozen=True, slots=True)
class Move:
    """A dossier whose promised date is another under the new calendar. Moments are aware."""

    dossier_id: int
    code: str
    agency: str
    old_due: datetime
    new_due: datetime
    paused: bool


@dataclass(frozen=True)
class Effect:
    """Dossiers examined, and those among them that would move, by their old due date."""

    examined: int
    moves: tuple[Move, ...]

    @property
    def later(self) -> int:
        """How many would be promised for a later day."""
        return sum(move.new_due > move.old_due for move in self.moves)

    @property
    def earlier(self) -> int:
        """How many would be promised for an earlier day."""
        return len(self.moves) - self.later

    @property
    def by_agency(self) -> dict[str, int]:
        """Moves by the agency that settles the dossier, most first."""
        return dict(Counter(move.agency for move in self.moves).most_common())


@dataclass
class Applied:
    """The result of an application. `skipped` dossiers moved on or ended since the effect was shown."""

    version: CalendarVersion
    moved: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def effect_of(new: WorkCalendar) -> Effect:
    """The effect of the calendar on the open dossiers of the present province whose term runs or is paused.

    Dossiers under a version with the same content are done and not examined. Writes nothing; a few queries
    for each two thousand dossiers.
    """
    examined, moves = 0, list[Move]()
    for dossiers in _open(new):
        examined += len(dossiers)
        moves += _moves(dossiers, new)
    return Effect(examined, tuple(sorted(moves, key=lambda move: (move.old_due, move.code))))


def apply(
    new: WorkCalendar,
    *,
    actor: User | None,
    reason: str,
    chosen: Collection[int] | None = None,
    say: Callable[[int, int], None] = lambda done, all_of_them: None,
) -> Applied:
    """Publish the calendar and move dossiers over to it: all that it affects, or the `chosen` ids of them.

    Each is a transaction of its own: its event says the reason and the date before, and its citizen is told
    unless the term is paused, when the date that comes of it is told with its end. After a break the call may
    be repeated: what was moved is not moved again. `actor` is an administrator of the province, or None for an
    operator at the command line. `say` is told how many of how many are done. Raises NotEntitled, and
    NotPossible without a fit reason; nothing is written then.
    """
    if actor is not None and agencies_of(actor) is not None:
        raise NotEntitled(_("Chỉ quản trị tỉnh được tính lại ngày hẹn theo lịch mới."))
    if not reason.strip() or not intake_rules.is_fit_note(reason):
        raise NotPossible(_("Xin ghi rõ lý do tính lại ngày hẹn."))
    effect = effect_of(new)
    with transaction.atomic(durable=True):
        version, _created = CalendarVersion.publish(new.to_data())
    applied = Applied(version)
    wanted = [move for move in effect.moves if chosen is None or move.dossier_id in chosen]
    for done, move in enumerate(wanted, 1):
        event = _reschedule(move.dossier_id, version, actor=actor, reason=reason)
        (applied.moved if event else applied.skipped).append(move.code)
        say(done, len(wanted))
    return applied


def _reschedule(
    dossier_id: int, version: CalendarVersion, *, actor: User | None, reason: str
) -> Event | None:
    """Put one dossier under the version, if it is still open and its date still changes by it."""
    with event_journal.act(dossier_id) as dossier:
        before = dossier.due_at
        if before is None or dossier.closed_at is not None or dossier.finished_at is not None:
            return None
        if dossier.calendar_version_id == version.pk:
            return None
        events = list(dossier.events.select_related("note").order_by("sequence"))
        if due_dates.promised_date(dossier, events, calendar=version.calendar) == before:
            return None
        dossier.calendar_version = version
        event = event_journal.append(
            dossier,
            kind=KIND,
            actor=actor,
            agency=None,
            note=reason,
            data={"due_before": before.isoformat(), "calendar": version.number},
        )
        if dossier.paused_since is None:
            notices.send(dossier, event, NOTICE, hold_seconds=0)
        log.record("dossier.reschedule", dossier.subject, actor=actor, calendar=version.number)
    return event


def _open(new: WorkCalendar) -> Iterator[list[Dossier]]:
    """The dossiers to examine, some at a time, each with its versions and the agency that settles it."""
    same = [version.pk for version in CalendarVersion.objects.all() if version.calendar == new]
    open_dossiers = (
        Dossier.objects.filter(closed_at=None, finished_at=None)
        .exclude(due_at=None)
        .exclude(calendar_version__in=same)
        .only(
            "code",
            "kind",
            "counted_from",
            "due_at",
            "paused_since",
            "procedure_version_id",
            "workflow_version_id",
            "calendar_version_id",
            "competent_agency_id",
        )
        .order_by("pk")
    )
    # Versions carry their whole content: read once, not once a dossier.
    calendars = CalendarVersion.objects.in_bulk()
    workflows = WorkflowVersion.objects.in_bulk()
    agencies = Agency.objects.only("name").in_bulk()
    last = 0
    while some := list(open_dossiers.filter(pk__gt=last)[:AT_ONCE]):
        last = some[-1].pk
        procedures = ProcedureVersion.objects.only("term_value", "term_unit").in_bulk(
            {dossier.procedure_version_id for dossier in some}
        )
        for dossier in some:
            dossier.procedure_version = procedures[dossier.procedure_version_id]
            dossier.workflow_version = workflows[dossier.workflow_version_id]
            dossier.calendar_version = calendars[dossier.calendar_version_id]
            dossier.competent_agency = agencies[dossier.competent_agency_id]
        yield some


def _moves(dossiers: Sequence[Dossier], new: WorkCalendar) -> Iterator[Move]:
    events: dict[int, list[Event]] = {dossier.pk: [] for dossier in dossiers}
    for event in _counting(dossiers):
        events[event.dossier_id].append(event)
    for dossier in dossiers:
        due = due_dates.promised_date(dossier, events[dossier.pk], calendar=new)
        assert dossier.due_at is not None  # `_open` asks for those only
        if due is not None and due != dossier.due_at:
            yield Move(
                dossier_id=dossier.pk,
                code=dossier.code,
                agency=dossier.competent_agency.name,
                old_due=dossier.due_at,
                new_due=due,
                paused=dossier.paused_since is not None,
            )


def _counting(dossiers: Sequence[Dossier]) -> QuerySet[Event]:
    """The events of these dossiers that a due date is counted from, in order."""
    matters = (
        ~Q(clock="none")
        | Q(extended_to__isnull=False)
        | Q(promised_to__isnull=False)
        | Q(undoes__isnull=False)
    )
    return (
        Event.objects.filter(matters, dossier_id__in=[dossier.pk for dossier in dossiers])
        .select_related("note")
        .order_by("dossier_id", "sequence")
    )
