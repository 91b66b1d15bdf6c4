"""After the mergers of 2025: what a dissolved province or district received is still found and dealt with,
by those who took its place, and its history keeps its name."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotEntitled
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.permissions import possible_assignees, visible_to
from dossiers.lookup import lookup
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.organisation.models import Agency, Role
from tests.dossiers.walking import take
from tests.factories import AgencyFactory, AssignmentFactory, Office
from tests.provinces import change

BEFORE = datetime(2025, 6, 20, 9, 0, tzinfo=clock.VIETNAM)
MERGED_ON = date(2025, 7, 1)


class Merger:
    """A district that took a dossier in and was dissolved, and the commune that took its place."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.district = AgencyFactory(code="H15.20", name="UBND huyện Minh Họa", level="district", desk=True)
        self.room = AgencyFactory(code="H15.20.05", name="Phòng Tư pháp huyện", parent=self.district)
        self.commune = AgencyFactory(code="H15.21", name="UBND xã Kế Thừa", desk=True)
        self.old_clerk = AssignmentFactory(agency=self.district).user
        self.old_specialist = AssignmentFactory(agency=self.room, role=Role.SPECIALIST).user
        self.clerk = AssignmentFactory(agency=self.commune).user
        self.specialist = AssignmentFactory(agency=self.commune, role=Role.SPECIALIST).user
        with clock.frozen(BEFORE):
            intake = office.intake(
                receiving_agency=self.district.code,
                competent_agency=self.room.code,
                consents=frozenset({"mock"}),
            )
            taken = services.receive(intake, actor=self.old_clerk)
        self.dossier, self.key = taken.dossier, taken.key
        Agency.objects.filter(pk__in=[self.district.pk, self.room.pk]).update(dissolved_on=MERGED_ON)
        Agency.objects.filter(pk=self.district.pk).update(successor=self.commune)

    def carry(self, code: str) -> None:
        """Let the dossier carry a code of its time, as one brought over from an old system does."""
        Dossier.objects.filter(pk=self.dossier.pk).update(code=code)


@pytest.fixture
def merger(office: Office) -> Merger:
    return Merger(office)


@pytest.fixture
def merged_province(merger: Merger) -> Merger:
    """Phú Yên (H45) is part of Đắk Lắk."""
    with public_context():
        part = [{"agency_code": "H45", "name": "Tỉnh Phú Yên"}]
        change(Province.objects.filter(schema_name="daklak"), merged_from=part)
        province_cache.clear_cache()
    return merger


# --- The citizen


def shown(code: str, key: str = "") -> Dossier | None:
    with province_context("daklak"):
        answer = lookup.by_code(code, key)
    return answer.dossier if isinstance(answer, lookup.Progress | lookup.Details) else None


def test_a_receipt_of_a_dissolved_district_is_found(merger: Merger) -> None:
    assert merger.dossier.code == "H15.20-250620-0001"
    assert shown("H15.20-250620-0001") == merger.dossier
    assert isinstance(lookup.by_code(merger.dossier.code, merger.key), lookup.Details)


@pytest.mark.parametrize(
    "typed", ["000.12.34.H15-250620-0001", "000.12.34.h15 250620 0001", "0001234H152506200001"]
)
def test_a_receipt_in_the_old_form_is_found(merger: Merger, typed: str) -> None:
    merger.carry("000.12.34.H15-250620-0001")
    assert shown(typed) == merger.dossier


@pytest.mark.parametrize("code", ["H45.08-250620-0001", "000.00.05.H45-250620-0001"])
def test_a_receipt_of_a_merged_province_is_found(merged_province: Merger, code: str) -> None:
    merged_province.carry(code)
    assert shown(code) == merged_province.dossier


def test_elsewhere_the_merged_province_is_answered_by_its_prefix(merged_province: Merger) -> None:
    with province_context("dongnai"):
        answer = lookup.by_code("H45.08-250620-0001")
    assert isinstance(answer, lookup.OtherProvince)
    assert answer.province_name == "Tỉnh Đắk Lắk"
    assert answer.url is not None


def test_the_page_says_who_answers_now(merger: Merger) -> None:
    citizen = Client(headers={"host": "daklak.localhost"})
    answer = citizen.post("/tra-cuu/", {"code": merger.dossier.code, "key": merger.key})
    page = citizen.get(answer["Location"]).content.decode()
    assert "UBND huyện Minh Họa (nay là UBND xã Kế Thừa)" in page


