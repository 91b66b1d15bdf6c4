"""What every channel keeps, whoever wrote it. A channel's test file gives a `Bench` and inherits `ChannelContract`.

    class TestMine(ChannelContract):
        @pytest.fixture
        def bench(self) -> Iterator[Bench]: ...

The bench stands for the provider's side: it knows which addresses misbehave how, what it took, and how its
callbacks are signed. People and numbers are invented.
"""

import json
import logging
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import pytest

from messaging.channels.base import (
    Account,
    Channel,
    Finding,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
)
from messaging.channels.inbound_items import OptOut, Receipt, ReceiptKind, Rejected

NAME = "Nguyễn Thị Thử"
LINK = "https://daklak.example/h/khoa-bi-mat/"
SUCCESS = {OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED}
KNOWN = {Finding.ACCEPTED, Finding.DELIVERED}


class Bench(ABC):
    """The provider's side of a channel under test. Each method that prepares gives the address to write to."""

    channel: Channel
    account: Account
    # Texts that must not be told: secrets of the account.
    secrets: tuple[str, ...] = ()
    # What a channel that can be asked may say of a message whose answer was lost, and of one that never came.
    # A provider that finds no message by our id can say less than others.
    found_again = KNOWN
    never_came = frozenset({Finding.ABSENT})

    @abstractmethod
    def good(self) -> str:
        """From now on what is sent to this address is taken."""

    @abstractmethod
    def refuses(self) -> str:
        """Refused for good, and the provider's words quote the address."""

    @abstractmethod
    def busy(self) -> str:
        """Refused for now."""

    @abstractmethod
    def loses_the_answer(self) -> str:
        """Taken, and the line breaks before the answer. Questions are answered."""

    @abstractmethod
    def is_silent(self) -> str:
        """No answer ever comes; the bench may have shortened the channel's patience."""

    @abstractmethod
    def taken(self) -> list[str]:
        """Tracking ids of what was taken, oldest first, each as often as it was."""

    @abstractmethod
    def answers(self) -> list[Any]:
        """Some of what `classify` is given, of every kind."""

    def message(self, address: str) -> OutgoingMessage:
        """A message to this address, with all that the channel sends by."""
        return message(address)

    def question(self, sent: OutgoingMessage) -> Question:
        """What is asked about it."""
        return Question(sent.tracking_id)

    def is_gone(self) -> Account:
        """An account whose provider cannot be reached; by default the account itself."""
        return self.account

    def senseless(self) -> list[Account]:
        """Accounts whose settings nobody checked."""
        return []

    def callback(self, tracking_id: uuid.UUID) -> tuple[dict[str, str], bytes]:
        """Header and body of the word that this message was delivered, rightly signed."""
        raise NotImplementedError

    def neighbour(self) -> Account:
        """Another account of the channel, with secrets of its own."""
        raise NotImplementedError


def message(address: str) -> OutgoingMessage:
    return OutgoingMessage(
        tracking_id=uuid.uuid4(),
        address=address,
        name=NAME,
        title="Đã tiếp nhận hồ sơ",
        body="Kính gửi ông/bà, hồ sơ H15.08-261125-0001 đã được tiếp nhận.",
        rows=(("Mã hồ sơ", "H15.08-261125-0001"),),
        button_label="Theo dõi hồ sơ",
        button_url=LINK,
    )


