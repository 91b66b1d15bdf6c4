"""News of the province has a consent of its own: asked for and taken back beside that to notices. All invented."""

import re
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from messaging.broadcasts import audience
from messaging.contacts.contacts import DOSSIER_STATUS, NEWS
from messaging.contacts.models import Consent
from tests.dossiers.chatting import HOST, Talk
from tests.dossiers.desk.test_consent_at_desk import change
from tests.dossiers.desk.test_desk import ADD, logged_in, typed
from tests.dossiers.walking import received
from tests.factories import Office
from tests.messaging.letters import LetterChannel, letters

__all__ = ["letters"]
BOTH = frozenset({"mock"})


def agreed(purpose: str = NEWS) -> list[str]:
    active = Consent.objects.filter(purpose=purpose, withdrawn_at=None)
    return list(active.order_by("channel").values_list("channel", flat=True))


def told() -> int:
    """How many a broadcast to those who agreed would reach."""
    return sum(one["people"] for one in audience.count({"news"}))


def boxes(page: str) -> list[str]:
    without_style = re.sub(r'class="[^"]*"', "", page)
    return [box for box in re.findall(r"<input[^>]*>", without_style) if 'name="news"' in box]


def page_of(dossier: Dossier) -> str:
    return f"/h/{AccessToken.objects.filter(dossier=dossier).earliest('pk').value}/tin-bao/"


def shown(dossier: Dossier) -> str:
    answer = Client(headers={"host": HOST}).get(page_of(dossier))
    return str(answer.content.decode().replace("\xa0", " "))


def press(dossier: Dossier, act: str) -> Any:
    return Client(headers={"host": HOST}).post(page_of(dossier), {"viec": act})


# --- at intake


def test_the_form_asks_for_it_apart_and_ticks_nothing(office: Office) -> None:
    page = logged_in(office.clerk).get(ADD).content.decode()
    assert "đồng ý nhận thông báo của tỉnh" in page
    assert [("mock" in box, "checked" in box) for box in boxes(page)] == [(True, False)]


@pytest.mark.parametrize(
    ("ticked", "notices", "news"),
    [({"news": ["mock"]}, [], ["mock"]), ({"consents": ["mock"]}, ["mock"], []), ({}, [], [])],
    ids=["news alone", "notices alone", "neither"],
)
def test_each_is_agreed_to_for_itself(office, ticked, notices, news):
    assert logged_in(office.clerk).post(ADD, typed(office, **ticked)).status_code == 302
    assert (agreed(DOSSIER_STATUS), agreed(NEWS), told()) == (notices, news, len(news))


def test_without_a_mobile_it_is_refused_beside_its_field(office: Office) -> None:
    answer = logged_in(office.clerk).post(ADD, typed(office, news=["mock"], owner_phone="02003812345"))
    assert (answer.status_code, Dossier.objects.count()) == (422, 0)
    assert "di động" in answer.context["form"].errors["news"][0]
    assert ["checked" in box for box in boxes(answer.content.decode())] == [True]


def test_the_address_of_its_channel_is_asked_for(office: Office, letters: LetterChannel) -> None:
    clerk = logged_in(office.clerk)
    assert clerk.post(ADD, typed(office, news=["letters"])).status_code == 422
    clerk.post(ADD, typed(office, news=["letters"], address_letterbox="thu@example.vn"))
    assert (agreed(), told()) == (["letters"], 1)


# --- later, at the desk


def test_it_is_agreed_to_and_taken_back_while_notices_stay(office: Office) -> None:
    dossier = received(office)
    change(office, dossier, "mock", news=["mock"])
    assert agreed() == ["mock"]
    change(office, dossier, "mock", news=[])
    assert (agreed(), agreed(DOSSIER_STATUS), told()) == ([], ["mock"], 0)


def test_the_history_tells_both(office: Office) -> None:
    dossier = received(office)
    change(office, dossier, "mock", news=["mock"])
    change(office, dossier, "mock", news=[])
    tab = logged_in(office.clerk).get(f"/quan-tri/dossiers/dossier/{dossier.pk}/change/", {"tab": "xu-ly"})
    page = tab.content.decode()
    assert "Nhận thông báo của tỉnh qua: Kênh mô phỏng." in page
    assert "Thôi nhận thông báo của tỉnh." in page


