"""Who may be written to: telephone numbers and the consent that goes with each channel and purpose."""

from messaging import phones
from messaging.models import Consent, Contact
from tenants import clock
from tenants.crypto import blind_index, blind_indexes

DOSSIER_STATUS = "dossier_status"


def contact_for(phone: str, name: str, is_organisation: bool = False) -> Contact:
    """The contact with this mobile number, made if there is none; raises phones.BadPhone.

    A number that is known keeps the name it was first given under: one person may hand in for many.
    """
    number = phones.normalise(phone)
    known = Contact.objects.filter(phone_index__in=blind_indexes(number, "phone")).first()
    if known is not None:
        return known
    contact, _created = Contact.objects.get_or_create(
        phone_index=blind_index(number, "phone"),
        defaults={"phone": number, "name": name.strip()[:200], "is_organisation": is_organisation},
    )
    return contact


def grant(contact: Contact, channel: str, purpose: str = DOSSIER_STATUS, evidence: str = "") -> Consent:
    """Note that this person agreed; `evidence` says how. An active consent stays as it is."""
    consent, _created = Consent.objects.get_or_create(
        contact=contact,
        channel=channel,
        purpose=purpose,
        withdrawn_at=None,
        defaults={"granted_at": clock.now(), "evidence": evidence},
    )
    return consent


def withdraw(contact: Contact, channel: str, purpose: str = DOSSIER_STATUS) -> bool:
    """Note that this person no longer wants these messages; False when there was no consent.

    What is still waiting is not sent: the relay looks at the consent when it takes a message.
    """
    active = Consent.objects.filter(
        contact=contact, channel=channel, purpose=purpose, withdrawn_at__isnull=True
    )
    return bool(active.update(withdrawn_at=clock.now()))


def channel_for(contact: Contact, purpose: str, channels: list[str]) -> str | None:
    """The first of `channels` (in order of preference) over which this person agreed to be written to."""
    agreed = set(
        Consent.objects.filter(
            contact=contact, purpose=purpose, channel__in=channels, withdrawn_at__isnull=True
        ).values_list("channel", flat=True)
    )
    return next((channel for channel in channels if channel in agreed), None)
