"""What a provider grants is kept, renewed by one alone, and waited for. Accounts and numbers are invented."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.base import Account, Granted, GrantLater, GrantLost, GrantUnclear
from messaging.channels.models import Credential, CredentialEvent, Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop, tasks
from messaging.outbox.models.messages import Message
from tests.messaging.conftest import ScriptedChannel, lane, run, write
from tests.messaging.granting import (
    LASTS,
    STALE,
    GrantingChannel,
    grant,
    granted,
    grow_old,
    let_renewal_lapse,
)

ASK = "Vào “Tài khoản gửi”, mở tài khoản này và bấm “Cấp quyền”."


def kinds() -> list[str]:
    return list(CredentialEvent.objects.values_list("kind", flat=True))


def renew(used: int = 1) -> bool:
    return credentials.renew("scripted", "chinh", used)


def while_asking(channel: GrantingChannel, do: Callable[[], Any]) -> list[Any]:
    """`do` happens once, while the provider is asked next; its value comes into the list."""
    came: list[Any] = []

    def once() -> None:
        channel.on_renewal = lambda: None
        came.append(do())

    channel.on_renewal = once
    return came


class TestSending:
    def test_of_another_account_of_the_province_it_does_not_go_with_any(self, contact, granting):
        granted(granting)
        channel_accounts.save("scripted", "chinh", config={}, external_id="388613280878808646")
        message = run(write(contact))
        assert (message.state, granting.sent, lane().trouble.endswith(ASK)) == (State.QUEUED, [], True)
        assert channel_accounts.account_of("scripted", "chinh").credentials == {}

    def test_being_worn_out_counts_against_no_message(self, contact, granting):
        granted(granting)
        granting.answers = [STALE]
        message = write(contact)
        Message.objects.update(attempts=299)
        assert run(message).state == State.DELIVERED

    def test_one_renewed_while_a_lane_begins_is_what_it_sends_with(self, contact, granting, monkeypatch):
        account = granted(granting)

        def read_just_before_it_is_renewed(channel: str, name: str) -> Account:
            monkeypatch.setattr(lane_loop, "account_of", channel_accounts.account_of)
            found = channel_accounts.account_of(channel, name)
            granting.number += 1
            credentials.store(account, granting.pair(), LASTS)
            return found

        monkeypatch.setattr(lane_loop, "account_of", read_just_before_it_is_renewed)
        assert run(write(contact)).state == State.DELIVERED
        assert (granting.refused, granting.shown) == (0, [])

    def test_refused_right_after_it_was_renewed_it_is_not_renewed_in_circles(self, contact, granting):
        granted(granting)
        granting.answers = [STALE] * 50
        message = run(write(contact))
        assert (granting.shown, message.state, lane().rests) == (["refresh-0"], State.DEFERRED, 1)
        assert "vừa được gia hạn" in lane().trouble


class TestRenewing:
    def test_who_asks_is_on_record_before_the_provider_is_asked(self, granting: GrantingChannel) -> None:
        granted(granting)
        seen = []
        granting.on_renewal = lambda: seen.append((grant().lease_until is not None, kinds()))
        assert renew()
        assert seen == [(True, ["consented", "asked"])]

    def test_who_used_an_older_one_renews_nothing(self, granting: GrantingChannel) -> None:
        granted(granting)
        assert [renew(), renew()] == [True, True]
        assert granting.shown == ["refresh-0"]

    def test_a_late_answer_counts_as_long_as_nothing_newer_is_there(self, granting: GrantingChannel) -> None:
        granted(granting)
        granting.renewals = [GrantLost("-14014", ""), Granted({"access": "a"}, LASTS)]
        states = while_asking(granting, lambda: (let_renewal_lapse(), renew(), grant().state)[-1])
        assert renew()
        assert (states, grant().state) == ([Credential.State.REAUTH_REQUIRED], Credential.State.ACTIVE)

    def test_a_late_answer_changes_nothing_once_a_person_consented_anew(self, granting):
        account = granted(granting)
        while_asking(granting, lambda: credentials.store(account, {"access": "new"}, LASTS))
        assert renew()
        assert channel_accounts.account_of("scripted", "chinh").credentials["access"] == "new"

    def test_a_late_refusal_does_not_take_the_lease_from_who_has_it_now(self, granting):
        """The second one is still asking when the first hears that it was refused."""
        granted(granting)
        granting.renewals = [GrantLost("-14014", "")]

        def take_over() -> Any:
            let_renewal_lapse()
            return credentials._take(granting, "chinh", 1)

        seconds = while_asking(granting, take_over)
        assert not renew()
        assert grant().state == Credential.State.ACTIVE
        assert grant().lease_until == seconds[0].lease_until

    @pytest.mark.parametrize("dies", [True, False])
    def test_what_may_be_used_up_is_shown_once_more_and_no_more(self, granting, dies):
        granted(granting)
        granting.renewals = [GrantUnclear("cut")] * 3
        for _ in range(2):
            if dies:
                credentials._take(granting, "chinh", 1)
            else:
                renew()
            assert grant().state == Credential.State.ACTIVE
            let_renewal_lapse()
        assert not renew()
        assert granting.shown == ([] if dies else ["refresh-0"] * 2)
        assert (grant().state, grant().trouble.endswith(ASK)) == (Credential.State.REAUTH_REQUIRED, True)

    def test_a_certain_refusal_for_now_uses_nothing_up(self, granting: GrantingChannel) -> None:
        granted(granting)
        granting.renewals = [GrantLater("503")] * 5
        for _ in range(5):
            assert [renew(), renew()] == [False, False]
            let_renewal_lapse()
        assert (grant().state, len(granting.shown)) == (Credential.State.ACTIVE, 5)

    def test_a_channel_that_raises_has_left_it_unclear(self, granting: GrantingChannel) -> None:
        granted(granting)
        granting.renewals = [RuntimeError("refresh-0 ist kaputt")]
        assert not renew()
        assert kinds()[-1] == "unclear"

    def test_an_answer_is_kept_while_the_database_is_away(self, granting, monkeypatch):
        """It is the only one that is good now."""
        granted(granting)
        failures, write_down = [OperationalError("no connection")] * 2, credentials._write_down

        def fail_first(*arguments: Any) -> bool:
            if failures:
                raise failures.pop()
            return write_down(*arguments)

        monkeypatch.setattr(credentials, "_write_down", fail_first)
        monkeypatch.setattr(credentials, "connection", Mock())
        monkeypatch.setattr(credentials.time, "sleep", lambda seconds: None)
        assert renew()
        assert (granting.shown, grant().generation) == (["refresh-0"], 2)


class TestLost:
    def test_an_account_that_was_never_granted_anything_waits(self, contact, granting):
        message = run(write(contact))
        assert (message.attempts, lane().trouble) == (0, f"Tài khoản chưa được cấp quyền. {ASK}")

    def test_what_can_go_another_way_does_after_a_while(self, contact, granting):
        from messaging.delivery.relay.housekeeping import hand_on

        message = run(write(contact, channels=["scripted", "mock"]))
        Lane.objects.filter(pk=message.lane_id).update(trouble_since=Now() - timedelta(hours=1))
        Message.objects.update(not_before=Now() - timedelta(hours=1))
        hand_on()
        message.refresh_from_db()
        assert message.lane.channel == "mock"

    def test_an_ended_grant_is_gone(self, granting: GrantingChannel) -> None:
        account = granted(granting)
        credentials.end(account)
        assert dict(channel_accounts.account_of("scripted", "chinh").credentials) == {}
        assert (renew(2), lane().trouble.endswith(ASK)) == (False, True)


class TestBeforeItIsOld:
    @pytest.mark.parametrize(
        ("age", "left", "is_due"),
        [(19, 6, False), (20, 5.1, True), (19, 4.7, True), (2, 23, False), (20, 500, True)],
    )
    def test_by_age_or_by_what_is_left(self, granting, age, left, is_due):
        granted(granting)
        grow_old(granted_at=Now() - timedelta(hours=age), expires_at=Now() + timedelta(hours=left))
        assert bool(credentials.due()) is is_due

    def test_what_lasts_an_hour_is_not_renewed_all_the_time(self, granting: GrantingChannel) -> None:
        granted(granting)
        grow_old(granted_at=Now(), expires_at=Now() + timedelta(hours=1))
        assert credentials.due() == []

    def test_an_idle_account_that_is_lost_says_so_on_the_board(self, granting: GrantingChannel) -> None:
        granted(granting)
        grow_old()
        granting.renewals = [GrantLost("-14014", "Kênh không nhận.")]
        credentials.renew_due()
        assert (lane().rests, ASK in lane().trouble) == (1, True)

    def test_a_renewal_that_died_is_taken_up(self, granting: GrantingChannel) -> None:
        granted(granting)
        credentials._take(granting, "chinh", 1)
        assert credentials.due() == []
        let_renewal_lapse()
        assert credentials.renew_due() == 1
        assert kinds() == ["consented", "asked", "asked", "renewed"]

    def test_the_beat_hints_at_provinces_with_something_due(self, granting, monkeypatch, task_queue):
        monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
        granted(granting)
        tasks.renew_grants()
        grow_old()
        tasks.renew_grants()
        assert task_queue.sent == [("renew_grants_of_province", "daklak")]


def test_a_channel_that_has_nothing_to_renew_rests(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.answers = [STALE]
    message = run(write(contact))
    assert (message.state, lane().trouble) == (State.DEFERRED, "Kênh không nhận khóa của tài khoản gửi.")
