"""Readers as an account knows them, whatever the order in which it is told. People and numbers are invented."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from messaging.channels.base import Account, registry
from messaging.channels.capabilities import FollowerPage, ListedFollower
from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    ErasureAsked,
    MessageIn,
    QuotaChanged,
    Rated,
)
from messaging.channels.models import ChannelAccount
from messaging.channels.states import State
from messaging.contacts import contacts, followers
from messaging.contacts.models import Consent, Contact, Follower, Rating, Subscription
from messaging.delivery import lane_loop
from messaging.inbound import privacy, receive
from messaging.inbound.handlers import purge_messages
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox.models.messages import Message
from messaging.provisioning import provider_sync
from tenants.isolation.crypto import decrypt
from tests.messaging.conftest import NUMBER, SUBJECT, ScriptedChannel, agreed, write
from tests.messaging.granting import GrantingChannel, granted
from tests.messaging.traces import places_of

READER, OTHER_READER = "246845883529197922", "246845883529190000"
OTHER_SUBJECT = "dossier:H15.08-261125-0002"
T0 = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
FOLLOWED, LEFT, HEARD = ContactKind.FOLLOWED, ContactKind.UNFOLLOWED, ContactKind.HEARD


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


class ListeningChannel(GrantingChannel):
    """Readers have ids of this account; items come as a test gives them."""

    address_kind = "chat_id"
    typed_at_desk = False
    falls_back_on_phone = True

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[bytes, list[Any]] = {}
        self.pages: dict[str, FollowerPage] = {}
        self.asked_pages: list[str] = []

    def normalise(self, address: str) -> str:
        if not address.strip().isdigit():
            raise ValueError("Mã chỉ gồm chữ số.")
        return address.strip()

    def parse_events(self, account: Account, raw: bytes) -> list[Any]:
        return self.items[raw]

    def list_followers(self, account: Account, cursor: str) -> FollowerPage:
        self.asked_pages.append(cursor)
        return self.pages[cursor]


@pytest.fixture
def channel(province: Any, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> ListeningChannel:
    listening = ListeningChannel()
    monkeypatch.setitem(registry._channels, listening.code, listening)
    return listening


@pytest.fixture
def tell(channel: ListeningChannel) -> Any:
    """`tell(item, …)`: a callback with these items is worked off."""

    def told(*items: Any, account: str = "chinh") -> WebhookEvent:
        key = f"{WebhookEvent.objects.count()}"
        channel.items[key.encode()] = list(items)
        event = WebhookEvent.objects.create(channel=channel.code, account=account, key=key, raw=key)
        receive.process_pending()
        event.refresh_from_db()
        return event

    return told


def follower() -> Follower:
    return Follower.objects.get()


def linked_to(contact: Contact, subject: str = SUBJECT, reader: str = READER) -> bool:
    """As a link code does it."""
    with transaction.atomic():
        found = followers.find("scripted", "chinh", reader)
        return followers.link(found, subject, contact, "mã liên kết")


def again(event: WebhookEvent) -> None:
    WebhookEvent.objects.filter(pk=event.pk).update(state="new", tries=0, next_try_at=Now())
    receive.process_pending()


class TestStates:
    @pytest.mark.parametrize(
        ("told", "state"),
        [
            ([(FOLLOWED, 1)], "following"),
            ([(FOLLOWED, 1), (LEFT, 2)], "left"),
            ([(LEFT, 2), (FOLLOWED, 1)], "left"),
            ([(LEFT, 1), (FOLLOWED, 2)], "following"),
            ([(FOLLOWED, 1), (FOLLOWED, 1)], "following"),
            ([(HEARD, 5)], "stranger"),
            ([(FOLLOWED, 1), (LEFT, 2), (HEARD, 3)], "left"),
        ],
    )
    def test_the_latest_word_counts_in_whatever_order(self, tell, told, state):
        for kind, minutes in told:
            tell(Approached(kind, READER, at(minutes)))
        assert follower().state == state

    def test_the_last_sign_of_life_only_moves_forward(self, tell: Any) -> None:
        tell(Approached(LEFT, READER, at(1)))
        assert follower().last_heard_at is None, "leaving is none"
        tell(Approached(HEARD, READER, at(10)))
        tell(MessageIn(READER, "m1", "xin chào", at(3)))
        assert follower().last_heard_at == at(10)

    def test_a_clock_that_runs_ahead_is_not_believed(self, tell: Any) -> None:
        tell(Approached(HEARD, READER, timezone.now() + timedelta(days=2)))
        heard = follower().last_heard_at
        assert heard is not None
        assert heard <= timezone.now()
        event = tell(Approached(HEARD, OTHER_READER))
        assert Follower.objects.latest("pk").last_heard_at == event.received_at, "that of the callback"

    def test_what_is_no_address_concerns_nobody(self, tell: Any) -> None:
        event = tell(Approached(FOLLOWED, "không phải mã"))
        assert (Follower.objects.count(), event.state) == (0, "ignored")

    def test_the_same_reader_at_two_accounts_is_two(self, tell: Any) -> None:
        tell(Approached(FOLLOWED, READER, at(1)))
        tell(Approached(FOLLOWED, READER, at(1)), account="khac")
        assert Follower.objects.count() == 2

    def test_addresses_are_stored_as_cipher_text(self, tell: Any) -> None:
        tell(Approached(FOLLOWED, READER, at(1), app_address="552177279717587730"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT address, app_address, address_index FROM contacts_follower")
            (address, app_address, index) = cursor.fetchone()
        assert (decrypt(address), decrypt(app_address)) == (READER, "552177279717587730")
        assert READER not in index

    def test_a_hand_at_work_is_noted_for_half_an_hour(self, tell: Any) -> None:
        tell(AnsweredByHand(READER, "m9", at(4)), AnsweredByHand(READER, "m8", at(1)))
        assert follower().human_until == at(34)


class TestMessages:
    @pytest.mark.parametrize(("text", "left"), [("DỪNG", 0), ("tat tin", 0), ("dung", 1), ("cảm ơn", 1)])
    def test_a_word_to_stop_is_obeyed(self, tell: Any, contact: Contact, text: str, left: int) -> None:
        tell(Approached(HEARD, READER, at(0)))
        linked_to(contact)
        tell(MessageIn(READER, "m1", text, at(1)))
        assert Consent.objects.filter(channel="scripted", withdrawn_at=None).count() == left
        assert Consent.objects.filter(channel="mock", withdrawn_at=None).count() == 1

    def test_a_repeated_word_to_stop_does_not_undo_a_new_consent(self, tell: Any, contact: Contact) -> None:
        tell(Approached(HEARD, READER, at(0)))
        linked_to(contact)
        event = tell(MessageIn(READER, "m1", "dừng", at(1)))
        assert not Subscription.objects.exists()
        linked_to(contact)
        contacts.grant(contact, "scripted", evidence="đơn mới")
        again(event)
        tell(MessageIn(READER, "m1", "dừng", at(1)))
        assert Consent.objects.filter(channel="scripted", withdrawn_at=None).exists()

    def test_they_are_deleted_with_the_callbacks_of_their_time(self, tell: Any) -> None:
        tell(MessageIn(READER, "m1", "cũ", at(1)), MessageIn(READER, "m2", "mới", at(2)))
        IncomingMessage.objects.filter(provider_id="m1").update(heard_at=Now() - timedelta(days=31))
        assert (purge_messages(), IncomingMessage.objects.get().provider_id) == (1, "m2")


class TestForgetting:
    @pytest.fixture
    def linked(self, tell: Any, contact: Contact) -> Contact:
        tell(Approached(FOLLOWED, READER, at(0), app_address="552177279717587730"))
        assert linked_to(contact)
        tell(MessageIn(READER, "m1", "câu hỏi riêng tư", at(2)))
        WebhookEvent.objects.create(
            channel="scripted", account="chinh", key="old", raw=f'{{"id": "{READER}"}}', state="done"
        )
        return contact

    def traces(self) -> list[str]:
        """Where the reader's ids or words still stand."""
        return places_of(READER, "552177279717587730", "riêng tư")

    def test_a_reader_who_asks_is_forgotten_and_comes_back_as_a_stranger(self, tell, linked):
        assert self.traces()
        tell(ErasureAsked(READER))
        assert (self.traces(), follower().state, Subscription.objects.count()) == ([], "erased", 0)
        assert (tell(ErasureAsked(READER)).state, Follower.objects.count()) == ("ignored", 1)
        tell(Approached(FOLLOWED, READER, at(9)))
        fresh = Follower.objects.get(state="following")
        assert (fresh.subscriptions.count(), Follower.objects.count()) == (0, 2)

    def test_all_that_a_reader_was_linked_to_is_told_there_no_more(self, tell, linked, channel):
        other = agreed("0905000218")
        linked_to(other, OTHER_SUBJECT)
        granted(channel)
        waiting = [write(linked), write(other, subject=OTHER_SUBJECT)]
        tell(ErasureAsked(READER))
        lane_loop.run_lane(waiting[0].lane_id)
        assert (channel.sent, Subscription.objects.count()) == ([], 0)
        assert set(Message.objects.values_list("state", flat=True)) == {State.SUPPRESSED}
        consents = Consent.objects.filter(withdrawn_at=None)
        assert set(consents.values_list("channel", flat=True)) == {"mock"}

    def test_a_contact_that_is_erased_is_forgotten_as_a_reader(self, tell: Any, linked: Contact) -> None:
        privacy.erase(linked, None)
        assert self.traces() == []

    def test_who_reads_for_others_as_well_stays_theirs(self, tell: Any, linked: Contact) -> None:
        other = agreed("0905000218")
        linked_to(other, OTHER_SUBJECT)
        privacy.erase(linked, None)
        assert follower().address == READER
        assert [link.contact for link in Subscription.objects.all()] == [other]


