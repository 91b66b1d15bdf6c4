"""What each answer of a mail server means, and how addresses and letters are written. Names are invented."""

import smtplib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from mot_cua_email.channel import EmailChannel, Trouble
from mot_cua_email.server import BadServer, options
from smtp_sink import SmtpSink

from messaging.channels.base import Account, Outcome, OutcomeKind, OutgoingMessage, Reason

CHANNEL = EmailChannel()
CONFIG = {"from": "mot-cua@tinh.example", "reply_to": "hoi@tinh.example"}
ACCOUNT = Account(uuid.UUID(int=1), "chinh", config=CONFIG)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    with SmtpSink() as one:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{one.port}")
        yield one


def message(to: str = "thu@thu.example") -> OutgoingMessage:
    return OutgoingMessage(
        tracking_id=uuid.uuid4(),
        address=to,
        name="Nguyễn Thị Thử",
        title="Đã tiếp nhận\nhồ sơ",
        body="Kính gửi ông/bà.",
        rows=(("Mã hồ sơ", "H15"),),
        button_label="Theo dõi",
        button_url="https://tinh.example/h/x/",
    )


@pytest.mark.parametrize(
    ("error", "left", "kind", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no")}), False, "permanent", "bad_address"),
        (smtplib.SMTPRecipientsRefused({"a@b": (450, b"later")}), False, "temporary", "provider"),
        (smtplib.SMTPSenderRefused(553, b"no", "a@b"), False, "temporary", "config"),
        (smtplib.SMTPSenderRefused(421, b"busy", "a@b"), False, "temporary", "provider"),
        (smtplib.SMTPDataError(554, b"spam"), True, "permanent", "bad_payload"),
        (smtplib.SMTPDataError(451, b"later"), True, "temporary", "provider"),
        (smtplib.SMTPAuthenticationError(535, b"no"), False, "temporary", "credential"),
        (smtplib.SMTPConnectError(421, b"busy"), False, "temporary", "provider"),
        (smtplib.SMTPHeloError(500, b"what"), False, "temporary", "provider"),
        (smtplib.SMTPNotSupportedError("no STARTTLS"), False, "temporary", "config"),
        (smtplib.SMTPServerDisconnected("gone"), False, "temporary", "transport"),
        (smtplib.SMTPServerDisconnected("gone"), True, "unknown", "transport"),
        (TimeoutError(), False, "temporary", "transport"),
        (TimeoutError(), True, "unknown", "transport"),
        (ConnectionRefusedError(), False, "temporary", "transport"),
    ],
)
def test_what_an_error_means(error: Exception, left: bool, kind: str, reason: str) -> None:
    outcome = CHANNEL.classify(Trouble(error, may_have_left=left))
    assert (outcome.kind, outcome.reason) == (OutcomeKind(kind), Reason(reason))


def test_a_line_that_breaks_before_the_letter_has_carried_nothing(sink: SmtpSink) -> None:
    assert CHANNEL.send(ACCOUNT, message("truoc@thu.example")).kind == OutcomeKind.TEMPORARY


def test_the_letter_is_written_as_it_should_be(sink: SmtpSink) -> None:
    sent = message()
    assert CHANNEL.send(ACCOUNT, sent) == Outcome(OutcomeKind.ACCEPTED)
    (letter,) = sink.letters
    assert (letter["Subject"], letter["From"], letter["To"], letter["Reply-To"]) == (
        "Đã tiếp nhận hồ sơ",
        CONFIG["from"],
        sent.address,
        CONFIG["reply_to"],
    )
    text: Any = letter.get_content()
    assert all(part in text for part in (sent.body, "Mã hồ sơ: H15", f"Theo dõi: {sent.button_url}"))


def test_the_message_id_is_the_tracking_id(sink: SmtpSink) -> None:
    sent = message()
    CHANNEL.send(ACCOUNT, sent)
    assert sink.letters[0]["Message-ID"] == f"<{sent.tracking_id}@tinh.example>"


@pytest.mark.parametrize(
    ("written", "kept"), [(" Thu@THU.Example ", "Thu@thu.example"), ("a+b@thu.example", "a+b@thu.example")]
)
def test_an_address_is_written_in_one_way(written: str, kept: str) -> None:
    assert CHANNEL.normalise(written) == kept


@pytest.mark.parametrize(
    "wrong", ["", "thu", "thu@", "@thu.example", "a b@thu.example", "a@b.example\nBcc: c@d.example"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="Xin nhập"):
        CHANNEL.normalise(wrong)


@pytest.mark.parametrize(
    "config", [{}, {"from": "x"}, {"from": 5}, {**CONFIG, "host": "10.0.0.1"}, {**CONFIG, "reply_to": "x"}]
)
def test_wrong_settings_are_told(config: dict[str, Any], sink: SmtpSink) -> None:
    assert CHANNEL.check_account(config, {})


def test_right_settings_are_fine(sink: SmtpSink) -> None:
    assert CHANNEL.check_account(CONFIG, {}) == []


def test_health_asks_the_server(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    well = CHANNEL.health(ACCOUNT).well
    monkeypatch.setenv("EMAIL_URL", "smtp://127.0.0.1:1")
    assert (well, CHANNEL.health(ACCOUNT).well) == (True, False)


@pytest.mark.parametrize("wrong", ["", "thu.example", "http://thu.example", "smtp://", "smtp://a:x"])
def test_a_server_that_is_none_is_told(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", wrong)
    with pytest.raises(BadServer):
        options()


def test_a_server_is_read_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://ten:m%40t@thu.example")
    assert options() == {
        "host": "thu.example",
        "port": 587,
        "username": "ten",
        "password": "m@t",
        "use_tls": True,
        "use_ssl": False,
    }
