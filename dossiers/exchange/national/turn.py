"""What the province has to do with the national portal, step by step under one lease, in the order of the log.

Before each call that changes something there a row says that it was begun. So after a cut or a kill the portal is
asked what it has, and nothing is created or reported twice.
"""

import time
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from dossiers.exchange import leases
from dossiers.exchange.national import intake
from dossiers.exchange.national.client import Away, Client, Refusal
from dossiers.exchange.national.differences import note_difference
from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from dossiers.lifecycle.models import Dossier, Event, OtherSystem
from tenants.audit import log as audit
from tenants.audit import sealer
from tenants.audit.models import Seal

DUE = "exchange.national"
PROBE = """
    (SELECT n.id, n.next_try_at FROM {schema}.exchange_nationallink n
     WHERE n.is_active AND n.next_try_at <= statement_timestamp()
     AND (LEAST(n.next_pull_at, n.next_comparison_at) <= statement_timestamp()
          OR n.position < (SELECT max(s.id) FROM {schema}.audit_seal s)
          OR EXISTS (SELECT FROM {schema}.exchange_nationaldossier d WHERE d.again)) LIMIT 1)
"""
"""See `settings.DUE_WORK`."""
LEASE = timedelta(seconds=75)
"""Longer than the calls of a step may take: log in, ask, synchronise, report."""
TURN_SECONDS = 10.0
LONGEST_WAIT = timedelta(minutes=10)
PULL_EVERY = timedelta(minutes=1)
COMPARE_EVERY = timedelta(days=1)
COMPARED_AFTER_END = timedelta(days=7)
TRIES = 3
"""So often one dossier may make the portal fail before the others go on without it."""
Kind = NationalDifference.Kind


def due() -> QuerySet[NationalLink]:
    """The link of the present province where it may be used now."""
    return NationalLink.objects.filter(is_active=True, next_try_at__lte=Now())


def with_news() -> list[tuple[int, bool]]:
    """The link where there is something to do now: number, and whether the last call failed."""
    again = Exists(NationalDossier.objects.filter(again=True))
    work = (
        Q(again)
        | Q(position__lt=sealer.head())
        | Q(next_pull_at__lte=Now())
        | Q(next_comparison_at__lte=Now())
    )
    return [(key, failures > 0) for key, failures in due().filter(work).values_list("pk", "failures")]


def waiting(link: NationalLink) -> int:
    """How many positions of the log have not gone to the portal yet."""
    return max(sealer.head() - link.position, 0)


def run(key: int) -> None:
    """Do what is to be done, for at most a turn. Nothing where another process does it.

    Raises nothing for what the portal does: the same step is tried again later.
    """
    until, client = time.monotonic() + TURN_SECONDS, None
    while time.monotonic() < until:
        link = leases.claim(due(), key, LEASE)
        if link is None:
            return
        client = client or Client(link)
        try:
            changes = _step(link, client)
        except Away as reason:
            since = Coalesce(F("failing_since"), Now())
            leases.fail(link, str(reason), longest=LONGEST_WAIT, failing_since=since)
            return
        well = {"failures": 0, "failing_since": None, "error": ""}
        if not leases.held(link).update(next_try_at=Now(), **well, **(changes or {})) or changes is None:
            return


def _step(link: Any, client: Client) -> dict[str, Any] | None:
    """One step; what changes in the row, None where nothing is left to do."""
    if repeated := NationalDossier.objects.filter(again=True).order_by("pk").first():
        if _report(link, client, _last_event(repeated.dossier_id), repeated):
            NationalDossier.objects.filter(pk=repeated.pk).update(again=False)
        return {}
    if seal := Seal.objects.filter(position__gt=link.position).order_by("position").first():
        return _follow(link, client, seal)
    if link.next_pull_at <= link.at:
        intake.pull(client, link)
        return {"next_pull_at": Now() + PULL_EVERY}
    return _compare(link, client) if link.next_comparison_at <= link.at else None


def _follow(link: NationalLink, client: Client, seal: Seal) -> dict[str, Any]:
    passed = {"position": seal.position}
    if not seal.source:
        # An older copy of the province took its place: what the portal has taken since is not known.
        NationalDossier.objects.exclude(is_there=True).update(is_there=None)
        return {"was_restored": True, **passed}
    event = Event.objects.filter(pk=seal.row_id).select_related("dossier").first()
    if event is None or event.came_in or not _goes_out(event.dossier):
        return passed
    first = event.sequence == 1 and not link.was_restored
    record, _made = NationalDossier.objects.get_or_create(
        dossier=event.dossier,
        defaults={
            "code": event.dossier.code,
            "is_there": False if first else None,
            "sequence": event.sequence - 1,
        },
    )
    return passed if record.sequence >= event.sequence or _report(link, client, event, record) else {}


