"""Contacts, their addresses, and their consent for each channel and purpose.

A contact is a telephone number. One number may stand for several people (such as a whole family), so its name
is only the first one under which it came in, and no later intake changes it: a message greets the reader whom
its own subject names, never this name.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from messaging.channels.base import Channel, UnknownChannel, registry
from messaging.contacts import followers
from messaging.contacts.models import Address, Consent, Contact
from tenants import clock, phone_numbers
from tenants.isolation.backend.insertion import insert_or_skip
from tenants.isolation.crypto import CannotDecrypt, blind_index, blind_indexes, decrypt
from tenants.text import StrOrPromise

DOSSIER_STATUS = "dossier_status"
FEEDBACK = "feedback"
NEWS = "news"
FILING = "filing"

_labels: dict[str, StrOrPromise] = {
    DOSSIER_STATUS: _("Tình trạng hồ sơ"),
    FEEDBACK: _("Trả lời phản ánh, kiến nghị"),
    NEWS: _("Thông báo của tỉnh"),
    FILING: _("Tin về hồ sơ đang điền dở"),
}


# A number that stands alone in a text. Codes of dossiers hold digits too, joined to letters, dots and dashes.
_NUMBER = re.compile(r"(?<![\w.:/-])(?:\+84|84|0)[ .]?[35789](?:[ .-]?\d){8}(?![\w-])")


class NoEvidence(ValueError):
    """A consent without proof is none."""


def contact_for(phone: str, name: str, is_organisation: bool = False) -> Contact:
    """The contact with this mobile number, created if there is none; raises phone_numbers.BadPhone."""
    number = phone_numbers.normalise(phone)
    known = contact_by_phone(number)
    if known is not None:
        return known
    made = Contact(phone=number, name=name.strip()[:200], is_organisation=is_organisation)
    made.index()
    # Another transaction may have created it a moment ago.
    made.is_new = insert_or_skip(made)
    return made if made.is_new else Contact.objects.get(phone_index=made.phone_index)


def contact_by_phone(phone: str) -> Contact | None:
    """The contact with this mobile number, also while keys rotate; None for what is no number."""
    try:
        number = phone_numbers.normalise(phone)
    except phone_numbers.BadPhone:
        return None
    return Contact.objects.filter(phone_index__in=blind_indexes(number, "phone")).order_by("pk").first()


def address_of(contact: Contact, channel: Channel) -> str | None:
    """The contact's address at this channel; None when there is none. Prefetched addresses cost nothing.

    Empty where a channel that falls back on it knows the telephone number alone.
    """
    if channel.address_kind == "phone":
        return contact.phone or None
    found = (one.value for one in contact.addresses.all() if one.kind == channel.address_kind)
    address = next(found, None) or None
    if address is None and channel.falls_back_on_phone and contact.phone:
        return ""
    return address


def addresses(contact_ids: Iterable[int], kind: str) -> dict[int, str]:
    """The addresses of this kind of these contacts, by contact; those that no key opens are left out."""
    stored = Address.objects.filter(contact_id__in=contact_ids, kind=kind)
    found = {}
    for contact_id, cipher in stored.values_list("contact_id", Cast("value", TextField())):
        with suppress(CannotDecrypt):
            found[contact_id] = decrypt(cipher)
    return found


def set_address(contact: Contact, kind: str, value: str) -> Address:
    """Store an address of this kind for the contact, in place of the earlier one.

    `value` is as the channel's `normalise` writes it: otherwise it is not found again.
    """
    address, _created = Address.objects.update_or_create(
        contact=contact,
        kind=kind,
        # The index by hand: an update writes only these columns.
        defaults={"value": value, "value_index": blind_index(value, f"address:{kind}")},
    )
    return address


def grant(contact: Contact, channel: str, purpose: str = DOSSIER_STATUS, evidence: str = "") -> Consent:
    """Record a consent. An active one stays as it is, with its first evidence.

    `evidence` says which dossier, desk, person or page; raises NoEvidence without, UnknownPurpose for a
    purpose without a name. A telephone number in it is masked.
    """
    with transaction.atomic():
        _lock(contact)
        grant_all(contact, [(channel, purpose)], evidence)
        return Consent.objects.get(contact=contact, channel=channel, purpose=purpose, withdrawn_at=None)


def grant_all(contact: Contact, wanted: Iterable[tuple[str, str]], evidence: str) -> None:
    """`grant` for each of these channels and purposes, in one statement of the caller's transaction."""
    if not contact.is_new:
        # A withdrawal meanwhile waits, and then ends all of them, not some.
        _lock(contact)
    Consent.objects.bulk_create(
        [_new_consent(contact, channel, purpose, evidence) for channel, purpose in wanted],
        ignore_conflicts=True,
    )


def _new_consent(contact: Contact, channel: str, purpose: str, evidence: str) -> Consent:
    purpose_label(purpose)
    proof = mask_numbers(evidence).strip()
    if not proof:
        raise NoEvidence(f"{channel}/{purpose}")
    return Consent(contact=contact, channel=channel, purpose=purpose, granted_at=clock.now(), evidence=proof)


