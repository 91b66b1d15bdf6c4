import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from messaging.channels.base import Account, Finding, OutcomeKind, OutgoingMessage, Question, Reason
from messaging.channels.inbound_items import OptOut, Receipt, ReceiptKind
from messaging.channels.mock import channel, store
from tenants import clock
from tests.conftest import NOON
from tests.messaging.conftest import due_callbacks

pytestmark = pytest.mark.usefixtures("provider_memory")

DOOR = "http://daklak.localhost:8000/webhooks/mock/chinh/"
ACCOUNT = Account(uuid.UUID(int=1), "chinh", callback_url=DOOR)
OTHER = Account(uuid.UUID(int=2), "chinh", callback_url=DOOR)
CHANNEL = channel.MockChannel()


def message(ending: str = "0217") -> OutgoingMessage:
    return OutgoingMessage(
        tracking_id=uuid.uuid4(),
        address=f"090500{ending}",
        name="Nguyễn Thị Thử",
        title="Đã tiếp nhận",
        body="Dòng một\nDòng “hai”",
        rows=(("Mã hồ sơ", "H15"),),
        button_label="Xem",
        button_url="http://daklak.localhost/h/x/",
    )


def inbox(sent: OutgoingMessage, account: Account = ACCOUNT) -> list[store.Received]:
    return store.Journal(account.province).telephones().get(sent.address, [])


def test_a_message_arrives_as_it_was_sent() -> None:
    sent = message()
    assert CHANNEL.send(ACCOUNT, sent).kind == OutcomeKind.DELIVERED
    (received,) = inbox(sent)
    assert (received.title, received.body, received.rows) == (sent.title, sent.body, list(sent.rows))
    assert (received.button_url, received.at.utcoffset().total_seconds()) == (sent.button_url, 7 * 3600)


def test_provinces_have_journals_of_their_own() -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    assert inbox(sent, OTHER) == []


def test_a_message_sent_twice_stands_there_twice() -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    CHANNEL.send(ACCOUNT, sent)
    assert len(inbox(sent)) == 2


def test_a_number_that_fails_once_succeeds_then() -> None:
    sent = message(channel.FAILS_ONCE)
    kinds = [CHANNEL.send(ACCOUNT, sent).kind for _ in range(2)]
    assert kinds == [OutcomeKind.TEMPORARY, OutcomeKind.DELIVERED]


def test_the_journal_is_for_its_owner_only(provider_memory: Path) -> None:
    CHANNEL.send(ACCOUNT, message())
    assert store.Journal(ACCOUNT.province).path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("ending", "kind", "reason"),
    [
        (channel.REFUSED_FOR_GOOD, OutcomeKind.PERMANENT, Reason.NO_ACCOUNT),
        (channel.ALWAYS_BUSY, OutcomeKind.TEMPORARY, Reason.PROVIDER),
        (channel.LOCKED_OUT, OutcomeKind.TEMPORARY, Reason.CREDENTIAL),
    ],
)
def test_a_number_that_is_never_taken_says_why(ending: str, kind: OutcomeKind, reason: Reason) -> None:
    sent = message(ending)
    outcomes = [CHANNEL.send(ACCOUNT, sent) for _ in range(3)]
    assert {(outcome.kind, outcome.reason) for outcome in outcomes} == {(kind, reason)}
    assert inbox(sent) == []


def told() -> list[Receipt]:
    """What the provider has told by now, read as the portal reads it."""
    return [one for sent in due_callbacks(ACCOUNT) for one in CHANNEL.parse_events(ACCOUNT, sent.body)]


@pytest.mark.parametrize(
    ("ending", "kinds"),
    [
        (channel.ARRIVES_LATER, [ReceiptKind.DELIVERED]),
        (channel.UNDELIVERED, [ReceiptKind.UNDELIVERED]),
        (channel.SEEN, [ReceiptKind.DELIVERED, ReceiptKind.SEEN]),
    ],
)
def test_what_is_accepted_is_told_later(ending: str, kinds: list[ReceiptKind]) -> None:
    sent = message(ending)
    with clock.frozen(NOON):
        outcome = CHANNEL.send(ACCOUNT, sent)
        early = told()
    with clock.frozen(NOON + timedelta(seconds=3)):
        late = told()
    assert (outcome.kind, early) == (OutcomeKind.ACCEPTED, [])
    assert [receipt.kind for receipt in late] == kinds
    assert {(receipt.tracking_id, receipt.provider_id) for receipt in late} == {
        (sent.tracking_id, outcome.provider_id)
    }