@pytest.mark.parametrize(
    ("stopped", "news", "notices"),
    [
        ({}, ["mock"], ["mock"]),
        ({"everywhere": True, "news": []}, [], []),
        ({"everywhere": True, "news": ["mock"]}, ["mock"], []),
    ],
    ids=["of this dossier", "everything", "everything but what is ticked"],
)
def test_who_stops_notices_keeps_it_unless_everything_is_stopped(office, stopped, news, notices):
    dossier = received(office, news=BOTH)
    change(office, dossier, **stopped)
    assert (agreed(), agreed(DOSSIER_STATUS), dossier.notice_channels) == (news, notices, [])


def test_an_unknown_channel_is_refused(office: Office) -> None:
    with pytest.raises(NotPossible, match="Không có kênh nhận tin này"):
        change(office, received(office), "mock", news=["smoke"])


def test_the_act_at_the_desk_shows_what_holds(office: Office) -> None:
    dossier = received(office, consents=frozenset(), news=BOTH)
    act = f"/quan-tri/dossiers/dossier/{dossier.pk}/viec/nhan-tin/"
    clerk = logged_in(office.clerk)
    fields = clerk.get(act).context["form"].fields
    assert (fields["channels"].initial, fields["news"].initial) == ([], ["mock"])
    clerk.post(act, {"seen": 1, "scope": "this", "reason": "Người nhận đề nghị tại quầy"})
    assert agreed() == []


# --- on the citizen's page


def test_the_page_of_who_never_agreed_does_not_speak_of_it(office: Office) -> None:
    dossier = received(office)
    assert "Thông báo của tỉnh" not in shown(dossier)
    press(dossier, "nhan-thong-bao")
    assert agreed() == []


def test_it_is_taken_back_and_given_again_there_while_notices_stay(office: Office) -> None:
    dossier = received(office, news=BOTH)
    assert "Thôi nhận thông báo của tỉnh" in shown(dossier)
    assert press(dossier, "thoi-thong-bao").status_code == 303
    assert (agreed(), agreed(DOSSIER_STATUS)) == ([], ["mock"])
    assert Consent.objects.get(purpose=NEWS).withdrawn_how == f"{dossier.subject}; trang tra cứu"
    assert "Nhận lại thông báo của tỉnh" in shown(dossier)
    press(dossier, "nhan-thong-bao")
    assert agreed() == ["mock"]


def test_who_holds_another_dossier_of_the_number_does_not_give_it_again(office: Office) -> None:
    """One number may stand for several people: only where it was agreed to, it is offered again."""
    mine, other = received(office, news=BOTH), received(office)
    press(mine, "thoi-thong-bao")
    assert "Nhận lại thông báo của tỉnh" not in shown(other)
    press(other, "nhan-thong-bao")
    assert agreed() == []
    press(mine, "nhan-thong-bao")
    assert agreed() == ["mock"]


def test_who_stops_all_messages_there_stops_it_too(office: Office) -> None:
    press(received(office, news=BOTH), "tat-ca")
    assert Consent.objects.filter(withdrawn_at=None).count() == 0


def test_it_is_no_event_of_the_dossier(office: Office) -> None:
    """Else what the dossier asked for before would be forgotten."""
    dossier = received(office, news=BOTH)
    services.stop_notices(dossier.pk, everywhere=False)
    press(dossier, "thoi-thong-bao")
    assert Event.objects.filter(dossier=dossier).count() == 2
    dossier.refresh_from_db()
    assert services.both_reach(dossier)[0].again == ("mock",)


# --- in the chat


def test_what_goes_on_is_said_to_who_is_told_by_number(office: Office, talk: Talk) -> None:
    """Nobody knows that it is their number: it stays told, so the answer must not promise silence."""
    received(office, consents=frozenset({"chat"}), news=frozenset({"chat"}))
    talk.deliver()
    answer = talk.ask("TẮT TIN").body
    assert told() == 1
    assert "số điện thoại" in answer
    assert "mục Tin báo về hồ sơ" in answer
    assert "bỏ quan tâm" in answer