def withdraw(contact: Contact, channel: str | None = None, purpose: str | None = None, how: str = "") -> int:
    """Withdraw consents: over every channel, for every purpose, unless one is named. How many ended; they stay as
    proof. A second time changes nothing.

    Links of readers to this contact's subjects end with the consent. Waiting messages are not sent: the relay checks
    the consent when it claims a message.
    """
    with transaction.atomic():
        _lock(contact)
        active = Consent.objects.filter(contact=contact, withdrawn_at__isnull=True)
        if channel is not None:
            active = active.filter(channel=channel)
        if purpose is not None:
            active = active.filter(purpose=purpose)
        if purpose in (None, DOSSIER_STATUS):
            followers.end_for_contact(contact, channel)
        # The beginning says how; the rest may be cut.
        return active.update(withdrawn_at=clock.now(), withdrawn_how=mask_numbers(how).strip()[:120])


def opt_out(channel_code: str, address: str, how: str) -> int:
    """Withdraw all consents over this channel of the reader at this address, for whatever purpose.

    How many ended; 0 for an unknown address. Other channels stay as they are. For a linked reader, the consents of
    the numbers behind the links end: they may be the same person, who wants no messages at the telephone either.
    """
    channel = registry.get(channel_code)
    try:
        written = channel.normalise(address)
    except ValueError:
        return 0
    if channel.typed_at_desk:
        people = _contacts_at(channel.address_kind, written)
    else:
        people = followers.contacts_at(channel.code, written)
    return sum(withdraw(contact, channel=channel.code, how=how) for contact in people)


def consented_channels(contact: Contact, subject: str, purpose: str, codes: Sequence[str]) -> list[str]:
    """The installed channels among `codes`, in order, that have consent for `purpose` and reach a reader of `subject`."""
    agreed = active_channels(contact, purpose)
    return reachable_channels(contact, subject, [code for code in codes if code in agreed])


def reachable_channels(contact: Contact, subject: str, codes: Sequence[str]) -> list[str]:
    """The installed channels among `codes` that reach the contact, or a reader linked to `subject`, consented or not."""
    return [code for code in codes if _reaches(code, contact, subject)]


def reaching_by_number(codes: Iterable[str]) -> list[str]:
    """The installed channels among `codes`, in order, that reach a person of whom the telephone number alone is known."""
    known = [registry.get(code) for code in codes if code in registry.codes()]
    return [one.code for one in known if one.address_kind == "phone" or one.falls_back_on_phone]


def active_channels(contact: Contact, purpose: str) -> set[str]:
    """Codes of the channels with an active consent for `purpose`, whether or not they reach the contact."""
    active = Consent.objects.filter(contact=contact, purpose=purpose, withdrawn_at__isnull=True)
    return set(active.values_list("channel", flat=True))


def contact_with_consents(phone: str, purpose: str) -> tuple[Contact | None, set[str]]:
    """The contact with this mobile number and its `active_channels`, in one statement; none without a consent."""
    indexes = blind_indexes(phone_numbers.normalise(phone), "phone")
    active = Consent.objects.filter(
        contact__phone_index__in=indexes, purpose=purpose, withdrawn_at__isnull=True
    ).select_related("contact")
    rows = list(active.order_by("contact_id", "pk"))
    contact = rows[0].contact if rows else None
    return contact, {row.channel for row in rows if row.contact_id == rows[0].contact_id}


@dataclass(slots=True)
class ConsentRecord:
    """The consents for one purpose: the channels that have one now, and each channel that ever had one, with its
    evidence."""

    on: set[str] = field(default_factory=set)
    ever: list[tuple[str, str]] = field(default_factory=list)


def consents_of(contact: Contact) -> defaultdict[str, ConsentRecord]:
    """The consents of this contact by purpose, whether or not the channels reach them. One statement."""
    found: defaultdict[str, ConsentRecord] = defaultdict(ConsentRecord)
    rows = Consent.objects.filter(contact=contact).values_list(
        "purpose", "channel", "withdrawn_at", "evidence"
    )
    for purpose, channel, withdrawn_at, evidence in rows:
        found[purpose].ever.append((channel, evidence))
        if withdrawn_at is None:
            found[purpose].on.add(channel)
    return found


def mask_numbers(text: str) -> str:
    """`text` with every telephone number masked: evidence is read by more people than the number is for."""
    return _NUMBER.sub(lambda found: phone_numbers.mask(re.sub(r"[ .-]", "", found.group())), text)


def _contacts_at(kind: str, value: str) -> Iterable[Contact]:
    if kind == "phone":
        found = contact_by_phone(value)
        return [found] if found else []
    indexes = blind_indexes(value, f"address:{kind}")
    return Contact.objects.filter(addresses__kind=kind, addresses__value_index__in=indexes).order_by("pk")


def _reaches(code: str, contact: Contact, subject: str) -> bool:
    try:
        channel = registry.get(code)
    except UnknownChannel:
        return False
    if address_of(contact, channel) is not None:
        return True
    return not channel.typed_at_desk and followers.is_linked(subject, contact, code)


def _lock(contact: Contact) -> None:
    """One withdrawal of a contact's consents at a time. Messages to it may be written meanwhile."""
    Contact.objects.select_for_update(no_key=True).only("pk").get(pk=contact.pk)


class UnknownPurpose(LookupError):
    """A purpose without a label, so that consent to it cannot be asked."""


def purpose_label(code: str) -> str:
    try:
        return str(_labels[code])
    except KeyError:
        raise UnknownPurpose(code) from None


@dataclass(frozen=True, slots=True)
class Kept:
    """What an app keeps of a number: rows as JSON holds them, moments as they are, by their kind; and files by their
    path in the archive, each opened when its turn comes."""

    rows: dict[str, list[dict[str, Any]]]
    files: dict[str, Callable[[], IO[bytes]]] = field(default_factory=dict)
