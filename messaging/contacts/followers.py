"""Readers as an account knows them: followers and their last messages. Their subscriptions: `contacts`.

Reports of providers come late, twice and in any order. Nothing here goes back: a moment only moves forward, and
a state reported earlier than the present one changes nothing.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, TextField
from django.db.models.functions import Cast, Now

from messaging.contacts.models import Contact, Follower, Subscription
from tenants.isolation.crypto import CannotDecrypt, blind_index, blind_indexes, decrypt

# For this long after staff wrote by hand nothing answers automatically.
BY_HAND_FOR = timedelta(minutes=30)
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Reference to an account of the province: its channel and name."""

    channel: str
    account: str


def get_or_create(place: AccountRef, address: str, app_address: str = "") -> Any:
    """The follower with this address, locked, created if there is none. `address` as the channel writes it.

    Part of the caller's transaction.
    """
    follower = find(place, address)
    if follower is None:
        row = Follower(channel=place.channel, account=place.account, address=address, app_address=app_address)
        Follower.objects.bulk_create([_indexed(row)], ignore_conflicts=True)
        follower = find(place, address)
    if app_address and not follower.app_address:
        follower.app_address = app_address
        follower.save(update_fields=["app_address", "app_address_index"])
    return follower


def find(place: AccountRef, address: str) -> Any:
    """The follower with this address, locked; None when there is none."""
    mine = Follower.objects.filter(channel=place.channel, account=place.account)
    found = mine.filter(address_index__in=blind_indexes(address, "follower"))
    return found.select_for_update(of=("self",)).annotate(db_now=Now()).order_by("pk").first()


def record_message(follower: Any, reported_at: datetime | None) -> None:
    """Record the moment of a message; the provider's clock counts no further than the database's."""
    moment = min(reported_at or follower.db_now, follower.db_now)
    if follower.last_heard_at is None or moment > follower.last_heard_at:
        follower.last_heard_at = moment
        follower.save(update_fields=["last_heard_at"])


def record_follow(follower: Any, reported_at: datetime | None, *, yes: bool) -> None:
    """Record that the reader began or ended to follow the account."""
    moment = min(reported_at or follower.db_now, follower.db_now)
    if follower.state_changed_at is not None and moment < follower.state_changed_at:
        return
    follower.state = Follower.State.FOLLOWING if yes else Follower.State.LEFT
    follower.state_changed_at = moment
    if yes:
        follower.followed_at = moment
    follower.save(update_fields=["state", "state_changed_at", "followed_at"])


def record_staff_reply(follower: Any, reported_at: datetime | None) -> None:
    """Record that staff wrote to the reader: for a while nothing answers automatically."""
    until = min(reported_at or follower.db_now, follower.db_now) + BY_HAND_FOR
    if follower.human_until is None or until > follower.human_until:
        follower.human_until = until
        follower.save(update_fields=["human_until"])


def linked_only_to(contact: Contact) -> list[Follower]:
    """The readers who are linked to subjects of this contact, and to none of other contacts."""
    others = Subscription.objects.filter(follower=OuterRef("pk")).exclude(contact=contact)
    return list(
        Follower.objects.filter(~Exists(others), subscriptions__contact=contact).distinct().order_by("pk")
    )


def last_message_ages(ids: Collection[int]) -> dict[int, tuple[str, timedelta | None]]:
    """The address of each of these followers and the age of the last message, by the database's clock. Erased
    followers, and those whose address no key opens, are left out."""
    if not ids:
        return {}
    rows = (
        Follower.objects.filter(pk__in=ids)
        .exclude(address="")
        .values_list("pk", Cast("address", TextField()), Now() - F("last_heard_at"))
    )
    found = {}
    for pk, cipher, ago in rows:
        with suppress(CannotDecrypt):
            found[pk] = (decrypt(cipher), ago)
    return found


def lock(follower_id: int) -> Any:
    """The follower of this number, locked; None when there is none. Part of the caller's transaction."""
    mine = Follower.objects.filter(pk=follower_id).select_for_update(of=("self",))
    return mine.annotate(db_now=Now()).first()


def _indexed(row: Follower) -> Follower:
    row.address_index = blind_index(row.address, "follower")
    row.app_address_index = blind_index(row.app_address, "follower_app")
    return row