def test_nothing_is_told_about_what_was_delivered_at_once() -> None:
    with clock.frozen(NOON):
        CHANNEL.send(ACCOUNT, message())
    with clock.frozen(NOON + timedelta(days=1)):
        assert due_callbacks(ACCOUNT) == []


@pytest.mark.parametrize(
    ("ending", "seconds", "finding"),
    [
        (channel.ARRIVES_LATER, 2, Finding.ACCEPTED),
        (channel.ARRIVES_LATER, 3, Finding.DELIVERED),
        (channel.UNDELIVERED, 1, Finding.ACCEPTED),
        (channel.UNDELIVERED, 2, Finding.UNDELIVERED),
        (channel.SEEN, 3, Finding.DELIVERED),
    ],
)
def test_what_no_callback_told_is_learnt_by_asking(ending: str, seconds: int, finding: Finding) -> None:
    sent = message(ending)
    with clock.frozen(NOON):
        CHANNEL.send(ACCOUNT, sent)
    with clock.frozen(NOON + timedelta(seconds=seconds)):
        assert CHANNEL.reconcile_unknown(ACCOUNT, Question(sent.tracking_id)) == finding


def a_callback() -> channel.Callback:
    return channel.callback(ACCOUNT, {"event": "delivered", "tracking_id": str(uuid.uuid4())})


def test_a_callback_for_another_province_is_rejected() -> None:
    sent = a_callback()
    assert (sent.url, CHANNEL.verify_webhook(ACCOUNT, sent.headers, sent.body)) == (DOOR, None)
    assert CHANNEL.verify_webhook(OTHER, sent.headers, sent.body) is not None


@pytest.mark.parametrize("signed", ["", "a" * 64, "é", "\udcff"])
def test_a_wrong_signature_is_rejected(signed: str) -> None:
    assert CHANNEL.verify_webhook(ACCOUNT, {channel.SIGNATURE: signed}, a_callback().body) is not None


def test_a_reader_who_wants_no_more_is_told() -> None:
    raw = json.dumps({"event": "opted_out", "number": "0905000217"}).encode()
    (item,) = CHANNEL.parse_events(ACCOUNT, raw)
    assert (type(item), item.address) == (OptOut, "0905000217")


def test_an_event_of_another_kind_is_left_alone() -> None:
    assert list(CHANNEL.parse_events(ACCOUNT, b'{"event": "template_changed"}')) == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"event": "delivered", "tracking_id": "x"}',
        b'{"event": "delivered", "tracking_id": 7}',
        b'{"event": "delivered", "message_id": []}',
        b'{"event": "opted_out", "number": null}',
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(raw: bytes) -> None:
    with pytest.raises(ValueError):
        list(CHANNEL.parse_events(ACCOUNT, raw))


def test_a_journal_that_did_not_change_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines must not make each question slower."""
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    CHANNEL.reconcile_unknown(ACCOUNT, Question(uuid.uuid4()))
    monkeypatch.setattr(store.json, "loads", None)
    assert CHANNEL.reconcile_unknown(ACCOUNT, Question(sent.tracking_id)) == Finding.DELIVERED


def test_a_journal_that_begins_anew_is_read_anew() -> None:
    old, new = message(), message()
    CHANNEL.send(ACCOUNT, old)
    CHANNEL.reconcile_unknown(ACCOUNT, Question(old.tracking_id))
    store.Journal(ACCOUNT.province).path.unlink()
    for _ in range(2):  # another size: the same size in the same tick of the clock is taken for the same file
        CHANNEL.send(ACCOUNT, new)
    findings = [CHANNEL.reconcile_unknown(ACCOUNT, Question(sent.tracking_id)) for sent in (old, new)]
    assert findings == [Finding.ABSENT, Finding.DELIVERED]


def test_a_torn_line_hides_no_other_and_is_read_once_it_is_whole() -> None:
    first, second = message(), message()
    CHANNEL.send(ACCOUNT, first)
    path = store.Journal(ACCOUNT.province).path
    text = path.read_bytes().replace(str(first.tracking_id).encode(), str(second.tracking_id).encode())
    findings = []
    with path.open("ab") as file:
        for part in (text[:40] + b"\n", text[:40], text[40:]):
            file.write(part)
            file.flush()
            findings.append(CHANNEL.reconcile_unknown(ACCOUNT, Question(second.tracking_id)))
    assert findings == [Finding.ABSENT, Finding.ABSENT, Finding.DELIVERED]
    assert len(inbox(first)) == 2
