"""Writing history: many dossiers of an old system in one transaction, through COPY, without any message.

The rows are those that `services.receive` would have written for the same facts, and a test compares them;
events are marked `legacy`.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import batched
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, models, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from dossiers.legacy_import import consents, event_history
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle import access_links, due_dates, event_journal, permissions, projection
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken, DailyCounter, Dossier, Event, Note, Party
from dossiers.lifecycle.rules.codes import format_dossier_code, make_lookup_key
from dossiers.workflow.rules.schema import Step
from tenants import clock
from tenants.audit import log
from tenants.isolation.context import current_province
from tenants.isolation.crypto import EncryptedField
from tenants.organisation.models import Agency
from tenants.refusals import Refused
from tenants.text import fold

IMPORT = "import"
AT_ONCE = 2_000
_TABLES: tuple[type[Model], ...] = (Party, Dossier, Note, Event, AccessToken)
"""In the order in which their rows point at each other."""
# Values of other fields go to the database as they are: asking each field for each of a million costs as much as
# writing them.
_PREPARED = (ArrayField, EncryptedField, models.JSONField)

Progress = Callable[[int], None]
"""Takes how many dossiers have been written so far."""


def import_batch(
    records: Iterable[Record],
    *,
    source: str,
    directory: Directory | None = None,
    progress: Progress = lambda written: None,
) -> None:
    """Write dossiers of the old system `source`, all or none, in a durable transaction of its own.

    `records` are read twice. Lookup keys and addresses are made for each, consents carried over, daily counters
    raised past every number; no message is written. Two batches of a province wait for each other. Raises Refused
    when a code or an old code has been taken since the records were checked; nothing is written then.
    """
    try:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                key = f"dossiers.import:{current_province().uuid}"
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            directory = directory or Directory()
            numbers = _Numbers(directory.agencies.values(), records)
            batch = _Batch(source, directory, numbers)
            for some in batched(_of_today_last(records, numbers), AT_ONCE):
                batch.write(some)
                progress(batch.dossiers)
            numbers.write()
            log.record("dossier.import", source, dossiers=batch.dossiers, events=batch.events)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise Refused(
            _("Có mã hồ sơ vừa được cấp trong lúc nhập. Chưa ghi gì; xin chạy lại để soát lại.")
        ) from error


class _Numbers:
    """Hands out codes past all numbers that were given already or come along in a batch.

    Counters of past days are held from the beginning, today's from `hold_today` on: receipts at those agencies wait
    until the transaction ends, so call it late.
    """

    def __init__(self, agencies: Iterable[Agency], records: Iterable[Record]) -> None:
        self._agencies = {agency.code: agency.pk for agency in agencies}
        self._last: dict[tuple[int, date], int] = defaultdict(int)
        for record in records:
            agency, day, number = self._place(record)
            # A code under an agency that we do not count for can clash with nothing of ours.
            if agency:
                self._last[agency, day] = max(self._last[agency, day], number)
        self._raise(lambda day: day < clock.today())

    def code_for(self, record: Record) -> str:
        """The record's own code, or the next one of its receiving agency on the day of receipt."""
        if record.code:
            return record.code
        agency, day, _number = self._place(record)
        self._last[agency, day] += 1
        return format_dossier_code(record.intake.receiving_agency, day, self._last[agency, day])

    def is_of_today(self, record: Record) -> bool:
        """Whether its number is one that receipts at a desk may be given at this moment."""
        return self._place(record)[1] >= clock.today()

    def hold_today(self) -> None:
        """Lock the counters of today and take account of what they reached meanwhile."""
        self._raise(lambda day: day >= clock.today())

    def write(self) -> None:
        """Raise every counter to the last number given."""
        self._raise(lambda day: True)

    def _place(self, record: Record) -> tuple[int, date, int]:
        """Whose number it is, of which day, and which; agency 0 when it is none of ours, number 0 when one is
        still to be given."""
        if record.code:
            agency, day, number = record.code.rsplit("-", 2)
            made_on = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
            return self._agencies.get(agency, 0), made_on, int(number)
        day_of_receipt = record.received_at.astimezone(clock.VIETNAM).date()
        return self._agencies[record.intake.receiving_agency], day_of_receipt, 0

    def _raise(self, is_meant: Callable[[date], bool]) -> None:
        rows = [(*key, last) for key, last in sorted(self._last.items()) if is_meant(key[1])]
        if not rows:
            return
        table = connection.ops.quote_name(DailyCounter._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (agency_id, day, last) "  # noqa: S608 – a constant name
                "SELECT * FROM unnest(%s::bigint[], %s::date[], %s::int[]) "
                f"ON CONFLICT (agency_id, day) DO UPDATE SET last = GREATEST({table}.last, excluded.last) "
                "RETURNING agency_id, day, last",
                [list(column) for column in zip(*rows, strict=True)],
            )
            self._last.update({(agency, day): last for agency, day, last in cursor.fetchall()})


