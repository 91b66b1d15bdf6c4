"""Who stops messages of the province gets no broadcast either, and stopping more opens nothing again. All invented."""

from datetime import timedelta
from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models.dossier import Dossier
from messaging.broadcasts.audience import recipients
from messaging.channels.base import Capabilities
from tenants import clock
from tests.conftest import NOON
from tests.dossiers.chatting import ChatChannel, Talk, new_code
from tests.dossiers.desk.test_consent_at_desk import change
from tests.dossiers.walking import received
from tests.factories import Office

CHAT = frozenset({"chat"})


@pytest.fixture(autouse=True)
def _free_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChatChannel, "capabilities", Capabilities(body_max=2000, price=0))


def in_chat() -> int:
    """How many a broadcast to those who wrote lately would reach."""
    return sum(one["people"] for one in recipients.count({"chat": {}}))


def linked(office: Office, talk: Talk, **intake: Any) -> Dossier:
    dossier = received(office, **intake)
    assert "Đã nối" in talk.type(new_code(dossier))[0]
    dossier.refresh_from_db()
    return dossier


class TestOnThePage:
    def test_who_stops_all_messages_to_the_number(self, office: Office, talk: Talk) -> None:
        dossier = linked(office, talk)
        assert in_chat() == 1
        services.stop_notices(dossier.pk, everywhere=True)
        assert in_chat() == 0

    def test_who_stops_news_and_then_notices(self, office: Office, talk: Talk) -> None:
        """The link ends with the notices; what was said of news does not."""
        dossier = linked(office, talk, news=CHAT)
        services.stop_news(dossier.pk)
        services.stop_notices(dossier.pk, everywhere=False)
        assert in_chat() == 0

    def test_who_linked_after_news_was_stopped(self, office: Office, talk: Talk) -> None:
        dossier = received(office, news=CHAT)
        services.stop_news(dossier.pk)
        talk.type(new_code(dossier))
        services.stop_notices(dossier.pk, everywhere=False)
        assert in_chat() == 0

    def test_who_stops_notices_of_one_dossier_keeps_the_broadcasts(self, office: Office, talk: Talk) -> None:
        services.stop_notices(linked(office, talk).pk, everywhere=False)
        assert in_chat() == 1

    def test_who_takes_news_up_again_gets_them_again(self, office: Office, talk: Talk) -> None:
        dossier = linked(office, talk, news=CHAT)
        services.stop_news(dossier.pk)
        with clock.frozen(NOON + timedelta(minutes=1)):
            services.resume_news(dossier.pk)
        assert in_chat() == 1


def test_who_stops_everything_at_the_desk(office: Office, talk: Talk) -> None:
    change(office, linked(office, talk), everywhere=True, news=[])
    assert in_chat() == 0


class TestInTheChat:
    def test_a_consent_to_news_of_before_the_stop_does_not_undo_it(self, office: Office, talk: Talk) -> None:
        """They stop first, and tie a dossier of that number to the chat later."""
        dossier = received(office, news=CHAT)
        with clock.frozen(NOON + timedelta(minutes=1)):
            talk.type("TẮT TIN")
        with clock.frozen(NOON + timedelta(minutes=2)):
            talk.type(new_code(dossier))
        assert in_chat() == 0

    def test_what_goes_on_is_said_to_who_is_told_by_number(self, office: Office, talk: Talk) -> None:
        """Nobody knows that it is their number: it stays told, so the answer must not promise silence."""
        received(office, consents=CHAT, news=CHAT)
        talk.deliver()
        answer = talk.ask("TẮT TIN").body
        assert [one["people"] for one in recipients.count({"news": {}})] == [1]
        assert "số điện thoại" in answer
        assert "mục Tin báo về hồ sơ" in answer
        assert "bỏ quan tâm" in answer
