"""Acting with a right that a colleague lent: history says in whose place, and only where it was needed."""

from datetime import date

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from tenants.accounts.models import User
from tenants.organisation import delegation
from tenants.organisation.models import Assignment, Role
from tests.dossiers.desk.test_dossier_page import address, browser, shown
from tests.dossiers.walking import asked_once, in_progress, propose, received, take
from tests.factories import AssignmentFactory, Office, UserFactory


def lend(holder: User, to: User) -> None:
    held = Assignment.objects.get(user=holder)
    day = date(2026, 11, 25)
    delegation.delegate(held, to=to, first_day=day, last_day=day, actor=holder)


def last(dossier: Dossier) -> Event:
    return dossier.events.order_by("-sequence")[0]


def test_history_says_in_whose_place(office: Office) -> None:
    deputy = UserFactory(full_name="Nguyễn Văn Thay")
    lend(office.clerk, deputy)
    dossier = received(office)
    take(office, dossier, "forward", actor=deputy)
    assert last(dossier).in_place_of == office.clerk
    words = f"Nguyễn Văn Thay, thay {office.clerk}"
    assert words in shown(office.clerk, dossier, "xu-ly")


def test_ones_own_right_needs_nobody(office: Office) -> None:
    colleague = AssignmentFactory(agency=office.desk, role=Role.CLERK).user
    lend(office.clerk, colleague)
    dossier = received(office)
    take(office, dossier, "forward", actor=colleague)
    assert last(dossier).in_place_of is None
    assert ", thay " not in shown(office.clerk, dossier, "xu-ly")


def test_another_role_of_ones_own_is_not_the_right(office: Office) -> None:
    lend(office.leader, office.specialist)
    dossier = in_progress(office)
    services.correct(
        dossier.pk,
        actor=office.specialist,
        seen=dossier.last_sequence,
        to_step="received",
        reason="Nhầm bước",
    )
    assert last(dossier).in_place_of == office.leader


def test_an_approval_says_it_too(office: Office) -> None:
    deputy = UserFactory(full_name="Trần Thị Thay")
    lend(office.leader, deputy)
    dossier = asked_once(office)
    proposal = propose(office, dossier)
    services.approve(proposal.pk, actor=deputy, seen=dossier.last_sequence)
    event = last(dossier)
    assert (event.in_place_of, event.approved_in_place_of) == (None, office.leader)
    assert f"duyệt: Trần Thị Thay, thay {office.leader}" in shown(office.leader, dossier, "xu-ly")


def test_taking_in_says_it_too(office: Office) -> None:
    deputy = UserFactory()
    lend(office.clerk, deputy)
    dossier = services.receive(office.intake(), actor=deputy).dossier
    assert dossier.events.get().in_place_of == office.clerk


@pytest.mark.parametrize(
    ("who", "rest"),
    [
        ("clerk", "buoc/finish/"),
        ("clerk", "viec/giao/"),
        ("clerk", "viec/xin-loi/"),
        ("specialist", "viec/dieu-chinh/"),
        ("specialist", "cap-ma-moi/"),
        ("auditor", "viec/thu-hoi/"),
        ("auditor", "viec/nhan-tin/"),
    ],
)
def test_the_form_of_an_act_does_not_open_for_who_may_not_act(office: Office, who: str, rest: str) -> None:
    dossier = in_progress(office)
    auditor = AssignmentFactory(agency=office.department, role=Role.AUDITOR).user
    person = auditor if who == "auditor" else getattr(office, who)
    assert browser(person).get(address(dossier, rest)).status_code == 403


def test_a_step_that_is_not_possible_now_leads_back_to_the_page(office: Office) -> None:
    dossier = in_progress(office)
    assert browser(office.clerk).get(address(dossier, "buoc/forward/")).status_code == 302