def _of_today_last(records: Iterable[Record], numbers: _Numbers) -> Iterator[Record]:
    """Desks that give out numbers at this moment wait only for the last stretch of the batch."""
    of_today = []
    for record in records:
        if numbers.is_of_today(record):
            of_today.append(record)
        else:
            yield record
    numbers.hold_today()
    yield from of_today


def _keys_of(model: type[Model]) -> Iterator[int]:
    """Primary keys of this model that no other process gets, without end."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [connection.ops.quote_name(model._meta.db_table), AT_ONCE],
            )
            keys = cursor.fetchall()
        yield from (key for (key,) in keys)


def _copy_rows(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert these rows, which have their primary keys, through COPY. Neither `save()` nor signals run.

    With `bulk_create` an import took half as long again.
    """
    fields = model._meta.concrete_fields
    database = connections[DEFAULT_DB_ALIAS]  # not the proxy: it is asked for each of a million values
    quoted = database.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    takers = [
        (lambda row, field=field: field.get_db_prep_save(getattr(row, field.attname), database))
        if isinstance(field, _PREPARED)
        else attrgetter(field.attname)
        for field in fields
    ]
    statement = f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN"
    # A cursor's own methods have their errors turned into Django's; what COPY hands back has not.
    with database.wrap_database_errors, database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([take(row) for take in takers])


class _Batch:
    def __init__(self, source: str, directory: Directory, numbers: _Numbers) -> None:
        self.source = source
        self.directory = directory
        self.numbers = numbers
        self.dossiers = self.events = 0
        self._keys = {model: _keys_of(model) for model in _TABLES}
        self._holders: dict[tuple[int, str, int, int], Agency] = {}

    def write(self, records: Iterable[Record]) -> None:
        rows: dict[type[Model], list[Any]] = {model: [] for model in _TABLES}
        for record in records:
            self._add(record, rows)
        for model in _TABLES:
            _copy_rows(model, rows[model])
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
        address = access_links.make(dossier, AccessToken.Purpose.RECEIPT)
        address.pk = next(self._keys[AccessToken])
        rows[AccessToken].append(address)

    def _party(self, person: PersonData) -> Party:
        party = Party(pk=next(self._keys[Party]), name_folded=fold(person.name)[:200], **vars(person))
        party.index()
        return party

    def _dossier(self, record: Record, owner: Party, submitter: Party, recipient: Party) -> Dossier:
        directory, intake = self.directory, record.intake
        procedure = directory.procedures[intake.procedure_code]
        return Dossier(
            pk=next(self._keys[Dossier]),
            code=self.numbers.code_for(record),
            kind=procedure.kind,
            procedure=procedure,
            procedure_version=directory.version(procedure, record.received_at.date()),
            workflow_version=directory.workflow(procedure),
            calendar_version=directory.calendar,
            channel=intake.channel,
            owner=owner,
            submitter=submitter,
            recipient=recipient,
            receiving_agency=directory.agency_by_code[intake.receiving_agency],
            competent_agency=directory.agency_by_code[intake.competent_agency],
            step=record.start.step,
            status=int(record.start.status),
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
            due_at=dossier.original_due_at,
            legacy=True,
        )

    def _holder(self, dossier: Dossier, step: Step) -> Agency:
        agencies = dossier.receiving_agency_id, dossier.competent_agency_id
        place = (dossier.workflow_version_id, step.code, *agencies)
        if place not in self._holders:
            dossier.holding_agency = dossier.receiving_agency
            self._holders[place] = permissions.holder_of(dossier, step)
        return self._holders[place]
