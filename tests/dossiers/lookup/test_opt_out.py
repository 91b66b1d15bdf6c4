"""The citizen's page about notices: stopping them, having them again. People and numbers are invented."""

from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from dossiers.lookup.public import holder_pages
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Consent
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants.audit.models import AuditEntry
from tests.budgets import shrink
from tests.dossiers.walking import asked_once, propose, received, take
from tests.factories import Office

HOST = "daklak.localhost"
NUMBER = "0905000678"


def address(dossier: Dossier, rest: str = "tin-bao/") -> str:
    return f"/h/{AccessToken.objects.filter(dossier=dossier).earliest('pk').value}/{rest}"


def text(response: Any) -> str:
    return str(response.content.decode().replace("\xa0", " "))


def do(citizen: Client, dossier: Dossier, act: str, **headers: str) -> Any:
    return citizen.post(address(dossier), {"viec": act}, headers={"host": HOST, **headers})


def active() -> int:
    return Consent.objects.filter(withdrawn_at=None).count()


def told(office: Office, dossier: Dossier) -> bool:
    """Whether the next event of this dossier makes a message."""
    before = Message.objects.count()
    take(office, dossier, "forward")
    return Message.objects.count() > before


# --- what the page says


def test_the_page_says_where_notices_go_and_hides_the_number(office: Office, citizen: Client) -> None:
    dossier = received(office)
    assert f'href="{address(dossier)}"' in text(citizen.get(address(dossier, "")))
    page = text(citizen.get(address(dossier)))
    assert "Đang nhận tin" in page
    assert "678" in page
    assert NUMBER not in page


def test_who_never_agreed_is_sent_to_the_desk(office: Office, citizen: Client) -> None:
    page = text(citizen.get(address(received(office, consents=frozenset()))))
    assert "Không nhận tin" in page
    assert "bộ phận tiếp nhận" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


# --- stopping


def test_one_dossier_is_stopped_and_the_number_still_hears_of_others(office: Office, citizen: Client) -> None:
    here, other = received(office), received(office)
    answer = do(citizen, here, "ho-so-nay")
    page = text(citizen.get(answer["Location"]))
    assert "Đã thôi nhận tin" in page
    assert active() == 1
    assert (told(office, here), told(office, other)) == (False, True)


def test_everything_is_stopped_for_the_number(office: Office, citizen: Client) -> None:
    here, other = received(office), received(office)
    do(citizen, here, "tat-ca")
    assert active() == 0
    assert not told(office, other)
    assert Consent.objects.get().withdrawn_how == f"{here.subject}; trang tra cứu"


@pytest.mark.parametrize("act", ["ho-so-nay", "tat-ca"])
def test_what_waits_is_not_sent_any_more(office: Office, citizen: Client, act: str) -> None:
    message = Message.objects.get(subject=received(office).subject)
    do(citizen, Dossier.objects.get(), act)
    lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SUPPRESSED, 0)


def test_stopping_is_an_event_without_personal_data_and_is_recorded(office: Office, citizen: Client) -> None:
    dossier = received(office)
    for _turn in range(2):
        assert do(citizen, dossier, "ho-so-nay").status_code == 303
    assert Event.objects.filter(kind="consent").count() == 1
    event = dossier.events.last()
    assert (event.kind, event.actor, event.note.data) == (
        "consent",
        None,
        {"channels": [], "channels_before": ["mock"], "everywhere": False},
    )
    assert AuditEntry.objects.filter(action="dossier.consent", subject=dossier.subject).count() == 1
    assert "Thay đổi việc nhận tin báo" in text(citizen.get(address(dossier, "")))
    citizen.force_login(office.clerk)
    page = text(citizen.get(f"/quan-tri/dossiers/dossier/{dossier.pk}/change/?tab=xu-ly"))
    assert "Thôi nhận tin về hồ sơ này." in page
    assert "Do người dân chọn trên trang tra cứu." in page


def test_a_proposal_that_waits_outlives_it(office: Office, citizen: Client) -> None:
    dossier = asked_once(office)
    proposal = propose(office, dossier)
    do(citizen, dossier, "ho-so-nay")
    dossier.refresh_from_db()
    assert services.waiting_proposal(dossier) == proposal
    services.approve(proposal.pk, actor=office.leader, seen=dossier.last_sequence)


# --- again


def test_notices_come_back_with_new_evidence(office: Office, citizen: Client) -> None:
    """For the dossier on whose page they are asked for alone."""
    other, dossier = received(office), received(office)
    do(citizen, other, "tat-ca")
    assert "Nhận lại tin" in text(citizen.get(address(dossier)))
    page = text(citizen.get(do(citizen, dossier, "nhan-lai")["Location"]))
    assert "Đã bật lại" in page
    assert [row.evidence for row in Consent.objects.filter(withdrawn_at=None)] == [
        f"{dossier.subject}; trang tra cứu"
    ]
    assert (told(office, dossier), told(office, other)) == (True, False)


def test_a_page_cannot_agree_to_what_was_never_agreed_to_for_its_dossier(office, citizen):
    received(office)
    silent = received(office, consents=frozenset())
    do(citizen, silent, "nhan-lai")
    silent.refresh_from_db()
    assert (silent.notice_channels, silent.events.count()) == ([], 1)


# --- who may


@pytest.mark.parametrize("act", ["", "xoa", "TAT-CA", "x" * 1000])
def test_an_unknown_act_shows_the_page_again(office: Office, citizen: Client, act: str) -> None:
    assert do(citizen, received(office), act).status_code == 200
    assert active() == 1


def test_changing_ones_mind_too_often_is_stopped(office, citizen, monkeypatch):
    dossier = received(office)
    shrink(monkeypatch, holder_pages.ACTS["notices"], "dossier", 3)
    for turn in range(3):
        assert do(citizen, dossier, ("ho-so-nay", "nhan-lai")[turn % 2]).status_code == 303
    answer = do(citizen, dossier, "ho-so-nay")
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert dossier.events.count() == 1 + 3


def test_an_open_dossier_that_tells_news_keeps_the_contact(office: Office) -> None:
    from messaging.inbound import privacy

    dossier = received(office)
    Message.objects.update(state=State.DELIVERED)
    contact = contacts.contact_by_phone(NUMBER)
    assert contact is not None
    with pytest.raises(privacy.MessageUnderWay, match=dossier.code):
        privacy.erase(contact, office.clerk)
    services.stop_notices(dossier.pk, everywhere=False)
    Call.objects.update(settled_at="2026-11-25T03:00Z", outcome="told")
    assert privacy.erase(contact, office.clerk)["messages"] == 1
