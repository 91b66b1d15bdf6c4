"""Words for colleagues: who leaves them, who reads them, and that no citizen ever does."""

from collections.abc import Callable

import pytest
from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import corrections
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier, Note, Remark
from messaging.outbox.models.messages import Message
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Role
from tests.dossiers.chatting import Talk, new_code
from tests.dossiers.desk.test_dossier_page import address, auditor, browser, shown
from tests.dossiers.walking import asked_once, in_progress, propose, received, take
from tests.factories import AgencyFactory, AssignmentFactory, Office

WORDS = "Người dân hẹn ghé quầy sáng thứ Sáu"


def leave(office: Office, dossier: Dossier, text: str = WORDS) -> Remark:
    return services.remark(dossier.pk, actor=office.clerk, text=text)


def test_a_colleague_reads_it_in_the_history(office: Office) -> None:
    dossier = in_progress(office)
    answer = browser(office.clerk).post(address(dossier, "ghi-chu/"), {"text": WORDS})
    assert answer["Location"] == address(dossier, "change/?tab=xu-ly")
    page = shown(office.specialist, dossier, "xu-ly")
    assert WORDS in page
    assert office.clerk.get_full_name() in page
    assert 'Xử lý <span class="mc-count">3</span>' in page


def test_a_dossier_keeps_so_many_and_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "REMARKS_MOST", 1)
    dossier = received(office)
    leave(office, dossier)
    answer = browser(office.clerk).post(address(dossier, "ghi-chu/"), {"text": "Thêm lời"})
    assert (answer.status_code, Remark.objects.count()) == (422, 1)
    assert "Hồ sơ đã có 1 ghi chú, không ghi thêm được." in answer.content.decode()


def test_it_is_recorded_who_wrote_without_the_words(office: Office) -> None:
    dossier = received(office)
    leave(office, dossier)
    entry = AuditEntry.objects.get(action="dossier.remark")
    assert (entry.subject, entry.actor, entry.detail) == (dossier.subject, office.clerk, {})


def test_an_auditor_reads_and_does_not_write(office: Office) -> None:
    dossier = received(office)
    leave(office, dossier)
    reader = auditor(office)
    page = shown(reader, dossier, "xu-ly")
    assert WORDS in page
    assert "ghi-chu/" not in page
    answer = browser(reader).post(address(dossier, "ghi-chu/"), {"text": "Thêm lời"})
    assert answer.status_code == 422
    assert "Chỉ người làm hồ sơ này được ghi chú" in answer.content.decode()
    assert Remark.objects.count() == 1


def test_who_works_elsewhere_does_not_write(office: Office) -> None:
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True), role=Role.CLERK).user
    dossier = received(office)
    with pytest.raises(NotEntitled):
        services.remark(dossier.pk, actor=stranger, text=WORDS)
    assert browser(stranger).post(address(dossier, "ghi-chu/"), {"text": WORDS}).status_code == 404
    assert not Note.objects.exists()


def test_an_agency_that_is_asked_may_answer_with_a_note(office: Office) -> None:
    asked = AssignmentFactory(agency=office.consulted, role=Role.SPECIALIST).user
    dossier = in_progress(office)
    take(office, dossier, "consult", actor=office.specialist)
    assert services.remark(dossier.pk, actor=asked, text=WORDS).agency == office.consulted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "Xin ghi nội dung"),
        ("\u200b", "Xin ghi nội dung"),
        ("a" * 2001, "quá dài"),
        ("Gọi 0905 000 678 trước", "Không ghi số điện thoại"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_in_its_box(office: Office, text: str, reason: str) -> None:
    dossier = received(office)
    answer = browser(office.clerk).post(address(dossier, "ghi-chu/"), {"text": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page
    assert text.strip() in page
    assert not Remark.objects.exists()
    with pytest.raises(NotPossible):
        leave(office, dossier, text)


def test_a_note_makes_no_open_form_out_of_date_and_no_proposal_void(office: Office) -> None:
    dossier = asked_once(office)
    propose(office, dossier)
    leave(office, dossier)
    proposal = services.waiting_proposal(dossier)
    assert proposal is not None
    event = services.approve(proposal.pk, actor=office.leader, seen=dossier.last_sequence)
    assert (event.to_step, event.approved_by) == ("supplement", office.leader)


def test_a_note_does_not_end_the_time_for_taking_back(office: Office) -> None:
    dossier = in_progress(office)
    last = dossier.last_sequence
    leave(office, dossier)
    event = services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
    assert event.undoes == last


DOORS: dict[str, Callable[[Client, Dossier], object]] = {
    "details": lambda citizen, dossier: citizen.get(
        f"/h/{access_links.issue(dossier, AccessToken.Purpose.RECEIPT)}/"
    ),
    "progress": lambda citizen, dossier: citizen.get(f"/ho-so/{dossier.code}/"),
    "look-up": lambda citizen, dossier: citizen.post(
        "/tra-cuu/", {"code": dossier.code, "key": dossier.lookup_key}, follow=True
    ),
    "program": lambda citizen, dossier: citizen.post(
        "/api/v1/lookup/", {"code": dossier.code, "key": dossier.lookup_key}, "application/json"
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_page_or_program_of_a_citizen_shows_it(office: Office, door: str) -> None:
    dossier = in_progress(office)
    leave(office, dossier)
    answer = DOORS[door](Client(headers={"host": "daklak.localhost"}), dossier)
    text = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert dossier.code in text
    assert WORDS not in text


def test_no_message_and_no_slip_tells_it(office: Office) -> None:
    dossier = in_progress(office)
    leave(office, dossier)
    take(office, dossier, "finish")
    slip = browser(office.clerk).get(address(dossier, "giay-hen/")).content.decode()
    told = [f"{message.title} {message.body} {message.rows}" for message in Message.objects.all()]
    assert len(told) == 3
    assert not any(WORDS in text for text in [*told, slip])


def test_no_chat_answers_with_it(office: Office, talk: Talk) -> None:
    dossier = in_progress(office)
    leave(office, dossier)
    said = " ".join(talk.type(new_code(dossier)))
    assert dossier.code in said
    assert WORDS not in said


def test_pressed_twice_it_stands_once(office: Office) -> None:
    dossier = received(office)
    assert leave(office, dossier).pk == leave(office, dossier).pk
    assert Remark.objects.filter(dossier=dossier).count() == 1
