"""A leader puts a status right: what was told of the wrong one, what is told now, and where it may go."""

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier
from dossiers.printing import availability, printing
from dossiers.printing.models import Form
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tests.dossiers.complaint_office import ComplaintOffice
from tests.dossiers.lookup.test_api import ask
from tests.dossiers.walking import in_progress, received, take
from tests.factories import Office


def deliver() -> None:
    for lane in Lane.objects.all():
        lane_loop.run_lane(lane.pk)


def correct(office: Office, dossier: Dossier, to_step: str) -> None:
    dossier.refresh_from_db()
    services.correct(
        dossier.pk, actor=office.leader, seen=dossier.last_sequence, to_step=to_step, reason="Nội bộ"
    )
    dossier.refresh_from_db()


def test_nothing_is_corrected_that_was_not_told(office: Office) -> None:
    dossier = in_progress(office)
    deliver()
    take(office, dossier, "finish", actor=office.specialist)
    correct(office, dossier, "in_progress")
    assert not Message.objects.filter(intent__in=["correction", "adjusted"]).exists()
    assert Message.objects.get(intent="done").state == State.SUPPRESSED


def test_a_held_notice_is_kept_back_though_something_happened_since(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "finish", actor=office.specialist)
    services.reissue(dossier.pk, actor=office.clerk, seen=dossier.last_sequence, checked="Thẻ căn cước")
    correct(office, dossier, "in_progress")
    assert Message.objects.get(intent="done").state == State.SUPPRESSED


def test_what_was_read_is_corrected_with_the_date(office: Office) -> None:
    dossier = in_progress(office)
    deliver()
    correct(office, dossier, "received")
    body = Message.objects.get(intent="correction").body
    assert "Đã tiếp nhận" in body
    assert "Hẹn trả kết quả: 17:00, 02/12/2026." in body


def test_the_reason_of_a_correction_stays_in_the_office(office: Office) -> None:
    from tests.dossiers.lookup.test_status_page import read

    dossier = in_progress(office)
    correct(office, dossier, "received")
    assert "Nội bộ" not in read(dossier)


@pytest.mark.parametrize("to_step", ["supplement", "payment", "consulting"])
def test_what_asks_somebody_for_something_goes_by_the_workflow(office: Office, to_step: str) -> None:
    dossier = in_progress(office)
    with pytest.raises(NotPossible, match="quy trình"):
        correct(office, dossier, to_step)


def test_back_to_waiting_for_what_was_asked_before(office: Office) -> None:
    from tests.dossiers.lookup.test_status_page import read

    dossier = in_progress(office)
    take(office, dossier, "require_payment", actor=office.specialist)
    until = dossier.citizen_due_at
    take(office, dossier, "payment_received")
    deliver()
    correct(office, dossier, "payment")
    assert dossier.citizen_due_at == until
    assert dossier.paused_since is not None
    assert "Số tiền: 100.000 đồng" in read(dossier)
    assert (
        "Ông/bà cần nộp 100.000 đồng. Hạn cuối: 17:00, 10/12/2026."
        in Message.objects.get(intent="correction").body
    )


@pytest.mark.parametrize(
    ("walked", "to_step", "then", "states"),
    [
        (("accept",), "new", (), ["now", "todo", "todo", "todo"]),
        (("accept",), "new", ("return_filing",), ["waiting", "todo", "todo", "todo"]),
        (("accept",), "new", ("refuse",), ["done", "stopped", "todo", "todo"]),
        (
            ("return_filing", "filing_completed", "accept"),
            "filing_supplement",
            (),
            ["waiting", *["todo"] * 3],
        ),
    ],
)
def test_an_acceptance_that_was_corrected_away_counts_at_no_door(office, walked, to_step, then, states):
    from tests.dossiers.lookup.test_status_page import read

    dossier = received(office, channel="online")
    for code in walked:
        take(office, dossier, code)
    correct(office, dossier, to_step)
    for code in then:
        take(office, dossier, code)
    told = ask(Client(headers={"host": "daklak.localhost"}), dossier.code, dossier.lookup_key).json()
    assert [stage["state"] for stage in told["stages"]] == states
    assert (told["details"]["due_at"], told["details"]["due_explained"]) == (None, "")
    page = read(dossier)
    assert ("Vì sao hẹn" in page, "02/12/2026" in page) == (False, False)
    assert not due_dates.is_accepted(dossier)
    forms = [one.form for one in availability.all_ready(dossier, printing.history_of(dossier))]
    assert (Form.RECEIPT in forms, Form.CONTROL in forms) == (False, False)


@pytest.mark.usefixtures("province", "noon")
def test_a_complaint_is_not_put_under_another_term() -> None:
    office = ComplaintOffice()
    dossier = office.received().dossier
    office.act(dossier, "accept_first")
    with pytest.raises(NotPossible, match="thời hạn khác"):
        correct(office, dossier, "received")
