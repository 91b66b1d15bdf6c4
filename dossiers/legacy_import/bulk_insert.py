"""Writing history: many dossiers of an old system in one transaction, through COPY, telling nobody.

The rows are those that `services.receive` would have written for the same facts, and a test compares them;
events are marked `legacy`.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from dossiers.legacy_import import consents, event_history
from dossiers.legacy_import.code_numbers import Numbers
from dossiers.legacy_import.copy_rows import copy_rows, keys_of
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle import access_links, due_dates, event_journal, projection
from dossiers.lifecycle.errors import Refused
from dossiers.lifecycle.intake import PersonData
from dossiers.models import AccessToken, Dossier, Event, Note, Party
from dossiers.rules.codes import make_lookup_key
from dossiers.rules.workflow.workflow import Step
from tenants import clock
from tenants.audit import log
from tenants.crypto import blind_index
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency
from tenants.text import fold

IMPORT = "import"
AT_ONCE = 2_000
_TABLES: tuple[type[Model], ...] = (Party, Dossier, Note, Event, AccessToken)
"""In the order in which their rows point at each other."""

Progress = Callable[[int], None]
"""Takes how many dossiers have been written so far."""


@dataclass(frozen=True)
class Imported:
    """What a batch wrote. `new_codes`: dossiers whose old code is not a legal one and that got one of ours."""

    dossiers: int
    events: int
    new_codes: int


def import_batch(
    records: Collection[Record],
    *,
    source: str,
    directory: Directory | None = None,
    progress: Progress = lambda written: None,
) -> Imported:
    """Write dossiers of the old system `source`, all or none, in a durable transaction of its own.

    Lookup keys and addresses are made for each, consents carried over, daily counters raised past every
    number; no message is written. Two batches of a province wait for each other. Raises Refused when a code
    or an old code has been taken since the records were checked; nothing is written then.
    """
    try:
        with transaction.atomic(durable=True):
            _wait_for_turn()
            directory = directory or Directory()
            batch = _Batch(source, directory, Numbers(directory.agencies.values(), records))
            for some in batched(_of_today_last(records, batch.numbers), AT_ONCE):
                batch.write(some)
                progress(batch.dossiers)
            batch.numbers.write()
            log.record("dossier.import", source, dossiers=batch.dossiers, events=batch.events)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise Refused(
            _("Có mã hồ sơ vừa được cấp trong lúc nhập. Chưa ghi gì; xin chạy lại để soát lại.")
        ) from error
    return Imported(batch.dossiers, batch.events, batch.new_codes)


def _of_today_last(records: Iterable[Record], numbers: Numbers) -> Iterator[Record]:
    """Desks that give out numbers at this moment wait only for the last stretch of the batch."""
    of_today = []
    for record in records:
        if numbers.is_of_today(record):
            of_today.append(record)
        else:
            yield record
    numbers.hold_today()
    yield from of_today


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        key = f"dossiers.import:{current_province().uuid}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


class _Batch:
    """Turns records into rows, a stretch at a time."""

    def __init__(self, source: str, directory: Directory, numbers: Numbers) -> None:
        self.source = source
        self.directory = directory
        self.numbers = numbers
        self.dossiers = self.events = self.new_codes = 0
        self._keys = {model: keys_of(model) for model in _TABLES}
        self._holders: dict[tuple[int, str, int, int], Agency] = {}

    def write(self, records: Iterable[Record]) -> None:
        rows: dict[type[Model], list[Any]] = {model: [] for model in _TABLES}
        for record in records:
            self._add(record, rows)
        for model in _TABLES:
            copy_rows(model, rows[model])
        consents.agree(rows[Dossier])
        self.dossiers += len(rows[Dossier])
        self.events += len(rows[Event])

    def _add(self, record: Record, rows: dict[type[Model], list[Any]]) -> None:
        intake = record.intake
        owner = self._party(intake.owner)
        submitter = self._party(intake.submitter) if intake.submitter else owner
        recipient = self._party(intake.recipient) if intake.recipient else submitter
        dossier = self._dossier(record, owner, submitter, recipient)
        counted = due_dates.deadline_of(dossier, ()).due
        dossier.original_due_at = record.due_at or counted
        events = self._history(record, dossier, counted)
        projection.replay(dossier, events)
        rows[Party] += {party.pk: party for party in (owner, submitter, recipient)}.values()
        rows[Dossier].append(dossier)
        rows[Note] += [event.note for event in events if event.note is not None]
        rows[Event] += events
        rows[AccessToken].append(self._receipt_address(dossier))
        self.new_codes += not record.code

    def _party(self, person: PersonData) -> Party:
        return Party(
            pk=next(self._keys[Party]),
            kind=person.kind,
            name=person.name,
            name_folded=fold(person.name)[:200],
            id_number=person.id_number,
            id_number_index=blind_index(person.id_number, "id_number"),
            phone=person.phone,
            phone_index=blind_index(person.phone, "phone"),
            address=person.address,
        )

    def _dossier(self, record: Record, owner: Party, submitter: Party, recipient: Party) -> Dossier:
        directory, intake = self.directory, record.intake
        procedure = directory.procedure_by_code(intake.procedure_code)
        workflow = directory.workflow(procedure)
        start = workflow.workflow.steps[record.start.step]
        return Dossier(
            pk=next(self._keys[Dossier]),
            code=self.numbers.code_for(record),
            kind=procedure.kind,
            procedure=procedure,
            procedure_version=directory.version(procedure, record.received_at.date()),
            workflow_version=workflow,
            calendar_version=directory.calendar,
            channel=intake.channel,
            owner=owner,
            submitter=submitter,
            recipient=recipient,
            receiving_agency=directory.agency_by_code[intake.receiving_agency],
            competent_agency=directory.agency_by_code[intake.competent_agency],
            step=start.code,
            status=int(start.status),
            received_at=record.received_at,
            counted_from=record.received_at,
            notice_channels=sorted(intake.consents),
            lookup_key=make_lookup_key(secrets.randbelow),
            documents=list(intake.documents),
            result_delivery=intake.result_delivery,
            source=self.source,
            source_code=record.source_code,
        )

    def _history(self, record: Record, dossier: Dossier, counted: datetime | None) -> list[Event]:
        """The receipt and what came after it. A date that the old system printed and that we would not have
        counted is a promise from the receipt on."""
        received = self._event(dossier, event_journal.RECEIVE, record.start, None)
        received.agency = self.directory.agency_by_code[record.agency]
        if record.intake.note:
            received.note = Note(pk=next(self._keys[Note]), text=record.intake.note, data={})
        if record.due_at is not None and record.due_at != counted:
            received.promised_to = record.due_at
        events = [received]
        for stage in record.stages:
            event = self._event(dossier, IMPORT, stage, events[-1])
            event.assignee = self.directory.people[record.assignee] if record.assignee else None
            events.append(event)
        for event in events:
            event.due_at = dossier.original_due_at
        return events

    def _event(self, dossier: Dossier, kind: str, stage: Stage, previous: Event | None) -> Event:
        workflow = dossier.workflow_version.workflow
        step = workflow.steps[stage.step]
        return Event(
            pk=next(self._keys[Event]),
            dossier=dossier,
            sequence=previous.sequence + 1 if previous else 1,
            kind=kind,
            at=stage.at,
            holder=self._holder(dossier, step),
            from_step=previous.to_step if previous else "",
            to_step=step.code,
            status=int(step.status),
            clock=event_history.clock_effect(workflow, previous.to_step, step.code) if previous else "none",
            legacy=True,
        )

    def _holder(self, dossier: Dossier, step: Step) -> Agency:
        from dossiers.lifecycle import permissions  # late: the package offers import_batch as its own

        place = (
            dossier.workflow_version_id,
            step.code,
            dossier.receiving_agency_id,
            dossier.competent_agency_id,
        )
        found = self._holders.get(place)
        if found is None:
            dossier.holding_agency = dossier.receiving_agency
            found = self._holders[place] = permissions.holder_of(dossier, step)
        return found

    def _receipt_address(self, dossier: Dossier) -> AccessToken:
        value = secrets.token_urlsafe(access_links.TOKEN_BYTES)
        return AccessToken(
            pk=next(self._keys[AccessToken]),
            dossier=dossier,
            purpose=AccessToken.Purpose.RECEIPT,
            digest=access_links.digest(value),
            value=value,
            created_at=clock.now(),
        )
