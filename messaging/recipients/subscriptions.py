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

from messaging.models import Consent, Contact, Follower, Subscription
from tenants import clock
from tenants.audit import log as audit
from tenants.crypto import CannotDecrypt, blind_indexes, decrypt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Subscriber = tuple[str, timedelta | None]
"""The address of a reader, and how long ago they spoke to the account (None: never)."""


def link(follower: Any, subject: str, contact: Contact, evidence: str) -> bool:
    """Subscribe this reader, over their account, to the messages that `contact` gets about `subject`.

    Changes nothing, and returns False, where another reader is linked to it over this channel. A contact's withdrawal
    of its consent to news counts for the reader too. `evidence` says how the reader is known. Part of the caller's
    transaction, with the consent of `contact` on which the link depends.
    """
    row, made = Subscription.objects.get_or_create(
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


def stop_broadcasts(contact: Contact, channel: str | None = None) -> None:
    """Send no more broadcasts to readers linked to this contact, over one channel or all; also after their links end.

    Part of the caller's transaction."""
    mine = Subscription.objects.filter(contact=contact)
    mine = mine if channel is None else mine.filter(channel=channel)
    _stop_broadcasts(mine.values_list("follower_id", flat=True), clock.now())


def _stop_broadcasts(reader_ids: Iterable[int], at: datetime) -> None:
    readers = Follower.objects.filter(pk__in=set(reader_ids)).exclude(stopped_at__gte=at)
    ids = list(readers.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Follower.objects.filter(pk__in=ids).update(stopped_at=at)


def _refused_at(contact: Contact, channel: str) -> datetime | None:
    """When this contact withdrew its consent to news over this channel; None where it stands or never was."""
    news = Consent.objects.filter(contact=contact, channel=channel, purpose=NEWS)
    if news.filter(withdrawn_at__isnull=True).exists():
        return None
    found: datetime | None = news.aggregate(last=Max("withdrawn_at"))["last"]
    return found


def end_for_contact(contact: Contact, channel: str | None = None) -> int:
    """End the links that depend on a withdrawn consent, over one channel or all; how many."""
    mine = Subscription.objects.filter(contact=contact)
    return (mine if channel is None else mine.filter(channel=channel)).delete()[0]


def end_for_subject(subject: str, keep: Collection[str] = ()) -> int:
    """End the links to `subject` over channels that are not in `keep`; how many."""
    return Subscription.objects.filter(subject=subject).exclude(channel__in=keep).delete()[0]


DOSSIER_STATUS = "dossier_status"
FEEDBACK = "feedback"
NEWS = "news"

_labels: dict[str, "StrOrPromise"] = {
    DOSSIER_STATUS: _("Tình trạng hồ sơ"),
    FEEDBACK: _("Trả lời phản ánh, kiến nghị"),
    NEWS: _("Thông báo của tỉnh"),
}


class UnknownPurpose(LookupError):
    """A purpose without a label, so that consent to it cannot be asked."""


def purpose_label(code: str) -> str:
    """The purpose in words; raises UnknownPurpose."""
    try:
        return str(_labels[code])
    except KeyError:
        raise UnknownPurpose(code) from None
