"""Subscriptions: a reader of an account is linked to one subject, whose news goes to this chat; and the purposes.

A subscription says nothing about the telephone number of the subject: other subjects with the same number may
belong to other people. So the reader's address is always looked up by subject.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Max, TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from messaging.models import Consent, Contact, Follower, ReaderLink
from tenants import clock
from tenants.audit import log as audit
from tenants.crypto import CannotDecrypt, blind_indexes, decrypt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Subscriber = tuple[str, timedelta | None]
"""The address of a reader, and how long ago they spoke to the account (None: never)."""


def link(follower: Any, subject: str, contact: Contact, evidence: str) -> bool:
    """From now on this reader is told over their account what `contact` is told about `subject`.

    Changes nothing, and returns False, where somebody else is linked to it over this channel. Where the contact took
    its consent to news back, so did the reader. `evidence` says how it is known. Part of the caller's transaction, with the consent of `contact` that the link lives on.
    """
    row, made = ReaderLink.objects.get_or_create(
        channel=follower.channel,
        subject=subject,
        defaults={"follower": follower, "contact": contact, "evidence": evidence[:200]},
    )
    if made:
        if (refused_at := _refused_at(contact, follower.channel)) is not None:
            _stop_broadcasts([follower.pk], refused_at)
        audit.record(
            "follower.link", subject, channel=follower.channel, account=follower.account,
            follower=follower.pk,
        )  # fmt: skip
    return bool(row.follower_id == follower.pk)


def is_linked(subject: str, contact: Contact, channel: str) -> bool:
    """Whether a reader at this channel is told what this contact is told about `subject`."""
    return ReaderLink.objects.filter(subject=subject, contact=contact, channel=channel).exists()


def linked_subjects(subjects: Collection[str]) -> set[tuple[str, str]]:
    """To which of these subjects a reader is linked, with the channel."""
    return set(ReaderLink.objects.filter(subject__in=subjects).values_list("subject", "channel"))


def subjects_of(follower_id: int) -> list[str]:
    """What this reader is linked to, the newest first."""
    mine = ReaderLink.objects.filter(follower_id=follower_id).order_by("-linked_at", "-pk")
    return list(mine.values_list("subject", flat=True))


def subscribers(
    subjects: Collection[str], channel: str, account: str
) -> dict[tuple[str, int | None], Subscriber]:
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
    found: dict[tuple[str, int | None], Subscriber] = {}
    for subject, contact_id, cipher, ago in rows:
        with suppress(CannotDecrypt):
            found[subject, contact_id] = (decrypt(cipher), ago)
    return found


def contacts_at(channel: str, address: str) -> list[Contact]:
    """The contacts on whose consent the links of the reader at this address live."""
    indexes = blind_indexes(address, "follower")
    mine = ReaderLink.objects.filter(channel=channel, follower__address_index__in=indexes)
    return list(Contact.objects.filter(pk__in=mine.values("contact")).order_by("pk"))


def lock_subscribers(contacts: Iterable[Contact]) -> None:
    """Lock all who are linked to what these contacts are told, in the order in which everybody locks readers: for
    who is about to end their consents, before a reader or a contact is locked. Part of the caller's transaction."""
    linked = ReaderLink.objects.filter(contact__in=list(contacts)).values("follower_id")
    list(Follower.objects.filter(pk__in=linked).select_for_update().order_by("pk").values_list("pk"))


def stop_broadcasts(contact: Contact, channel: str | None = None) -> None:
    """Who reads in a chat what this contact is told wants no more broadcasts there: over one channel, or all. It
    holds also when their links are gone. Part of the caller's transaction."""
    mine = ReaderLink.objects.filter(contact=contact)
    mine = mine if channel is None else mine.filter(channel=channel)
    _stop_broadcasts(mine.values_list("follower_id", flat=True), clock.now())


def _stop_broadcasts(reader_ids: Iterable[int], at: datetime) -> None:
    readers = Follower.objects.filter(pk__in=set(reader_ids)).exclude(stopped_at__gte=at)
    ids = list(readers.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Follower.objects.filter(pk__in=ids).update(stopped_at=at)


def _refused_at(contact: Contact, channel: str) -> datetime | None:
    """When this contact took back its consent to news over this channel; None where it stands or never was."""
    news = Consent.objects.filter(contact=contact, channel=channel, purpose=NEWS)
    if news.filter(withdrawn_at__isnull=True).exists():
        return None
    found: datetime | None = news.aggregate(last=Max("withdrawn_at"))["last"]
    return found


def end_for_contact(contact: Contact, channel: str | None = None) -> int:
    """The consent is gone, over one channel or all: so are the links that lived on it. How many."""
    mine = ReaderLink.objects.filter(contact=contact)
    return (mine if channel is None else mine.filter(channel=channel)).delete()[0]


def end_for_subject(subject: str, keep: Collection[str] = ()) -> int:
    """Nobody is told about `subject` any more over channels that are not in `keep`. How many links ended."""
    return ReaderLink.objects.filter(subject=subject).exclude(channel__in=keep).delete()[0]


DOSSIER_STATUS = "dossier_status"
FEEDBACK = "feedback"
NEWS = "news"

_labels: dict[str, "StrOrPromise"] = {
    DOSSIER_STATUS: _("Tình trạng hồ sơ"),
    FEEDBACK: _("Trả lời phản ánh, kiến nghị"),
    NEWS: _("Thông báo của tỉnh"),
}


class UnknownPurpose(LookupError):
    """Nobody may be asked to agree to something that has no name."""


def register_purpose(code: str, label: "StrOrPromise") -> None:
    """Make a purpose known under its code, with the words in which people are asked to agree to it."""
    _labels[code] = label


def purpose_codes() -> list[str]:
    """All purposes, in the order they became known."""
    return list(_labels)


def purpose_label(code: str) -> str:
    """The purpose in words; raises UnknownPurpose."""
    try:
        return str(_labels[code])
    except KeyError:
        raise UnknownPurpose(code) from None