def _goes_out(dossier: Dossier) -> bool:
    """Complaints never do, nor what another system tells of."""
    fed = bool(dossier.source) and OtherSystem.objects.filter(code=dossier.source).exists()
    return dossier.kind == Dossier.Kind.NORMAL and not fed


def _last_event(dossier_id: int) -> Event:
    return Event.objects.filter(dossier_id=dossier_id).order_by("-sequence")[0]


def _report(link: NationalLink, client: Client, last: Event, record: NationalDossier) -> bool:
    """Report the next event up to this one, or this one again; whether that was the last to be reported."""
    events = Event.objects.select_related("actor", "holder", "dossier__owner", "dossier__procedure__sector")
    waiting = events.select_related("dossier__competent_agency").filter(dossier_id=last.dossier_id)
    ahead = waiting.filter(sequence__gt=record.sequence, sequence__lte=last.sequence).order_by("sequence")
    event = next((one for one in ahead if not one.came_in), None) or waiting.get(pk=last.pk)
    row, has_answered = NationalDossier.objects.filter(pk=record.pk), False
    try:
        found, is_there = None, record.is_there
        if is_there is None or record.begun or record.again:
            found = client.find(record.code)
            has_answered, is_there = True, found is not None
        row.update(is_there=is_there or None, begun=event.sequence)
        client.synchronise(record.code, event.dossier, is_there=bool(is_there))
        row.update(is_there=True)
        client.report(record.code, event, found)
    except Refusal as refusal:
        note_difference(record.code, Kind.REFUSED, here=event.dossier.status, there=str(refusal))
        return True
    except Away as reason:
        if not (has_answered and reason.answered and link.failures >= TRIES):
            raise
        note_difference(record.code, Kind.REFUSED, here=event.dossier.status, there=str(reason))
        return True
    row.update(sequence=max(record.sequence, event.sequence), begun=0)
    if event.pk != last.pk:
        return False
    NationalDifference.objects.filter(code=record.code).delete()
    return True


def _compare(link: NationalLink, client: Client) -> dict[str, Any]:
    """The next dossier that is open or ended lately, with what the portal has of it."""
    lately = Q(dossier__closed_at=None) | Q(dossier__last_act_at__gte=Now() - COMPARED_AFTER_END)
    refused = NationalDifference.objects.filter(kind=Kind.REFUSED).values("code")
    known = NationalDossier.objects.filter(lately, is_there=True).exclude(code__in=refused)
    record = known.filter(pk__gt=link.compared_id).order_by("pk").first()
    if record is None:
        return {"compared_id": 0, "next_comparison_at": Now() + COMPARE_EVERY}
    last = _last_event(record.dossier_id)
    if record.sequence < last.sequence and not last.came_in:
        # It is reported soon.
        return {"compared_id": record.pk}
    try:
        found = client.find(record.code)
    except Refusal as refusal:
        note_difference(record.code, Kind.REFUSED, here=last.status, there=str(refusal))
        return {"compared_id": record.pk}
    here = last.status
    there = str((found or {}).get(client.profile["found"]["status"], ""))
    if found is None:
        note_difference(record.code, Kind.MISSING, here=here)
    elif there != client.profile["statuses"][here]:
        note_difference(record.code, Kind.STATUS, here=here, there=there)
    else:
        NationalDifference.objects.filter(code=record.code).delete()
    return {"compared_id": record.pk}


def start(link: NationalLink, request: Any = None) -> None:
    """Begin, or go on now: what happened while the link was off is reported too."""
    NationalLink.objects.filter(pk=link.pk).update(
        is_active=True, failures=0, failing_since=None, error="", next_try_at=Now()
    )
    audit.record("nationallink.start", f"nationallink:{link.pk}", request=request)


def stop(link: NationalLink, request: Any = None) -> None:
    """Call no more; events wait in the log."""
    NationalLink.objects.filter(pk=link.pk).update(is_active=False, next_try_at=Now())
    audit.record("nationallink.stop", f"nationallink:{link.pk}", request=request)


def compare_now(link: NationalLink, request: Any = None) -> None:
    """Compare from the first dossier on, as soon as the log has been reported."""
    NationalLink.objects.filter(pk=link.pk).update(compared_id=0, next_comparison_at=Now())
    audit.record("nationallink.compare", f"nationallink:{link.pk}", request=request)
