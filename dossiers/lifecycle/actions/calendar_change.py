"""The effect of a new working calendar on open dossiers: shown first, and carried out only on purpose.

A dossier keeps the calendar it was received under, so a new one holds for new dossiers alone. Where days off
were announced late or entered wrongly, the administrator of a province may move running dossiers over: each
whose date changes gets an event with the reason, and the citizen a notice. No date ever changes by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle import due_dates, event_journal, notices, rules_in_force
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier, Event
from procedures.catalogue.models import ProcedureVersion
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency
from tenants.organisation.rights import agencies_of

AT_ONCE = 2_000
KIND = "reschedule"
NOTICE = "rescheduled"
_VERSIONS = ("procedure_version_id", "workflow_version_id", "calendar_version_id")


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
    for dossier in _open(new):
        examined += 1
        due = due_dates.promised_date(dossier, list(dossier.events.all()), calendar=new)
        assert dossier.due_at is not None  # `_open` asks for those only
        if due is not None and due != dossier.due_at:
            agency, is_paused = dossier.competent_agency.name, dossier.paused_since is not None
            moves.append(Move(dossier.pk, dossier.code, agency, dossier.due_at, due, is_paused))
    return Effect(examined, tuple(sorted(moves, key=lambda move: (move.old_due, move.code))))


def apply(
    new: WorkCalendar,
    *,
    actor: User | None,
    reason: str,
    say: Callable[[int, int], None] = lambda done, all_of_them: None,
) -> Applied:
    """Publish the calendar and move the dossiers over to it that it affects.

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
    for done, move in enumerate(effect.moves, 1):
        event = _reschedule(move.dossier_id, version, actor=actor, reason=reason)
        (applied.moved if event else applied.skipped).append(move.code)
        say(done, len(effect.moves))
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


def _open(new: WorkCalendar) -> Iterator[Dossier]:
    """The dossiers to examine, each with its versions, the agency that settles it, and the events that a
    due date is counted from."""
    same = [version.pk for version in CalendarVersion.objects.all() if version.calendar == new]
    matters = ~Q(clock="none")
    for column in ("extended_to", "promised_to", "undoes"):
        matters |= Q(**{f"{column}__isnull": False})
    terms = ProcedureVersion.objects.only("term_value", "term_unit")
    open_dossiers = (
        Dossier.objects.filter(closed_at=None, finished_at=None)
        .exclude(source__in=rules_in_force.leaders())
        .exclude(due_at=None)
        .exclude(calendar_version__in=same)
        .only("code", "kind", "counted_from", "due_at", "paused_since", *_VERSIONS, "competent_agency_id")
        .prefetch_related(
            "workflow_version",
            "calendar_version",
            Prefetch("procedure_version", terms),
            Prefetch("competent_agency", Agency.objects.only("name")),
            Prefetch("events", Event.objects.filter(matters).select_related("note")),
        )
        .order_by("pk")
    )
    last = 0
    while some := list(open_dossiers.filter(pk__gt=last)[:AT_ONCE]):
        last = some[-1].pk
        yield from some
