"""Readers as an account knows them: followers, their last messages, their subscriptions.

A subscription links a reader of an account to one subject, whose news goes to this chat. It says nothing about the
telephone number of the subject: other subjects with the same number may belong to other people. So the reader's
address is always looked up by subject.

Reports of providers come late, twice and in any order. Nothing here goes back: a moment only moves forward, and
a state reported earlier than the present one changes nothing.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, TextField
from django.db.models.functions import Cast, Now

from messaging.contacts.models import Contact, Follower, Subscription
from tenants.audit import log as audit
from tenants.isolation.crypto import CannotDecrypt, blind_indexes, decrypt

# For this long after staff wrote by hand nothing answers automatically.
BY_HAND_FOR = timedelta(minutes=30)
KEPT_FOR = timedelta(days=30)


def get_or_create(channel: str, account: str, address: str, app_address: str = "") -> Any:
    """The follower of this account with this address, locked, created if there is none. `address` as the channel writes it.

    Part of the caller's transaction.
    """
    follower = find(channel, account, address)
    if follower is None:
        row = Follower(channel=channel, account=account, address=address, app_address=app_address)
        row.index()
        Follower.objects.bulk_create([row], ignore_conflicts=True)
        follower = find(channel, account, address)
    if app_address and not follower.app_address:
        follower.app_address = app_address
        follower.save(update_fields=["app_address", "app_address_index"])
    return follower


def find(channel: str, account: str, address: str) -> Any:
    """The follower of this account with this address, locked; None when there is none."""
    mine = Follower.objects.filter(channel=channel, account=account)
    found = mine.filter(address_index__in=blind_indexes(address, "follower"))
    return found.select_for_update(of=("self",)).annotate(db_now=Now()).order_by("pk").first()


def record_message(follower: Any, reported_at: datetime | None) -> None:
    """Record the moment of a message; the provider's clock counts no further than the database's."""
    moment = min(reported_at or follower.db_now, follower.db_now)
    if follower.last_heard_at is None or moment > follower.last_heard_at:
        Follower.objects.filter(pk=follower.pk).update(last_heard_at=moment)


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


Subscriber = tuple[str, timedelta | None]
"""The address of a reader, and how long ago they spoke to the account (None: never)."""


def link(follower: Any, subject: str, contact: Contact, evidence: str) -> bool:
    """Subscribe this reader, over their account, to the messages that `contact` gets about `subject`.

    Changes nothing, and returns False, where another reader is linked to it over this channel. `evidence` says how
    the reader is known. Part of the caller's transaction, with the consent of `contact` on which the link depends.
    """
    row, made = Subscription.objects.get_or_create(
        channel=follower.channel,
        subject=subject,
        defaults={"follower": follower, "contact": contact, "evidence": evidence[:200]},
    )
    if made:
        audit.record(
            "follower.link", subject, channel=follower.channel, account=follower.account,
            follower=follower.pk,
        )  # fmt: skip
    return bool(row.follower_id == follower.pk)


def is_linked(subject: str, contact: Contact, channel: str) -> bool:
    """Whether a reader at this channel is linked to this contact's messages about `subject`."""
    return Subscription.objects.filter(subject=subject, contact=contact, channel=channel).exists()


def linked_subjects(subjects: Collection[str]) -> set[tuple[str, str]]:
    """Those of these subjects to which a reader is linked, each with the channel."""
    return set(Subscription.objects.filter(subject__in=subjects).values_list("subject", "channel"))


def subjects_of(follower_id: int) -> list[str]:
    """The subjects to which this reader is linked, the newest first."""
    mine = Subscription.objects.filter(follower_id=follower_id).order_by("-linked_at", "-pk")
    return list(mine.values_list("subject", flat=True))


def subscribers(
    subjects: Collection[str], channel: str, account: str
) -> dict[tuple[str, int | None], Subscriber]:
    """The readers of this account with a link to any of these subjects, by subject and contact. Readers whose address
    no key opens are left out."""
    rows = (
        Subscription.objects.filter(subject__in=subjects, channel=channel, follower__account=account)
        .exclude(follower__address="")
        .values_list(
            "subject",
            "contact_id",
            Cast("follower__address", TextField()),
            # By the database's clock.
            Now() - F("follower__last_heard_at"),
        )
    )
    found: dict[tuple[str, int | None], Subscriber] = {}
    for subject, contact_id, cipher, ago in rows:
        with suppress(CannotDecrypt):
            found[subject, contact_id] = (decrypt(cipher), ago)
    return found


def contacts_at(channel: str, address: str) -> list[Contact]:
    """The contacts on whose consent the links of the reader at this address depend."""
    indexes = blind_indexes(address, "follower")
    mine = Subscription.objects.filter(channel=channel, follower__address_index__in=indexes)
    return list(Contact.objects.filter(pk__in=mine.values("contact")).order_by("pk"))


def lock_subscribers(contacts: Iterable[Contact]) -> None:
    """Lock all readers linked to these contacts, in the order in which every transaction locks readers.

    Called before their consents end, and before a reader or a contact is locked. Part of the caller's transaction."""
    linked = Subscription.objects.filter(contact__in=list(contacts)).values("follower_id")
    list(Follower.objects.filter(pk__in=linked).select_for_update().order_by("pk").values_list("pk"))


def end_for_contact(contact: Contact, channel: str | None = None) -> int:
    """End the links that depend on a withdrawn consent, over one channel or all; how many."""
    mine = Subscription.objects.filter(contact=contact)
    return (mine if channel is None else mine.filter(channel=channel)).delete()[0]


def end_for_subject(subject: str, keep: Collection[str] = ()) -> int:
    """End the links to `subject` over channels that are not in `keep`; how many."""
    return Subscription.objects.filter(subject=subject).exclude(channel__in=keep).delete()[0]