class TestLinks:
    """What ties a reader to one subject, and what ends it."""

    @pytest.fixture(autouse=True)
    def linked(self, tell: Any, contact: Contact) -> None:
        for reader in (READER, OTHER_READER):
            tell(Approached(HEARD, reader, at(0)))
        assert linked_to(contact)

    def test_the_database_lets_each_subject_have_one_reader(self, contact: Contact) -> None:
        other = Follower.objects.exclude(pk=Subscription.objects.get().follower_id).get()
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.create(
                follower=other, channel="scripted", subject=SUBJECT, contact=contact, evidence="x"
            )

    @pytest.mark.parametrize("code", [None, "scripted"])
    def test_it_ends_with_the_consent_it_lives_on(self, contact: Contact, code: str | None) -> None:
        other = agreed("0905000218")
        linked_to(other, OTHER_SUBJECT)
        contacts.withdraw(contact, channel=code, how="tại quầy")
        contacts.grant(contact, "scripted", evidence="đơn mới")
        assert [link.contact for link in Subscription.objects.all()] == [other]

    def test_it_outlives_consents_to_something_else(self, contact: Contact) -> None:
        contacts.withdraw(contact, channel="mock")
        contacts.withdraw(contact, purpose="feedback")
        assert Subscription.objects.exists()


