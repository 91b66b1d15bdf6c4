"""Whose chat the news of one subject goes to: a reader of an account is linked to it, and to nothing else.

A link says nothing about the telephone number that the subject tells: other subjects of the same number may be
somebody else's. So all that goes to a reader's own address is asked here, by subject.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db.models import F, TextField
from django.db.models.functions import Cast, Now

from messaging.models import Contact, ReaderLink
from tenants.audit import log as audit
from tenants.crypto import CannotDecrypt, blind_indexes, decrypt

Reader = tuple[str, timedelta | None]
"""The address of a reader, and how long ago they spoke to the account (None: never)."""


def link(follower: Any, subject: str, contact: Contact, evidence: str) -> bool:
    """From now on this reader is told over their account what `contact` is told about `subject`.

    Changes nothing, and returns False, where somebody else is linked to it over this channel. `evidence` says
    how it is known. Part of the caller's transaction, with the consent of `contact` that the link lives on.
    """
    row, made = ReaderLink.objects.get_or_create(
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
    """Whether a reader at this channel is told what this contact is told about `subject`."""
    return ReaderLink.objects.filter(subject=subject, contact=contact, channel=channel).exists()


def subjects_of(follower_id: int) -> list[str]:
    """What this reader is linked to, the newest first."""
    mine = ReaderLink.objects.filter(follower_id=follower_id).order_by("-linked_at", "-pk")
    return list(mine.values_list("subject", flat=True))


def readers(subjects: Collection[str], channel: str, account: str) -> dict[tuple[str, int | None], Reader]:
    """The readers of this account who are linked to any of these subjects, by subject and contact; those whose
    address no key opens are left out."""
    rows = (
        ReaderLink.objects.filter(subject__in=subjects, channel=channel, follower__account=account)
        .exclude(follower__address="")
        .values_list(
            "subject",
            "contact_id",
            Cast("follower__address", TextField()),
            # By the database's clock.
            Now() - F("follower__last_heard_at"),
        )
    )
    found: dict[tuple[str, int | None], Reader] = {}
    for subject, contact_id, cipher, ago in rows:
        with suppress(CannotDecrypt):
            found[subject, contact_id] = (decrypt(cipher), ago)
    return found


def contacts_at(channel: str, address: str) -> list[Contact]:
    """The contacts on whose consent the links of the reader at this address live."""
    indexes = blind_indexes(address, "follower")
    mine = ReaderLink.objects.filter(channel=channel, follower__address_index__in=indexes)
    return list(Contact.objects.filter(pk__in=mine.values("contact")).order_by("pk"))


def end_of(contact: Contact, channel: str | None = None) -> int:
    """The consent is gone, over one channel or all: so are the links that lived on it. How many."""
    mine = ReaderLink.objects.filter(contact=contact)
    return (mine if channel is None else mine.filter(channel=channel)).delete()[0]


def end_about(subject: str, keep: Collection[str] = ()) -> int:
    """Nobody is told about `subject` any more over channels that are not in `keep`. How many links ended."""
    return ReaderLink.objects.filter(subject=subject).exclude(channel__in=keep).delete()[0]