# --- The staff


def test_staff_of_the_successor_see_the_dossier_and_act_on_it(merger: Merger) -> None:
    assert all(merger.dossier in visible_to(person) for person in (merger.clerk, merger.specialist))
    assert merger.specialist in possible_assignees(merger.dossier)
    event = take(merger.office, merger.dossier, "forward", actor=merger.clerk, assignee=merger.specialist)
    assert (event.agency, event.holder) == (merger.commune, merger.commune)
    event = take(merger.office, merger.dossier, "finish", actor=merger.specialist)
    assert event.agency == merger.commune
    assert "Mời ông/bà đến UBND xã Kế Thừa" in Message.objects.get(intent="done").body


def test_a_successor_of_the_successor_answers_too(merger: Merger) -> None:
    last = AgencyFactory(code="H15.22", name="UBND phường Sau Cùng", desk=True)
    clerk = AssignmentFactory(agency=last).user
    Agency.objects.filter(pk=merger.commune.pk).update(dissolved_on=MERGED_ON, successor=last)
    event = take(merger.office, merger.dossier, "forward", actor=clerk, assignee=merger.specialist)
    assert event.agency == last


def test_history_keeps_the_names_of_its_time(merger: Merger) -> None:
    take(merger.office, merger.dossier, "forward", actor=merger.clerk, assignee=merger.specialist)
    first, second = Event.objects.filter(dossier=merger.dossier).order_by("sequence")
    assert (first.agency.name, first.holder.name) == ("UBND huyện Minh Họa", "UBND huyện Minh Họa")
    assert second.agency.name == "UBND xã Kế Thừa"
    merger.dossier.refresh_from_db()
    assert merger.dossier.receiving_agency == merger.district
    assert merger.dossier.code == "H15.20-250620-0001"


def test_a_neighbour_has_no_part_nor_the_dissolved_one_in_what_is_new(merger: Merger) -> None:
    other = AssignmentFactory(agency=AgencyFactory(code="H15.23", desk=True)).user
    assert merger.dossier not in visible_to(other)
    with pytest.raises(NotEntitled):
        take(merger.office, merger.dossier, "forward", actor=other, assignee=merger.specialist)
    with clock.frozen(BEFORE):
        intake = merger.office.intake(
            receiving_agency=merger.commune.code, competent_agency=merger.commune.code
        )
        new = services.receive(intake, actor=merger.clerk).dossier
    assert new not in visible_to(merger.old_clerk)


def test_until_it_is_dissolved_a_district_answers_for_itself(merger: Merger) -> None:
    tomorrow = date(2026, 11, 26)
    Agency.objects.filter(pk=merger.district.pk).update(dissolved_on=tomorrow)
    assert merger.dossier not in visible_to(merger.clerk)
    with clock.frozen(datetime(2026, 11, 26, 8, tzinfo=clock.VIETNAM)):
        assert merger.dossier in visible_to(merger.clerk)


def test_circles_of_succession_end(merger: Merger) -> None:
    Agency.objects.filter(pk=merger.commune.pk).update(dissolved_on=MERGED_ON, successor=merger.district)
    assert merger.dossier in visible_to(merger.clerk)
    assert Agency.objects.get(pk=merger.district.pk).living.pk in (merger.commune.pk, merger.district.pk)


# --- The code of the agency itself


@pytest.mark.parametrize("code", ["000.12.34.H15", "H15.29"])
def test_a_dissolved_agency_may_have_a_code_of_either_form(merger: Merger, code: str) -> None:
    agency = Agency(code=code, name="UBND huyện", dissolved_on=MERGED_ON, successor=merger.commune)
    agency.full_clean()
    agency.save()
    assert Agency.objects.get(code=code).living == merger.commune


@pytest.mark.parametrize(
    ("code", "dissolved_on"),
    [("000.12.34.H15", None), ("000.12.34.H61", MERGED_ON), ("00.12.34.H15", MERGED_ON)],
)
def test_a_code_of_the_old_form_is_for_dissolved_agencies_of_this_province(office, code, dissolved_on):
    with pytest.raises(ValidationError):
        Agency(code=code, name="UBND huyện", dissolved_on=dissolved_on).clean()
