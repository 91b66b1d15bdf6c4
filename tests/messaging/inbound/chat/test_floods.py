"""Many texts at once: who writes little waits for nobody who writes much."""

from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from messaging.inbound import handlers, receive
from messaging.inbound.chat import turns
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox.models.messages import Message
from tenants.isolation.crypto import blind_index
from tests.budgets import shrink
from tests.dossiers.chatting import READER, SOMEBODY_ELSE, Talk, open_account
from tests.factories import Office


def test_a_flood_from_one_reader_holds_up_nobody(office: Office, talk: Talk) -> None:
    for _ in range(100):
        talk.tell({"text": "giờ làm việc"})
    talk.tell({"text": "giờ làm việc"}, reader=SOMEBODY_ELSE)
    receive.process_pending(200, seconds=60)
    turns.process_pending(50, seconds=60)
    written = Message.objects.filter(intent="chat")
    assert written.filter(follower__address_index=_index(SOMEBODY_ELSE)).count() == 1
    mine = written.filter(follower__address_index=_index(READER))
    assert mine.count() == handlers.ANSWERS.limits[0].most + 1
    assert mine.filter(body__contains="nhiều tin quá").count() == 1


def test_who_writes_once_is_answered_before_the_rest_of_a_flood(office: Office, talk: Talk) -> None:
    for _ in range(30):
        talk.tell({"text": "giờ làm việc"})
    talk.tell({"text": "giờ làm việc"}, reader=SOMEBODY_ELSE)
    receive.process_pending(2, seconds=60)
    assert set(IncomingMessage.objects.values_list("follower__address_index", flat=True)) == {
        _index(READER),
        _index(SOMEBODY_ELSE),
    }
    receive.process_pending(50, seconds=60)
    turns.process_pending(2, seconds=60)
    assert Message.objects.filter(follower__address_index=_index(SOMEBODY_ELSE)).exists()


def test_who_asks_is_read_before_word_of_what_arrived(office: Office, talk: Talk) -> None:
    for number in range(5):
        talk.tell({"arrived": f"tin-{number}"}, reader=f"55{number}")
    talk.tell({"text": "giờ làm việc"})
    receive.process_pending(1, seconds=60)
    assert IncomingMessage.objects.exists()


def test_word_of_what_arrived_gets_its_turn_however_many_ask(office: Office, talk: Talk) -> None:
    talk.tell({"arrived": "tin-1"})
    WebhookEvent.objects.update(received_at=F("received_at") - receive.PATIENCE)
    for number in range(3):
        talk.tell({"text": "giờ làm việc"}, reader=f"55{number}")
    receive.process_pending(1, seconds=60)
    assert (IncomingMessage.objects.count(), WebhookEvent.objects.earliest("pk").tries) == (0, 1)


def test_word_of_what_arrived_is_taken_in_handfuls(office: Office, talk: Talk) -> None:
    for number in range(10):
        talk.tell({"arrived": f"tin-{number}"})
    with CaptureQueriesContext(connection) as statements:
        assert receive.process_pending() == 10
    looks = [one for one in statements.captured_queries if "GROUP BY" in one["sql"]]
    assert len(looks) == 2


def test_a_flood_at_one_account_holds_up_no_other(office: Office, talk: Talk) -> None:
    open_account("khac", "388613280878800000")
    for number in range(60):
        talk.tell({"text": "giờ làm việc"}, reader=f"55{number:03d}")
    talk.tell({"text": "giờ làm việc"}, reader=SOMEBODY_ELSE, account="khac")
    receive.process_pending(4, seconds=60)
    turns.process_pending(4, seconds=60)
    assert Message.objects.filter(lane__account="khac").count() == 1


def test_more_than_an_account_can_answer_is_not_answered(office, talk, monkeypatch):
    shrink(monkeypatch, handlers.ANSWERS, "account", 3, seconds=60)
    answers = [talk.type("giờ làm việc", reader=f"55{number}") for number in range(5)]
    assert [len(one) for one in answers] == [1, 1, 1, 0, 0]


def _index(address: str) -> str:
    return blind_index(address, "follower")
