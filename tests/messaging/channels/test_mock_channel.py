import uuid
from pathlib import Path

import pytest

from messaging.channels.base import Account, Finding, OutcomeKind, OutgoingMessage, Question, Reason
from messaging.channels.inbound_items import Receipt
from messaging.channels.mock import channel, store
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


def test_provinces_have_journals_of_their_own() -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    assert inbox(sent, OTHER) == []


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
