import json
import uuid
from pathlib import Path

import pytest

from messaging.channels import mock
from messaging.channels.base import Account, Finding, Outcome, OutcomeKind, OutgoingMessage

pytestmark = pytest.mark.usefixtures("provider_memory")

ACCOUNT = Account(uuid.UUID(int=1), "chinh")
OTHER = Account(uuid.UUID(int=2), "chinh")
CHANNEL = mock.MockChannel()


def message(ending: str = "0217") -> OutgoingMessage:
    return OutgoingMessage(
        tracking_id=uuid.uuid4(),
        number=f"090500{ending}",
        name="Nguyễn Thị Thử",
        title="Đã tiếp nhận",
        body="Dòng một\nDòng “hai”",
        rows=(("Mã hồ sơ", "H15"),),
        button_label="Xem",
        button_url="http://daklak.localhost/h/x/",
    )


def test_a_message_arrives_as_it_was_sent() -> None:
    sent = message()
    assert CHANNEL.send(ACCOUNT, sent) == Outcome(OutcomeKind.DELIVERED)
    (received,) = mock.inbox(ACCOUNT.province, sent.number)
    assert (received.title, received.body, received.rows) == (sent.title, sent.body, list(sent.rows))
    assert (received.button_url, received.when.utcoffset().total_seconds()) == (sent.button_url, 7 * 3600)


def test_provinces_have_journals_of_their_own() -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    assert mock.inbox(OTHER.province, sent.number) == []


def test_a_message_sent_twice_stands_there_twice() -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    CHANNEL.send(ACCOUNT, sent)
    assert len(mock.inbox(ACCOUNT.province, sent.number)) == 2


def test_a_number_without_account_is_refused_for_good() -> None:
    sent = message(mock.REFUSED_FOR_GOOD)
    assert CHANNEL.send(ACCOUNT, sent).kind == OutcomeKind.PERMANENT
    assert mock.inbox(ACCOUNT.province, sent.number) == []


def test_a_number_that_fails_once_succeeds_then() -> None:
    sent = message(mock.FAILS_ONCE)
    kinds = [CHANNEL.send(ACCOUNT, sent).kind for _ in range(2)]
    assert kinds == [OutcomeKind.TEMPORARY, OutcomeKind.DELIVERED]


def test_a_lost_answer_can_be_asked_for() -> None:
    sent = message(mock.ANSWER_LOST)
    assert CHANNEL.send(ACCOUNT, sent).kind == OutcomeKind.UNKNOWN
    assert CHANNEL.reconcile_unknown(ACCOUNT, sent.tracking_id) == Finding.DELIVERED


def test_a_message_it_never_got_is_absent() -> None:
    assert CHANNEL.reconcile_unknown(ACCOUNT, uuid.uuid4()) == Finding.ABSENT


def test_a_torn_line_hides_no_other(provider_memory: Path) -> None:
    first, second = message(), message()
    CHANNEL.send(ACCOUNT, first)
    journal = mock.Journal(ACCOUNT.province).path
    with journal.open("a") as file:
        file.write(json.dumps({"event": "taken"})[:10] + "\n")
    CHANNEL.send(ACCOUNT, second)
    assert len(mock.inbox(ACCOUNT.province, first.number)) == 2


def test_the_journal_is_for_its_owner_only(provider_memory: Path) -> None:
    CHANNEL.send(ACCOUNT, message())
    assert mock.Journal(ACCOUNT.province).path.stat().st_mode & 0o077 == 0
