"""Over which channels the recipient of a dossier is told now: notices, and news of the province."""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from dossiers.models import Dossier
from messaging import contacts
from messaging.channels import registry
from messaging.models import Contact
from messaging.purposes import DOSSIER_STATUS, NEWS

KIND = "consent"


@dataclass(frozen=True)
class Reachable:
    """Channels that are on, and those that may be put on again from the citizen's page because they were agreed
    to before: to notices for this very dossier, to news for this number."""

    on: tuple[str, ...] = ()
    again: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """The channels that are on, in words."""
        return _names(self.on)

    @property
    def names_again(self) -> str:
        return _names(self.again)


def reachable(dossier: Dossier) -> Reachable:
    """How the recipient is told of this dossier now."""
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is None:
        return Reachable()
    asked = dossier.notice_channels or asked_before(dossier)
    on = contacts.agreed_channels(
        contact, dossier.subject, DOSSIER_STATUS, _installed(dossier.notice_channels)
    )
    return _reachable(contact, dossier, on, asked)


def news_reaches(dossier: Dossier) -> Reachable:
    """How the recipient is told news of the province now."""
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is None:
        return Reachable()
    on = contacts.agreed_channels(contact, dossier.subject, NEWS, settings.MESSAGING_CHANNELS)
    return _reachable(contact, dossier, on, contacts.once_agreed(contact, NEWS))


def asked_before(dossier: Dossier) -> list[str]:
    """What this dossier asked for before it was stopped."""
    last = dossier.events.select_related("note").filter(kind=KIND).order_by("-sequence").first()
    found: list[str] = last.note.data.get("channels_before", []) if last and last.note else []
    return found


def _reachable(contact: Contact, dossier: Dossier, on: list[str], before: Collection[str]) -> Reachable:
    could = contacts.reaching(contact, dossier.subject, _installed(before))
    return Reachable(tuple(on), tuple(code for code in could if code not in on))


def _installed(codes: Collection[str]) -> list[str]:
    return [code for code in settings.MESSAGING_CHANNELS if code in codes]


def _names(codes: Collection[str]) -> str:
    return ", ".join(str(registry.get(code).name) for code in codes)
