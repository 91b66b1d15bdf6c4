"""The e-mail channel: Django's mail backend, one letter per attempt.

SMTP knows no question "did you get it?" and drops no letter that comes twice, so a letter whose fate is
unknown is told apart with care, and its Message-ID is the same on every attempt: programs that read mail
show two letters with one Message-ID as one.
"""

import smtplib
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Health,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
)
from mot_cua_email.server import BadServer, options

BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# For each step of the conversation with the server; there are about a dozen.
STEP_SECONDS = 5
STEPS = 12

WORDS = {
    Reason.BAD_ADDRESS: "Máy chủ thư không nhận địa chỉ này.",
    Reason.BAD_PAYLOAD: "Máy chủ thư không nhận nội dung thư.",
    Reason.TRANSPORT: "Không nối được đến máy chủ thư.",
    Reason.PROVIDER: "Máy chủ thư tạm thời không nhận thư.",
    Reason.CREDENTIAL: "Máy chủ thư không nhận tên hoặc mật khẩu.",
    Reason.CONFIG: "Cấu hình gửi thư chưa đúng.",
}


class Trouble(Exception):
    """What went wrong and how far the letter had come by then."""

    def __init__(self, error: Exception, *, may_have_left: bool) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.may_have_left = may_have_left


class EmailChannel(Channel):
    code = "email"
    name = "Thư điện tử"
    address_kind = "email"
    capabilities = Capabilities(body_max=2000, concurrency=4)
    timeout = timedelta(seconds=STEP_SECONDS * STEPS)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        try:
            _hand_over(_letter(account, message))
        except Trouble as trouble:
            return self.classify(trouble)
        except (BadServer, LookupError, ValueError) as error:
            # Settings that were never checked: nothing was sent.
            return _outcome(OutcomeKind.TEMPORARY, Reason.CONFIG, type(error).__name__)
        return self.classify(None)

    def classify(self, answer: Any) -> Outcome:
        """None: the server took the letter."""
        if answer is None:
            return Outcome(OutcomeKind.ACCEPTED)
        error = answer.error
        match error:
            case smtplib.SMTPRecipientsRefused():
                # Some servers refuse everybody's first letter for a while (4xx), which is no refusal for good.
                code = max((code for code, _text in error.recipients.values()), default=550)
                if code < 500:
                    return _outcome(OutcomeKind.TEMPORARY, Reason.PROVIDER, str(code))
                return _outcome(OutcomeKind.PERMANENT, Reason.BAD_ADDRESS, str(code))
            case smtplib.SMTPAuthenticationError():
                return _outcome(OutcomeKind.TEMPORARY, Reason.CREDENTIAL, str(error.smtp_code))
            case smtplib.SMTPDataError() if error.smtp_code >= 500:
                return _outcome(OutcomeKind.PERMANENT, Reason.BAD_PAYLOAD, str(error.smtp_code))
            case smtplib.SMTPSenderRefused() if error.smtp_code >= 500:
                return _outcome(OutcomeKind.TEMPORARY, Reason.CONFIG, str(error.smtp_code))
            case smtplib.SMTPResponseException():
                return _outcome(OutcomeKind.TEMPORARY, Reason.PROVIDER, str(error.smtp_code))
            case smtplib.SMTPNotSupportedError():
                return _outcome(OutcomeKind.TEMPORARY, Reason.CONFIG, type(error).__name__)
        if answer.may_have_left:
            told = "Đứt kết nối sau khi gửi, chưa rõ máy chủ thư đã nhận chưa."
            return Outcome(OutcomeKind.UNKNOWN, type(error).__name__, told, reason=Reason.TRANSPORT)
        return _outcome(OutcomeKind.TEMPORARY, Reason.TRANSPORT, type(error).__name__)

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        return Finding.UNSUPPORTED

    def health(self, account: Account) -> Health:
        """Whether the server greets us and takes our name and password."""
        if problems := self.check_account(account.config, account.secrets):
            return Health(False, " ".join(problems))
        try:
            connection = _connection()
            try:
                connection.open()
            finally:
                connection.close()
        except (OSError, smtplib.SMTPException) as error:
            return Health(
                False,
                f"{self.classify(Trouble(error, may_have_left=False)).detail} ({type(error).__name__})",
            )
        return Health(True)

    def normalise(self, address: str) -> str:
        """The domain in small letters; what stands before the @ belongs to the reader's server alone."""
        written = unicodedata.normalize("NFC", address).strip()
        name, at, domain = written.rpartition("@")
        written = f"{name}{at}{domain.lower()}"
        try:
            validate_email(written)
        except ValidationError:
            raise ValueError("Xin nhập địa chỉ thư điện tử, ví dụ ten@thu.example.") from None
        return written

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        problems = [f"Không có khóa “{key}”." for key in config if key not in ("from", "reply_to")]
        for key, needed in (("from", True), ("reply_to", False)):
            value = config.get(key, "")
            if value or needed:
                try:
                    self.normalise(value)
                except (TypeError, ValueError):
                    problems.append(f"Khóa “{key}” phải là một địa chỉ thư điện tử.")
        try:
            options()
        except BadServer as error:
            problems.append(str(error))
        return problems


def _outcome(kind: OutcomeKind, reason: Reason, code: str) -> Outcome:
    """Texts of the server are not kept: they quote addresses."""
    return Outcome(kind, code, WORDS[reason], reason=reason)


def _letter(account: Account, message: OutgoingMessage) -> EmailMessage:
    sender = account.config["from"]
    domain = sender.rpartition("@")[2].encode("idna").decode()
    parts = [message.body]
    if message.rows:
        parts.append("\n".join(f"{label}: {value}" for label, value in message.rows))
    if message.button_url:
        parts.append(
            f"{message.button_label}: {message.button_url}" if message.button_label else message.button_url
        )
    return EmailMessage(
        subject=" ".join(message.title.split()),
        body="\n\n".join(parts),
        from_email=sender,
        to=[message.address],
        reply_to=[account.config["reply_to"]] if account.config.get("reply_to") else None,
        headers={"Message-ID": f"<{message.tracking_id}@{domain}>", "Auto-Submitted": "auto-generated"},
    )


def _connection() -> BaseEmailBackend:
    return get_connection(BACKEND, fail_silently=False, timeout=STEP_SECONDS, **options())


def _hand_over(letter: EmailMessage) -> None:
    """Give the letter to the server; raises Trouble."""
    connection = _connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Trouble(error, may_have_left=False) from None
    begun = _note_when_it_leaves(connection)
    try:
        connection.send_messages([letter])
    except (OSError, smtplib.SMTPException) as error:
        raise Trouble(error, may_have_left=bool(begun)) from None
    finally:
        # The server has it or not by now: that it says good-bye badly changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def _note_when_it_leaves(connection: Any) -> list[bool]:
    """Empty until the words of the letter are on their way: a line that breaks before has carried nothing."""
    smtp = connection.connection
    begun: list[bool] = []
    write = smtp.data

    def data(words: Any) -> Any:
        begun.append(True)
        return write(words)

    smtp.data = data
    return begun
