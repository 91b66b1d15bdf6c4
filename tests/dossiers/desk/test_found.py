"""Finding a dossier at the desk by what is scanned or typed there."""

from datetime import timedelta

import pytest

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken, Dossier
from tenants import clock
from tenants.accounts.models import User
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.walking import received
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

LIST = "/quan-tri/dossiers/dossier/"


def opened(user: User, text: str) -> int | None:
    """The dossier that typing this into the search field opens at once; None when the list is shown."""
    answer = logged_in(user).get(LIST, {"q": text})
    if answer.status_code == 200:
        return None
    assert answer.status_code == 302
    return int(answer["Location"].removeprefix(LIST).partition("/")[0])


def listed(user: User, text: str) -> set[str]:
    answer = logged_in(user).get(LIST, {"q": text})
    assert answer.status_code == 200
    return {dossier.code for dossier in answer.context["cl"].result_list}


@pytest.fixture
def taken(office: Office) -> services.Received:
    return services.receive(office.intake(), actor=office.clerk)


@pytest.mark.parametrize("typed", ["{}\r", "{}", "  {} "])
def test_a_code_lists_its_dossier(office: Office, taken: services.Received, typed: str) -> None:
    assert listed(office.clerk, typed.format(taken.dossier.code)) == {taken.dossier.code}


@pytest.mark.parametrize("end", ["", "?a=1", " ", "\n"])
def test_a_scanned_address_opens_the_dossier(office: Office, taken: services.Received, end: str) -> None:
    assert opened(office.clerk, taken.token_url + end) == taken.dossier.pk


def test_an_address_past_its_time_or_revoked_opens_nothing(office: Office, taken: services.Received) -> None:
    url = access_links.url(access_links.issue(taken.dossier, AccessToken.Purpose.LOOKUP))
    assert opened(office.clerk, url) == taken.dossier.pk
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert opened(office.clerk, url) is None
    services.reissue(
        taken.dossier.pk, actor=office.clerk, seen=taken.dossier.last_sequence, checked="Thẻ căn cước"
    )
    assert opened(office.clerk, taken.token_url) is None


def test_four_digits_open_the_one_dossier_of_today(office: Office, taken: services.Received) -> None:
    for person in (office.clerk, UserFactory(administrator=True)):
        assert opened(person, taken.dossier.code[-4:]) == taken.dossier.pk
    assert opened(office.clerk, "９９９９") is None


def test_four_digits_of_another_day_are_not_meant(office: Office) -> None:
    with clock.frozen(clock.now() - timedelta(days=1)):
        yesterday = received(office)
    assert opened(office.clerk, yesterday.code[-4:]) is None
    today = received(office)
    assert today.code[-4:] == yesterday.code[-4:]
    assert opened(office.clerk, today.code[-4:]) == today.pk


def test_four_digits_that_two_desks_gave_today_are_listed(office: Office, taken: services.Received) -> None:
    other = AgencyFactory(code="H15.21", name="UBND phường Minh Họa", desk=True)
    AssignmentFactory(user=office.clerk, agency=other)
    second = received(office, receiving_agency=other.code)
    assert second.code[-4:] == taken.dossier.code[-4:]
    assert listed(office.clerk, second.code[-4:]) == {second.code, taken.dossier.code}


def test_four_digits_mean_this_desk_alone(office: Office, taken: services.Received) -> None:
    other = AgencyFactory(code="H15.21", name="UBND phường Minh Họa", desk=True)
    neighbour = AssignmentFactory(agency=other).user
    second = services.receive(office.intake(receiving_agency=other.code), actor=neighbour).dossier
    # The specialist sees both, as one of the agency that settles them.
    AssignmentFactory(user=office.specialist, agency=other)
    assert opened(office.specialist, second.code[-4:]) == second.pk


@pytest.mark.parametrize(
    "typed", ["nguyen thi minh hoa", "066190000001", " 0661 9000 0001", "0905000678", "0905.000.678"]
)
def test_a_name_and_a_whole_number_of_somebody_in_it_list(office: Office, typed: str) -> None:
    code = received(office).code
    received(office, owner=PersonData(name="Trần Văn Khác", phone="0905000679", id_number="066190000002"))
    assert listed(office.clerk, typed) == {code}


def test_a_part_of_a_number_lists_nothing(office: Office, taken: services.Received) -> None:
    assert listed(office.clerk, "06619000000") == set()


def test_a_code_of_the_system_before_is_found(office: Office, taken: services.Received) -> None:
    Dossier.objects.filter(pk=taken.dossier.pk).update(source="motcua-cu", source_code="2026/TP/00017")
    assert listed(office.clerk, " 2026/TP/00017 ") == {taken.dossier.code}


def test_what_was_read_is_said_when_nothing_is_found(office: Office, taken: services.Received) -> None:
    page = logged_in(office.clerk).get(LIST, {"q": "đ15.08 261125 0999"}).content.decode()
    assert "Đọc được mã D15.08-261125-0999" in page
    page = logged_in(office.clerk).get(LIST, {"q": taken.dossier.code}).content.decode()
    assert "Đọc được mã" not in page


@pytest.mark.parametrize("by", ["code", "address", "digits"])
def test_a_stranger_to_the_dossier_is_led_nowhere(office: Office, taken: services.Received, by: str) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.77", desk=True)).user
    text = {"code": taken.dossier.code, "address": taken.token_url, "digits": taken.dossier.code[-4:]}[by]
    assert opened(stranger, text) is None
    assert listed(stranger, text) == set()


@pytest.mark.parametrize("text", ["/h//", "/h/" + "x" * 5000, "x" * 5000, "%", "0042" * 50])
def test_nonsense_is_an_empty_list(office: Office, taken: services.Received, text: str) -> None:
    assert opened(office.clerk, text) is None