class TestOpinions:
    def test_they_are_kept_without_a_name(self, tell: Any, contact: Contact) -> None:
        message = write(contact)
        event = tell(Rated(message.tracking_id, 4, f"Tốt, gọi tôi {NUMBER}"))
        again(event)
        rating = Rating.objects.get()
        assert (rating.rating, rating.tracking_id) == (4, message.tracking_id)
        assert NUMBER not in rating.note

    def test_without_a_message_they_are_kept_once_for_each_callback(self, tell: Any) -> None:
        event = tell(Rated(None, 5))
        again(event)
        tell(Rated(None, 5))
        for stars in (0, 6, -1):
            tell(Rated(None, stars))
        assert Rating.objects.count() == 2


def test_who_sends_no_words_again_later_is_told_again(tell: Any, channel: ListeningChannel) -> None:
    for number in range(3):
        tell(MessageIn(READER, f"m{number}", "", timezone.now()))
    assert Message.objects.count() == 1
    Message.objects.update(created_at=Now() - timedelta(minutes=6))
    tell(MessageIn(READER, "m9", "", timezone.now()))
    assert Message.objects.count() == 2


def test_the_latest_quota_counts(tell: Any, channel: ListeningChannel) -> None:
    granted(channel)
    tell(QuotaChanged(2000, at(5)))
    tell(QuotaChanged(500, at(1)))
    assert ChannelAccount.objects.get().daily_quota == 2000
    # Without limit.
    assert tell(QuotaChanged(2**40, at(6))).state == "done"
    assert ChannelAccount.objects.get().daily_quota == 2**31 - 1


class TestList:
    @pytest.fixture
    def account(self, channel: ListeningChannel) -> ChannelAccount:
        channel.pages = {
            "": FollowerPage((ListedFollower("1", follows=True),), "2"),
            "2": FollowerPage((ListedFollower("2", follows=False),), "3"),
            "3": FollowerPage(()),
        }
        return granted(channel)

    def test_it_goes_on_where_it_stopped_and_begins_anew_after_its_end(self, account, channel):
        assert provider_sync.sync_followers(account, pages=1) == provider_sync.ReadResult(1, finished=False)
        assert provider_sync.sync_followers(account) == provider_sync.ReadResult(2, finished=True)
        assert channel.asked_pages == ["", "2", "3"]
        provider_sync.sync_followers(account)
        assert channel.asked_pages == ["", "2", "3"] * 2
        assert sorted(Follower.objects.values_list("state", flat=True)) == ["following", "stranger"]
        silent = ChannelAccount.objects.create(channel="mock", name="chinh")
        assert provider_sync.sync_followers(silent) == provider_sync.ReadResult(0, finished=True)

    def test_what_a_callback_told_is_not_overwritten(self, account: ChannelAccount, tell: Any) -> None:
        tell(Approached(LEFT, "1", at(30)))
        provider_sync.sync_followers(account)
        assert sorted(Follower.objects.values_list("state", flat=True)) == ["left", "stranger"]