class ChannelContract:
    """Inherit it, give `bench`, and every test runs for your channel."""

    @pytest.fixture
    def told(self, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
        """Everything logged so far, down to the last detail."""
        caplog.set_level(logging.DEBUG)
        return lambda: "\n".join(
            record.getMessage() + str(record.exc_text or "") for record in caplog.records
        )

    # --- One attempt, one outcome

    def test_success_is_told_and_it_was_taken_once(self, bench: Bench) -> None:
        sent = bench.message(bench.good())
        outcome = bench.channel.send(bench.account, sent)
        assert outcome.kind in SUCCESS
        assert bench.taken() == [str(sent.tracking_id)]

    @pytest.mark.parametrize(
        ("how", "kind", "is_taken"),
        [
            ("refuses", OutcomeKind.PERMANENT, False),
            ("busy", OutcomeKind.TEMPORARY, False),
            ("loses_the_answer", OutcomeKind.UNKNOWN, True),
        ],
    )
    def test_each_answer_has_its_outcome_and_an_attempt_is_one_attempt(self, bench, how, kind, is_taken):
        sent = bench.message(getattr(bench, how)())
        assert bench.channel.send(bench.account, sent).kind == kind
        assert bench.taken() == [str(sent.tracking_id)] * is_taken

    def test_the_tracking_id_is_the_same_on_each_attempt(self, bench: Bench) -> None:
        sent = bench.message(bench.good())
        for _ in range(2):
            bench.channel.send(bench.account, sent)
        assert bench.taken() == [str(sent.tracking_id)] * 2

    def test_silence_ends_within_the_time_out(self, bench: Bench) -> None:
        sent = bench.message(bench.is_silent())
        began = time.monotonic()
        bench.channel.send(bench.account, sent)
        assert time.monotonic() - began < bench.channel.timeout.total_seconds()

    def test_a_provider_that_is_gone_is_temporary(self, bench: Bench) -> None:
        sent = bench.message(bench.good())
        gone = bench.is_gone()
        if gone is bench.account:
            pytest.skip("this provider is never away")
        assert bench.channel.send(gone, sent).kind == OutcomeKind.TEMPORARY

    def test_settings_that_make_no_sense_are_an_outcome(self, bench: Bench) -> None:
        sent = bench.message(bench.good())
        kinds = {bench.channel.send(account, sent).kind for account in bench.senseless()}
        assert kinds <= {OutcomeKind.TEMPORARY}

    # --- What became of it

    @pytest.mark.parametrize("is_taken", [True, False], ids=["unknown", "never came"])
    def test_what_can_be_asked_is_told_and_else_it_is_not(self, bench: Bench, is_taken: bool) -> None:
        sent = bench.message(bench.loses_the_answer() if is_taken else bench.good())
        if is_taken:
            bench.channel.send(bench.account, sent)
        told = bench.found_again if is_taken else bench.never_came
        wanted = told if bench.channel.capabilities.can_be_asked else {Finding.UNSUPPORTED}
        assert bench.channel.reconcile_unknown(bench.account, bench.question(sent)) in wanted

    def test_a_question_nobody_answers_is_no_finding(self, bench: Bench) -> None:
        bench.good()
        gone = bench.is_gone()
        if gone is bench.account:
            pytest.skip("this provider is never away")
        assert bench.channel.reconcile_unknown(gone, Question(uuid.uuid4())) in (
            Finding.LATER,
            Finding.UNSUPPORTED,
            Finding.AWAITED,
        )

    # --- Classify

    def test_classify_is_a_pure_table(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = bench.answers()

        def forbidden(*_: Any, **__: Any) -> Any:
            raise AssertionError("classify reached out")

        monkeypatch.setattr("socket.socket", forbidden)
        monkeypatch.setattr("builtins.open", forbidden)
        first = [bench.channel.classify(answer) for answer in answers]
        assert [bench.channel.classify(answer) for answer in answers] == first

    def test_classify_knows_every_kind(self, bench: Bench) -> None:
        kinds = {bench.channel.classify(answer).kind for answer in bench.answers()}
        wanted = {OutcomeKind.TEMPORARY, OutcomeKind.PERMANENT, OutcomeKind.UNKNOWN}
        assert wanted <= kinds
        assert kinds & SUCCESS

    def test_what_did_not_succeed_has_words(self, bench: Bench) -> None:
        outcomes = [bench.channel.classify(answer) for answer in bench.answers()]
        assert all(outcome.detail for outcome in outcomes if outcome.kind not in SUCCESS)

    # --- Nothing is told that is nobody's business

    def test_values_do_not_show_secrets_or_people(self, bench: Bench) -> None:
        sent = bench.message(bench.good())
        shown = repr(bench.account) + repr(sent) + str(bench.account) + str(sent)
        assert not [text for text in (*bench.secrets, sent.address, NAME, LINK) if text in shown]

    @pytest.mark.parametrize("how", ["good", "refuses", "busy", "loses_the_answer", "is_silent"])
    def test_neither_log_nor_outcome_tells_secrets_or_people(self, bench, told, how):
        sent = bench.message(getattr(bench, how)())
        outcome = bench.channel.send(bench.account, sent)
        shown = told() + repr(outcome)
        assert not [text for text in (*bench.secrets, sent.address, NAME, LINK) if text in shown]

    # --- Callbacks

    def test_receipts_come_in_through_the_callback(self, bench: Bench) -> None:
        if not bench.channel.capabilities.has_receipts:
            assert list(bench.channel.parse_events(bench.account, b"{}")) == []
            return
        sent = bench.message(bench.good())
        bench.channel.send(bench.account, sent)
        headers, raw = bench.callback(sent.tracking_id)
        assert bench.channel.verify_webhook(bench.account, headers, raw) is None
        (item,) = bench.channel.parse_events(bench.account, raw)
        assert isinstance(item, Receipt)
        assert (item.kind, item.tracking_id) == (ReceiptKind.DELIVERED, sent.tracking_id)

    def test_a_callback_without_proof_is_refused(self, bench: Bench) -> None:
        for headers in ({}, {"x-signature": ""}, {"x-signature": "0" * 64}, {"authorization": "Bearer x"}):
            assert isinstance(bench.channel.verify_webhook(bench.account, headers, b"{}"), Rejected)

    def test_a_callback_that_was_changed_is_refused(self, bench: Bench) -> None:
        if not bench.channel.capabilities.has_receipts:
            pytest.skip("no callbacks")
        headers, raw = bench.callback(uuid.uuid4())
        assert isinstance(bench.channel.verify_webhook(bench.account, headers, raw + b" "), Rejected)

    def test_a_callback_of_another_account_is_refused(self, bench: Bench) -> None:
        if not bench.channel.capabilities.has_receipts:
            pytest.skip("no callbacks")
        headers, raw = bench.callback(uuid.uuid4())
        assert isinstance(bench.channel.verify_webhook(bench.neighbour(), headers, raw), Rejected)

    @pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[[]]", b"<html>", b'"a"', b"5"])
    def test_a_callback_that_cannot_be_read_says_so(self, bench: Bench, raw: bytes) -> None:
        if not bench.channel.capabilities.has_receipts:
            pytest.skip("no callbacks")
        with pytest.raises(ValueError):
            list(bench.channel.parse_events(bench.account, raw))

    @pytest.mark.parametrize("raw", [b"{}", json.dumps({"reference": "khac", "state": "moi"}).encode()])
    def test_a_callback_that_tells_nothing_we_know_is_left_alone(self, bench: Bench, raw: bytes) -> None:
        assert [
            item for item in bench.channel.parse_events(bench.account, raw) if not isinstance(item, OptOut)
        ] == []

    # --- Being a good neighbour

    def test_it_says_what_it_can_do(self, bench: Bench) -> None:
        channel = bench.channel
        assert channel.code.isidentifier()
        assert str(channel.name)
        assert channel.capabilities.concurrency >= 1
        assert channel.capabilities.body_max >= 60

    def test_health_is_told_in_words(self, bench: Bench) -> None:
        bench.good()
        health = bench.channel.health(bench.account)
        assert health.well or health.detail

    def test_its_own_account_has_nothing_wrong(self, bench: Bench) -> None:
        assert bench.channel.check_account(bench.account.config, bench.account.secrets) == []

    def test_an_address_is_written_the_same_twice(self, bench: Bench) -> None:
        address = bench.channel.normalise(bench.good())
        assert bench.channel.normalise(address) == address

    def test_outcomes_name_a_reason_the_relay_knows(self, bench: Bench) -> None:
        outcomes: list[Outcome] = [bench.channel.classify(answer) for answer in bench.answers()]
        assert all(isinstance(outcome.reason, Reason) for outcome in outcomes)
