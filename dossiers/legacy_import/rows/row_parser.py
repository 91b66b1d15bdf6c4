"""From a row to a record: every fault of the row at once, in words for the makers of the file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dossiers.legacy_import import event_history
from dossiers.legacy_import.reference_data import Directory, Place
from dossiers.legacy_import.rows import vocabularies
from dossiers.legacy_import.rows.mapping_file import Mapping, meanings
from dossiers.legacy_import.rows.records import (
    CONSENTS,
    PEOPLE,
    PERSON_PARTS,
    Finding,
    Findings,
    Record,
    Severity,
    Stage,
    Unclear,
    masked,
    title,
)
from dossiers.legacy_import.rows.table_reader import Row
from dossiers.legacy_import.rows.vocabularies import OldStatus
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.errors import IntakeRefused
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.rules import codes
from dossiers.lifecycle.rules.codes import CodeError, format_dossier_code
from dossiers.workflow.rules.statuses import Status
from messaging.channels.base import registry
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency
from tenants.text import BadCell, as_text

LONGEST_OLD_CODE = 80
_LONG_AGO = datetime(2000, 1, 1, tzinfo=clock.VIETNAM)
_LONGEST_TERM = timedelta(days=20 * 366)
_PERSON_FIELDS = {person: {part: f"{person}_{part}" for part in PERSON_PARTS} for person in PEOPLE}


class RowReader:
    """Reads the rows of one file, one after the other. `as_of` is the moment for which the file speaks.

    Each question about a row notes its own fault and answers with something harmless.
    """

    def __init__(
        self, mapping: Mapping, directory: Directory, findings: Findings, *, as_of: datetime
    ) -> None:
        self.mapping = mapping
        self.headings = mapping.headings
        self.statuses = vocabularies.StatusTable(mapping.statuses)
        self.channels = meanings(mapping.channels)
        self.directory = directory
        self.findings = findings
        self.as_of = as_of
        self.calendar = directory.calendar.calendar
        self.own_codes = frozenset(current_province().agency_codes)

    def read(self, row: Row) -> Record | None:
        """The record of a row; None when it has a fault, which is then among the findings."""
        self.row = row
        self._faulty: set[str] = set()
        self._refused: set[str] = set()
        if row.ragged:
            self.findings.add(Finding(row.number, Severity.ERROR, "", "", row.ragged))
            return None
        source_code = self._old_code()
        procedure = self._ask("procedure", self.directory.procedure, self._text("procedure"))
        receiving = self._ask("receiving_agency", self.directory.place, self._text("receiving_agency"))
        competent = None
        if self._has("competent_agency"):
            competent = self._ask("competent_agency", self.directory.place, self._text("competent_agency"))
        statuses = self._text("status_code"), self._text("status_name")
        old = self._ask("status_code", self.statuses.resolve, *statuses)
        channel = str(Dossier.Channel.COUNTER)
        if self.mapping.is_given("channel"):
            word = self._text("channel")
            channel = self._ask("channel", vocabularies.channel, word, self.channels) or channel
        times = self._times()
        intake = self._intake(procedure, receiving, competent, old, channel)
        assignee = self._assignee(intake, old)
        if procedure is None or receiving is None or old is None or times is None or intake is None:
            return None
        route = self._ask("status_code", self._route, procedure, old, channel, times)
        due_at = self._due(times.received_at)
        code = self._code(source_code, intake, times.received_at)
        if self._faulty or route is None:
            return None
        start, came_after = route
        if assignee is not None and not came_after:
            came_after = (replace(start, at=times.status_since or times.as_of),)
        return Record(
            row=self.row.number,
            source_code=source_code,
            code=code,
            intake=intake,
            agency=receiving.named.code,
            received_at=times.received_at,
            due_at=due_at,
            start=start,
            stages=came_after,
            assignee=assignee,
            names_step=bool(old.step) or self._has("step"),
            refused=frozenset(self._refused),
        )

    # --- cells

    def _value(self, field: str) -> object:
        value = self.row.cells.get(field)
        return self.mapping.fixed.get(field) if value is None else value

    def _has(self, field: str) -> bool:
        return self._value(field) not in (None, "")

    def _text(self, field: str) -> str:
        return self._ask(field, as_text, self._value(field)) or ""

    def _ask[Found](self, field: str, find: Callable[..., Found], *words: object) -> Found | None:
        """What is found; None with the fault noted where it cannot be taken."""
        try:
            return find(*words)
        except BadCell as error:
            self._fault(field, str(error))
        except Unclear as error:
            # A status may come by its code, its name or both.
            named = error.field if self.mapping.is_given(error.field) else "status_code"
            self._fault(named if error.field else field, str(error))
        return None

    def _fault(self, field: str, reason: str, severity: Severity = Severity.ERROR) -> None:
        if field in self._faulty:
            return  # what only follows from a fault already noted would be noise
        if severity is Severity.ERROR:
            self._faulty.add(field)
        column = self.headings.get(field) or title(field)
        value = "" if field == CONSENTS else masked(field, self._value(field))
        self.findings.add(Finding(self.row.number, severity, column, value, reason))

    # --- what the dossier is

    def _old_code(self) -> str:
        code = self._text("code")
        if not code:
            self._fault("code", _("không có mã hồ sơ"))
        elif len(code) > LONGEST_OLD_CODE:
            self._fault("code", _("mã dài quá %(most)d ký tự") % {"most": LONGEST_OLD_CODE})
        return code

    def _code(self, source_code: str, intake: Intake, received_at: datetime) -> str:
        """The old code where it is a legal one of this province. Else one of ours will be made."""
        found = codes.read(source_code)
        if found and found.province_code in self.own_codes:
            _agency, day, number = found.text.rsplit("-", 2)
            # The desk counts on from this number, and on that day.
            if int(number) > codes.LARGEST_TAKEN_OVER:
                self._fault("code", _("số thứ tự trong mã lớn bất thường"))
            elif day > f"{self.as_of.astimezone(clock.VIETNAM):%y%m%d}":
                self._fault("code", _("ngày trong mã còn chưa đến"))
            return found.text
        try:
            format_dossier_code(intake.receiving_agency, received_at.date(), 1)
        except CodeError as error:
            self._fault("receiving_agency", _(error.message) % error.params)
        return ""

    # --- when

    def _moment(self, field: str) -> datetime | None:
        value = self._value(field)
        if isinstance(value, str):
            value = self._text(field)
        if value is None or value == "":
            return None
        return self._ask(field, vocabularies.read_moment, value, self.mapping.dates)

    def _after(self, field: str, earlier: datetime) -> datetime | None:
        """A moment of history. Of a day alone it is taken to be the opening, or `earlier` on the same day."""
        at = self._moment(field)
        if at is None:
            return None
        if vocabularies.is_whole_day(at):
            at = self.calendar.opening(at.date())
            if at.date() == earlier.date():
                at = max(at, earlier)
        if at < earlier:
            self._fault(field, _("trước %(earlier)s") % {"earlier": f"{earlier:%H:%M %d/%m/%Y}"})
        elif at > self.as_of:
            now = f"{self.as_of:%H:%M %d/%m/%Y}"
            self._fault(field, _("sau thời điểm của tệp (%(now)s)") % {"now": now})
        return at

    def _times(self) -> event_history.Times | None:
        received_at = self._after("received_at", _LONG_AGO)
        if received_at is None:
            if not self._has("received_at"):
                self._fault("received_at", _("không có ngày tiếp nhận"))
            return None
        finished_at = self._after("finished_at", received_at)
        return event_history.Times(
            received_at=received_at,
            status_since=self._after("status_since", received_at),
            finished_at=finished_at,
            returned_at=self._after("returned_at", finished_at or received_at),
            as_of=self.as_of,
        )

    def _due(self, received_at: datetime) -> datetime | None:
        """The date printed; of a day alone the closing of that day."""
        at = self._moment("due_at")
        if at is None:
            return None
        if vocabularies.is_whole_day(at):
            at = self.calendar.closing(at.date())
        if at < received_at:
            self._fault("due_at", _("ngày hẹn trả trước ngày tiếp nhận"))
        elif at > received_at + _LONGEST_TERM:
            self._fault("due_at", _("ngày hẹn trả xa bất thường"))
        return at

    def _route(
        self, procedure: Procedure, old: OldStatus, channel: str, times: event_history.Times
    ) -> tuple[Stage, tuple[Stage, ...]]:
        workflow = self.directory.workflow(procedure).workflow
        present = event_history.present_step(workflow, old, self._text("step"))
        # One that is still new begins there.
        is_new = present.status is Status.NEW
        start = present if is_new else rules_in_force.first_step(workflow, channel)
        came_after = event_history.stages_of(workflow, start, present, times)
        if event_history.needs_date(workflow, start, present) and not self._has("due_at"):
            self._fault("due_at", _("hồ sơ loại này đang giải quyết thì phải có ngày hẹn trả"))
        return Stage(start.code, start.status, times.received_at), came_after

    # --- people

    def _intake(
        self,
        procedure: Procedure | None,
        receiving: Place | None,
        competent: Place | None,
        old: OldStatus | None,
        channel: str,
    ) -> Intake | None:
        """What a desk would have been handed; people are looked at even where the rest is faulty."""
        desk = self._at_work(receiving, "receiving_agency", old)
        solver = self._at_work(competent, "competent_agency", old)
        if solver is None and procedure is not None and procedure.agency_id is not None:
            solver = self.directory.agencies[procedure.agency_id]
        if desk is not None and old is not None and not old.status.is_closed and not desk.is_desk:
            self._fault("receiving_agency", _("%(agency)s không nhận hồ sơ") % {"agency": desk.name})
        solver = solver or desk
        owner = self._person("owner")
        if owner is None:
            return None
        intake = Intake(
            procedure_code=procedure.code if procedure is not None else "",
            owner=owner,
            receiving_agency=desk.code if desk is not None else "",
            competent_agency=solver.code if solver is not None else "",
            submitter=self._person("submitter"),
            recipient=self._person("recipient"),
            consents=self._consents(),
            channel=channel,
            result_delivery=self._text("result_delivery"),
            note=self._text("note"),
        )
        return self._fit(intake)

    def _at_work(self, place: Place | None, field: str, old: OldStatus | None) -> Agency | None:
        """The agency that has the work: of a closed dossier the one of then, else the one of today."""
        if place is None or old is None:
            return None
        if old.status.is_closed:
            return place.named
        if place.today is None:
            text = _("%(agency)s đã kết thúc hoạt động mà chưa có cơ quan kế thừa; hồ sơ còn phải giải quyết")
            self._fault(field, text % {"agency": place.named.name})
        return place.today

    def _person(self, person: str) -> PersonData | None:
        names = _PERSON_FIELDS[person]
        given = {part: self._text(field) for part, field in names.items()}
        if person != "owner" and not any(given.values()):
            return None
        kind: str | None = "person"
        if self.mapping.is_given(names["kind"]):
            kind = self._ask(names["kind"], vocabularies.kind, given["kind"])
        return PersonData(**{**given, "kind": kind}) if kind is not None else None

    def _consents(self) -> frozenset[str]:
        agreed = set()
        for channel in (one.channel for one in self.mapping.consents):
            field = f"{CONSENTS}:{channel}"
            word = self._text(field)
            says_yes = self._ask(field, vocabularies.is_yes, word)
            if says_yes:
                agreed.add(channel)
            elif word:
                self._refused.add(channel)
        return frozenset(agreed)

    def _fit(self, intake: Intake) -> Intake | None:
        """The intake as the desk would have taken it, fields that may be given up left blank where bad."""
        try:
            return intake_rules.check(intake, registry.codes())
        except IntakeRefused as refusal:
            problems = refusal.problems
        may_be_blanked = problems.keys() <= self.mapping.blank_when_bad
        for field, sentence in problems.items():
            if may_be_blanked:
                text = _("%(reason)s Đã bỏ trống.") % {"reason": sentence}
                self._fault(field, text, Severity.NOTE)
                intake = _without(intake, field)
            else:
                self._fault(field, sentence)
        return self._fit(intake) if may_be_blanked else None

    def _assignee(self, intake: Intake | None, old: OldStatus | None) -> int | None:
        word = self._text("assignee")
        person = self._ask("assignee", self.directory.person, word) if word else None
        if person is None:
            return None
        ended = old is None or old.status.is_closed or old.status is Status.DONE
        if intake is not None and intake.competent_agency and not ended:
            agency = self.directory.agency_by_code[intake.competent_agency]
            if person.pk not in self.directory.workers(agency):
                text = _("người này không phải chuyên viên hay lãnh đạo của %(agency)s")
                self._fault("assignee", text % {"agency": agency.name})
        return person.pk


def _without(intake: Intake, field: str) -> Intake:
    person, _sep, part = field.partition("_")
    blank: Any = frozenset() if field == CONSENTS else ""
    if person in PEOPLE and part in PERSON_PARTS:
        field, blank = person, replace(getattr(intake, person), **{part: ""})
    changed: dict[str, Any] = {field: blank}
    return replace(intake, **changed)
