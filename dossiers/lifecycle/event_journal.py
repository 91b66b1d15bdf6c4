"""Opening an act on a dossier, and writing it down: the one place where events come from."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.rules.deadlines import Term
from dossiers.lifecycle import projection, rules_in_force
from dossiers.lifecycle.errors import NotPossible, StaleDossier
from dossiers.lifecycle.models import Dossier, Event, Note
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation import catalogue, data_version
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import in_place_of

RECEIVE, SUBMIT, SUPPLY, FEED = "receive", "submit_online", "supply_online", "feed"

# What citizens need not read in the history of their dossier.
CONSENT = "consent"
INTERNAL = frozenset({"assign", "propose", "decline", "attach", "withdraw_file"})

# How a result leaves the desk.
HANDOVER_WAYS = {
    "counter": gettext_lazy("Nhận tại quầy"),
    "post": gettext_lazy("Qua bưu chính công ích"),
    "electronic": gettext_lazy("Bản điện tử"),
}

READ_WITH = (
    "procedure",
    "procedure_version",
    "workflow_version",
    "calendar_version",
    "owner",
    "submitter",
    "recipient",
    "support_point",
    "receiving_agency",
    "competent_agency",
    "holding_agency",
    "assignee",
)

MOST_OF_MACHINES = 1_000
"""Events after which a dossier takes no more from other systems. Each act replays those before it; people need few."""

WORKING = frozenset({Role.CLERK, Role.SPECIALIST, Role.LEADER})
"""The roles of who works on dossiers."""

KEEP: Any = object()
"""For an argument: as it was."""

_dry_run: ContextVar[bool] = ContextVar("dry_run", default=False)
_requested: ContextVar[tuple[str, str]] = ContextVar("requested", default=("", ""))


@contextmanager
def act(dossier_id: int, *, seen: int | None = None, strictly: bool = False) -> Iterator[Dossier]:
    """One act: a durable transaction of its own with the dossier's row locked.

    `seen` is the number of the last event the person saw: when another act came in between, StaleDossier is
    raised and nothing happens. None for acts that no earlier view can make wrong. That a recipient turned notices on
    or off meanwhile makes an act wrong only `strictly`. Raises NotPossible when there is no such dossier in this
    province.
    """
    with transaction.atomic(durable=not is_dry_run()), catalogue.read_once():
        yield locked(dossier_id, seen=seen, strictly=strictly)


@contextmanager
def dry_run() -> Iterator[None]:
    """Acts inside are done as ever, by the same code, and undone when the block ends: what they would write
    can be looked at inside it. Nothing is sent, no worker is woken, no trace is left."""
    token = _dry_run.set(True)
    try:
        with transaction.atomic(durable=True):
            yield
            transaction.set_rollback(True)
    finally:
        _dry_run.reset(token)


@contextmanager
def requested(key: str, digest: str) -> Iterator[None]:
    """The first event that is written inside carries the key of the request that asked for it, and its digest: part
    of the act itself, so that no crash parts them. Raises IntegrityError where this actor's key has an event."""
    token = _requested.set((key, digest))
    try:
        yield
    finally:
        _requested.reset(token)


def is_dry_run() -> bool:
    """Whether acts begun now are to be undone."""
    return _dry_run.get()


def locked(dossier_id: int, *, seen: int | None = None, strictly: bool = False) -> Dossier:
    """The dossier, locked until the caller's transaction ends. See `act`."""
    # First the lock, then the reading: a query that waits for a lock looks at the row again, but not at the
    # rows joined to it, and loses it altogether when its holder changed in between.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM dossiers_dossier WHERE id = %s FOR UPDATE", [dossier_id])
    version = data_version.of(catalogue.TOPIC)
    read = Dossier.objects.select_related("recipient", "assignee").annotate(catalogue_version=version)
    dossier = read.filter(pk=dossier_id).order_by().first()
    if dossier is None:
        raise NotPossible(_("Không có hồ sơ này."))
    catalogue.note_version(dossier.catalogue_version)
    rules_in_force.fill(dossier)
    for party in ("owner", "submitter"):
        if getattr(dossier, f"{party}_id") == dossier.recipient_id:
            setattr(dossier, party, dossier.recipient)
    if seen is not None and dossier.last_sequence != seen:
        harmless = [] if strictly else [CONSENT]
        if seen > dossier.last_sequence or dossier.events.filter(sequence__gt=seen).exclude(
            kind__in=harmless
        ):
            raise StaleDossier(_("Hồ sơ vừa được người khác cập nhật. Xin xem lại rồi thao tác tiếp."))
    return dossier


