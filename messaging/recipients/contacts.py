"""Who may be written to: contacts, their addresses, and the consent that goes with each channel and purpose.

A contact is a telephone number. One number may stand for several people (who hands in for the whole family),
so its name says only under which name it came in first, and no later intake changes it: a message is
greeted by the reader whom its own subject names, never by this name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from messaging import phone_numbers
from messaging.channels import registry
from messaging.channels.base import Channel
from messaging.models import Address, Consent, Contact
from messaging.recipients import subscriptions
from messaging.recipients.subscriptions import DOSSIER_STATUS, NEWS
from tenants import clock
from tenants.crypto import CannotDecrypt, blind_index, blind_indexes, decrypt

# A number that stands alone in a text. Codes of dossiers hold digits too, joined to letters, dots and dashes.
_NUMBER = re.compile(r"(?<![\w.:/-])(?:\+84|84|0)[ .]?[35789](?:[ .-]?\d){8}(?![\w-])")


class NoEvidence(ValueError):
    """A consent that nobody can prove is none."""


def contact_for(phone: str, name: str, is_organisation: bool = False) -> Contact:
    """The contact with this mobile number, made if there is none; raises phones.BadPhone."""
    number = phone_numbers.normalise(phone)
    known = contact_by_phone(number)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Contact.objects.create(
                phone=number, name=name.strip()[:200], is_organisation=is_organisation
            )
    except IntegrityError:
        # Somebody else made it a moment ago.
        return Contact.objects.get(phone_index=blind_index(number, "phone"))


def contact_by_phone(phone: str) -> Contact | None:
    """The contact with this mobile number, also while keys rotate; None for what is no number."""
    try:
        number = phone_numbers.normalise(phone)
    except phone_numbers.BadPhone:
        return None
    return Contact.objects.filter(phone_index__in=blind_indexes(number, "phone")).order_by("pk").first()


def address_of(contact: Contact, channel: Channel) -> str | None:
    """Where this channel reaches the contact; None when it does not. Prefetched addresses cost nothing.

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
    """The addresses of this kind of so many contacts, by contact; those that no key opens are left out."""
    stored = Address.objects.filter(contact_id__in=contact_ids, kind=kind)
    found = {}
    for contact_id, cipher in stored.values_list("contact_id", Cast("value", TextField())):
        with suppress(CannotDecrypt):
            found[contact_id] = decrypt(cipher)
    return found


def set_address(contact: Contact, kind: str, value: str) -> Address:
    """Note where else the contact is reached, in place of what was known of this kind before.

    `value` is as the channel's `normalise` writes it: otherwise it is not found again.
    """
    address, _created = Address.objects.update_or_create(
        contact=contact,
        kind=kind,
        # The index by hand: an update writes only what stands here.
        defaults={"value": value, "value_index": blind_index(value, f"address:{kind}")},
    )
    return address


def grant(contact: Contact, channel: str, purpose: str = DOSSIER_STATUS, evidence: str = "") -> Consent:
    """Note that this person agreed. An active consent stays as it is, with its first evidence.

    `evidence` says which dossier, desk, person or page; raises NoEvidence without, UnknownPurpose for a
    purpose without a name. A telephone number in it is masked.
    """
    subscriptions.purpose_label(purpose)
    proof = mask_numbers(evidence).strip()
    if not proof:
        raise NoEvidence(f"{channel}/{purpose}")
    with transaction.atomic():
        _lock(contact)
        consent, _created = Consent.objects.get_or_create(
            contact=contact,
            channel=channel,
            purpose=purpose,
            withdrawn_at=None,
            defaults={"granted_at": clock.now(), "evidence": proof},
        )
    return consent


def withdraw(contact: Contact, channel: str | None = None, purpose: str | None = None, how: str = "") -> int:
    """Note that this person no longer wants these messages: over every channel, for every purpose, unless
    one is named. How many consents ended; they stay as proof. A second time changes nothing.

    Links of readers to what this person is told about end with the consent, and who wants no news gets no broadcast
    in a chat either. What is still waiting is not sent: the relay looks at the consent when it takes a message.
    """
    with transaction.atomic():
        if purpose in (None, NEWS):
            # Before the contact, as everybody who holds a reader does.
            subscriptions.stop_broadcasts(contact, channel)
        _lock(contact)
        active = Consent.objects.filter(contact=contact, withdrawn_at__isnull=True)
        if channel is not None:
            active = active.filter(channel=channel)
        if purpose is not None:
            active = active.filter(purpose=purpose)
        if purpose in (None, DOSSIER_STATUS):
            subscriptions.end_for_contact(contact, channel)
        # The longest that fits: what says how is kept, what describes it further may be cut.
        return active.update(withdrawn_at=clock.now(), withdrawn_how=mask_numbers(how).strip()[:120])


def opt_out(channel_code: str, address: str, how: str) -> int:
    """A channel told that the reader at this address wants no more of its messages, whatever they are about.

    How many consents ended; 0 for an address nobody has. Other channels stay as they are. Of a reader who is
    linked, those of the numbers behind the links: they may be the same person, whose telephone is not to ring on.
    """
    channel = registry.get(channel_code)
    try:
        written = channel.normalise(address)
    except ValueError:
        return 0
    if channel.typed_at_desk:
        people = _contacts_at(channel.address_kind, written)
    else:
        people = subscriptions.contacts_at(channel.code, written)
    return sum(withdraw(contact, channel=channel.code, how=how) for contact in people)


def consented_channels(contact: Contact, subject: str, purpose: str, codes: Sequence[str]) -> list[str]:
    """Those of `codes`, in their order, that are installed, agreed to for `purpose`, and reach who is told about
    `subject`."""
    agreed = active_channels(contact, purpose)
    return [code for code in reachable_channels(contact, subject, codes) if code in agreed]


def reachable_channels(contact: Contact, subject: str, codes: Sequence[str]) -> list[str]:
    """Those of `codes` that are installed and reach the contact, or a reader linked to `subject`, agreed to or
    not."""
    return [code for code in codes if _reaches(code, contact, subject)]


def active_channels(contact: Contact, purpose: str) -> set[str]:
    """Codes of the channels with an active consent for `purpose`, whether or not they reach the contact."""
    active = Consent.objects.filter(contact=contact, purpose=purpose, withdrawn_at__isnull=True)
    return set(active.values_list("channel", flat=True))


@dataclass(slots=True)
class ConsentRecord:
    """What was agreed to for one purpose: the codes of the channels now, and each channel with its evidence, also
    where it was taken back."""

    on: set[str] = field(default_factory=set)
    ever: list[tuple[str, str]] = field(default_factory=list)


def consents_of(contact: Contact) -> defaultdict[str, ConsentRecord]:
    """What this contact agreed to, by purpose; whether or not the channels reach them. One statement."""
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
    except registry.UnknownChannel:
        return False
    if address_of(contact, channel) is not None:
        return True
    return not channel.typed_at_desk and subscriptions.is_linked(subject, contact, code)


def _lock(contact: Contact) -> None:
    """One change of a contact's consents at a time. Messages to it may be written meanwhile."""
    Contact.objects.select_for_update(no_key=True).only("pk").get(pk=contact.pk)
