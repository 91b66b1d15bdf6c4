"""Other dossiers of the same person: by the ID number alone, and only those that the reader may see."""

import re

from dossiers.desk.dossier import tabs
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Dossier
from tests.dossiers.desk.test_dossier_page import shown
from tests.dossiers.walking import received
from tests.factories import AgencyFactory, AssignmentFactory, Office


def of(office: Office, name: str, number: str) -> Dossier:
    return received(office, owner=PersonData(name=name, phone="0905000678", id_number=number))


def codes(dossiers: list[Dossier]) -> list[str]:
    return [dossier.code for dossier in dossiers]


def test_the_same_number_is_the_same_person_whatever_the_name(office: Office) -> None:
    first = of(office, "Nguyễn Thị Minh Họa", "066190000001")
    second = of(office, "Nguyen Thi Minh Hoa", "066190000001")
    of(office, "Nguyễn Thị Minh Họa", "066190000009")
    assert codes(tabs.of_same_owner(first, office.clerk)) == [second.code]


def test_without_a_number_nobody_is_the_same(office: Office) -> None:
    first = of(office, "Nguyễn Thị Minh Họa", "")
    of(office, "Nguyễn Thị Minh Họa", "")
    assert tabs.of_same_owner(first, office.clerk) == []


def test_what_the_reader_may_not_see_is_left_out(office: Office) -> None:
    desk = AgencyFactory(code="H15.70", name="Nơi khác", desk=True)
    stranger = AssignmentFactory(agency=desk).user
    here = of(office, "Nguyễn Thị Minh Họa", "066190000001")
    there = office.intake(receiving_agency=desk.code, competent_agency=desk.code)
    other = services.receive(there, actor=stranger).dossier
    assert tabs.of_same_owner(here, office.clerk) == []
    assert tabs.of_same_owner(other, stranger) == []


def test_the_newest_ten_stand_on_the_page(office: Office) -> None:
    dossiers = [of(office, "Nguyễn Thị Minh Họa", "066190000001") for _number in range(12)]
    page = shown(office.clerk, dossiers[0]).partition("Hồ sơ khác của người này")[2]
    found = re.findall(r"/change/\">(H15[^<]+)<", page)
    assert found == codes(dossiers[:1:-1])[:10]


def test_one_alone_has_no_such_part(office: Office) -> None:
    assert "Hồ sơ khác của người này" not in shown(office.clerk, received(office))
