"""Rows for tests, made inside the province that the test stands in. People and numbers are invented."""

import json
from contextlib import suppress
from datetime import date
from typing import Any, ClassVar

import factory
from django.db.models import Model
from django.test import Client
from factory.django import DjangoModelFactory

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle.actions.requirements import Handover, required_fields
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.shipped import default_workflow_data
from procedures.catalogue.models import Procedure, ProcedureVersion, Sector
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Assignment, Role
from tests.recorded_rows import RecordedRows, known_moment, noted

CALENDAR = {
    "days_off": {"2026-11-24": "Ngày Văn hóa Việt Nam", "2027-01-01": "Tết Dương lịch"},
    "makeup_days": [],
    "sessions": [["07:30", "11:30"], ["13:30", "17:00"]],
}


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"canbo{n}")
    full_name = factory.Sequence(lambda n: f"Cán Bộ Minh Họa {n}")
    is_staff = True

    class Params:
        administrator = factory.Trait(is_superuser=True)


class AgencyFactory(DjangoModelFactory):
    class Meta:
        model = Agency
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"H15.{n + 10}")
    name = factory.LazyAttribute(lambda agency: f"Cơ quan {agency.code}")

    class Params:
        desk = factory.Trait(is_desk=True)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory)
    agency = factory.SubFactory(AgencyFactory)
    role = Role.CLERK


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = Sector
        django_get_or_create = ("name",)

    name = "Hộ tịch"


class ProcedureFactory(DjangoModelFactory):
    """A procedure this province handles, with one version: five working days."""

    class Meta:
        model = Procedure
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = "1.000894"
    name = "Thủ tục đăng ký kết hôn"
    short_name = "Đăng ký kết hôn"
    sector = factory.SubFactory(SectorFactory)
    handled = True
    levels = ["commune"]

    class Params:
        complaint = factory.Trait(
            code="1.003504",
            name="Giải quyết khiếu nại lần đầu",
            short_name="Khiếu nại lần đầu",
            kind="complaint",
        )
        information_only = factory.Trait(handled=False)

    @factory.post_generation
    def term(procedure, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        value, unit = extracted or (5, "working_day")
        procedure.current_version = ProcedureVersion.objects.create(
            procedure=procedure,
            number=1,
            effective_from=date(2026, 1, 1),
            recorded_at="2026-01-01T08:00+07:00",
            official_name=procedure.name,
            kind=procedure.kind,
            term_value=value,
            term_unit=unit,
            source="test",
            checksum=f"{procedure.code}-1",
        )
        procedure.save()


class Office:
    """A desk that can work: calendar, workflow, two agencies, one person in each role, a procedure."""

    _recorded: ClassVar[dict[Any, tuple[RecordedRows, dict[str, int]]]] = {}

    desk: Agency
    department: Agency
    consulted: Agency
    clerk: User
    specialist: User
    leader: User
    procedure: Procedure

    def __init__(self, code: str = "H15", workflow: dict[str, Any] | None = None) -> None:
        """Made by factories where there are rows already; else the rows of the first one are written again."""
        moment = known_moment()
        key = moment and (code, moment, json.dumps(workflow))
        if key not in self._recorded:
            with noted() as rows:
                self._make(code, workflow)
            if key:
                self._record(key, rows)
            return
        recorded, numbers = self._recorded[key]
        if (written := recorded.write()) is None:
            self._make(code, workflow)
        else:
            self.__dict__.update({name: written[number] for name, number in numbers.items()})

    def _make(self, code: str, workflow: dict[str, Any] | None) -> None:
        CalendarVersion.publish(CALENDAR)
        WorkflowVersion.publish(workflow or default_workflow_data())
        self.desk = AgencyFactory(code=f"{code}.08", name="Trung tâm Phục vụ hành chính công", desk=True)
        self.department = AgencyFactory(code=f"{code}.15", name="Phòng Tư pháp")
        self.consulted = AgencyFactory(code=f"{code}.16", name="Phòng Kinh tế")
        self.clerk = AssignmentFactory(agency=self.desk, role=Role.CLERK).user
        self.specialist = AssignmentFactory(agency=self.department, role=Role.SPECIALIST).user
        self.leader = AssignmentFactory(agency=self.department, role=Role.LEADER).user
        self.procedure = ProcedureFactory()

    def _record(self, key: Any, rows: list[Model]) -> None:
        names = [(one.username, one.full_name) for one in (self.clerk, self.specialist, self.leader)]

        def other_names() -> dict[str, str]:
            new: dict[str, str] = {}
            for username, full_name in names:
                other = UserFactory.build()
                # The audit names the account too.
                new[username], new[f"user:{username}"] = other.username, f"user:{other.username}"
                new[full_name] = other.full_name
            return new

        with suppress(LookupError):
            numbers = {
                name: number
                for number, row in enumerate(rows)
                for name, one in self.__dict__.items()
                if one is row
            }
            self._recorded[key] = RecordedRows(rows, other_names), numbers

    def intake(self, **changed: Any) -> Intake:
        values: dict[str, Any] = {
            "procedure_code": self.procedure.code,
            "owner": PersonData(name="Nguyễn Thị Minh Họa", phone="0905000678", id_number="066190000001"),
            "receiving_agency": self.desk.code,
            "competent_agency": self.department.code,
        }
        return Intake(**{**values, **changed})

    def given(self, dossier: Dossier, step: Transition, **changed: Any) -> dict[str, Any]:
        """What this transition demands now, all invented."""
        wanted = required_fields(dossier, step)
        values: dict[str, Any] = {
            "note": "Lý do minh họa",
            "papers": ("Tờ khai",),
            "amount": "100.000 đồng",
            "deadline": date(2026, 12, 10),
            "assignee": self.specialist,
            "agency": self.consulted.code,
            "handover": Handover(
                "counter", taken_by="Nguyễn Thị Minh Họa", identified=True, result="12/2026"
            ),
            "term": step.terms[0].code if step.terms else "",
            "decision": ("12/QĐ-UBND", date(2026, 11, 20)),
        }
        fitting = {"note" if demand == "reason" else demand for demand in wanted}
        return {**{name: value for name, value in values.items() if name in fitting}, **changed}

    def person_for(self, roles: Any) -> User:
        """Somebody who has one of these roles."""
        for role, person in (("clerk", self.clerk), ("specialist", self.specialist), ("leader", self.leader)):
            if role in roles:
                return person
        raise LookupError(roles)


def signed_in(user: User) -> Client:
    """A browser at Đắk Lắk in which this person is signed in."""
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(user)
    return client
