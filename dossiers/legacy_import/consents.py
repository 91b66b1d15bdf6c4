"""Consents that people gave to an old system, carried over for many at once."""

from collections.abc import Iterable

from dossiers.lifecycle.models import Dossier, Party
from messaging.contacts.contacts import DOSSIER_STATUS
from messaging.contacts.models import Consent, Contact
from tenants import clock, phone_numbers
from tenants.isolation.crypto import blind_indexes

EVIDENCE = "chuyển từ hệ thống cũ"


def agree(dossiers: Iterable[Dossier]) -> None:
    """Record for the recipients of these dossiers what receiving would record for each.

    A number that is known keeps its name, and an active consent stays as it is. Who has withdrawn a consent
    here stays without: an old system's list does not outweigh their own word. Part of the caller's
    transaction.
    """
    wanted: dict[str, Dossier] = {}
    channels: dict[tuple[str, str], Dossier] = {}
    for dossier in dossiers:
        if dossier.notice_channels:
            number = phone_numbers.normalise(dossier.recipient.phone)
            wanted.setdefault(number, dossier)
            for channel in dossier.notice_channels:
                channels.setdefault((number, channel), dossier)
    if not wanted:
        return
    contacts = _contacts(wanted)
    ended = Consent.objects.filter(purpose=DOSSIER_STATUS, withdrawn_at__isnull=False)
    withdrawn = set(ended.filter(contact__in=contacts.values()).values_list("contact_id", "channel"))
    Consent.objects.bulk_create(
        [
            Consent(
                contact=contacts[number],
                channel=channel,
                purpose=DOSSIER_STATUS,
                granted_at=clock.now(),
                evidence=f"{dossier.subject}; {EVIDENCE}",
            )
            for (number, channel), dossier in channels.items()
            if (contacts[number].pk, channel) not in withdrawn
        ],
        ignore_conflicts=True,  # an active consent stays as it is
    )


def _contacts(wanted: dict[str, Dossier]) -> dict[str, Contact]:
    indexes = {index: number for number in wanted for index in blind_indexes(number, "phone")}
    missing = set(wanted) - _known(indexes).keys()
    Contact.objects.bulk_create(
        [_new_contact(number, wanted[number].recipient) for number in wanted if number in missing],
        ignore_conflicts=True,
    )
    return _known(indexes)


def _known(indexes: dict[str, str]) -> dict[str, Contact]:
    return {
        indexes[contact.phone_index]: contact
        for contact in Contact.objects.filter(phone_index__in=list(indexes)).only("pk", "phone_index")
    }


def _new_contact(number: str, recipient: Party) -> Contact:
    is_organisation = recipient.kind == Party.Kind.ORGANISATION
    contact = Contact(name=recipient.name.strip()[:200], is_organisation=is_organisation, phone=number)
    contact.index()
    return contact