def append(
    dossier: Dossier,
    *,
    kind: str,
    actor: User | None,
    agency: Agency | None,
    to_step: str | None = None,
    clock_effect: str = "none",
    assignee: User | None = KEEP,
    holder: Agency = KEEP,
    term: Term | None = None,
    extended_to: datetime | None = None,
    promised_to: datetime | None = None,
    citizen_due_at: datetime | None = None,
    undoes: int | None = None,
    approved_by: User | None = None,
    roles: Collection[str] = WORKING,
    note: str = "",
    data: dict[str, Any] | None = None,
    moment: datetime | None = None,
) -> Event:
    """Write an event of a locked or new dossier and save the dossier with its derived columns up to date.

    `roles` are those that this act is for: who has none of their own and was lent one acts in place of its
    holder, and the event says so. `to_step` None leaves it where it is. `moment` is for history brought in from elsewhere; an act of today
    is now, but never before the last event: clocks of two servers may differ, history may not run backwards.

    Raises NotPossible for a dossier that another system leads, unless the act is one of `rules_in_force.BESIDE_A_LEADER`,
    and for the event of a system after MOST_OF_MACHINES.
    """
    is_of_a_machine = actor is not None and actor.is_machine
    if (is_of_a_machine or kind == FEED) and dossier.last_sequence >= MOST_OF_MACHINES:
        raise NotPossible(_("Hồ sơ này đã có quá nhiều việc; hệ thống khác không ghi thêm được nữa."))
    if kind not in rules_in_force.BESIDE_A_LEADER and (sentence := rules_in_force.led_elsewhere(dossier)):
        raise NotPossible(sentence)
    earlier = dossier.events.order_by("sequence") if dossier.pk else Event.objects.none()
    # The words of an extension are part of the deadline; no other words are.
    events = list(earlier.select_related("note") if dossier.extended_to else earlier)
    previous = events[-1] if events else None
    step = dossier.step if to_step is None else to_step
    text = note.strip()
    event = Event(
        dossier=dossier,
        sequence=previous.sequence + 1 if previous else 1,
        kind=kind,
        at=moment or max(clock.now(), previous.at if previous else clock.now()),
        actor=actor,
        agency=agency,
        assignee=dossier.assignee if assignee is KEEP else assignee,
        holder=dossier.holding_agency if holder is KEEP else holder,
        from_step=previous.to_step if previous else "",
        to_step=step,
        status=int(dossier.workflow_version.workflow.steps[step].status),
        clock=clock_effect,
        term_value=term.value if term else None,
        term_unit=str(term.unit) if term else "",
        extended_to=extended_to,
        promised_to=promised_to,
        citizen_due_at=citizen_due_at,
        undoes=undoes,
        approved_by=approved_by,
        in_place_of=in_place_of(actor, roles, agency) if actor and agency else None,
        approved_in_place_of=in_place_of(approved_by, (Role.LEADER,), dossier.competent_agency)
        if approved_by
        else None,
        note=Note.objects.create(text=text, data=data or {}) if text or data else None,
    )
    event.request_key, event.request_digest = _requested.get()
    _requested.set(("", ""))
    projection.replay(dossier, [*events, event])
    event.due_at = dossier.due_at
    # Each row is written once: a new dossier with the state that its first event gives it.
    dossier.save()
    event.save()
    return event
