"""Over which channels the recipient of a dossier is told now: notices, and news of the province."""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from dossiers.models import Dossier
from messaging.channels import registry
from messaging.recipients import contacts
from messaging.recipients.purposes import DOSSIER_STATUS, NEWS

KIND = "consent"


@dataclass(frozen=True)
class Reachable:
    """Channels that are on, and those that may be put on again from the citizen's page because they were agreed
    to before for this very dossier: who holds one receipt of a number does not speak for its others."""

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
    return both_reach(dossier)[0]


def news_reaches(dossier: Dossier) -> Reachable:
    """How the recipient is told news of the province now."""
    return both_reach(dossier)[1]


def both_reach(dossier: Dossier) -> tuple[Reachable, Reachable]:
    """How the recipient is told now of this dossier, and of news of the province."""
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is None:
        return Reachable(), Reachable()
    could = contacts.reaching(contact, dossier.subject, settings.MESSAGING_CHANNELS)
    given = contacts.consents_of(contact)
    asked = dossier.notice_channels
    return (
        _reachable(could, given[DOSSIER_STATUS].on & set(asked), asked or asked_before(dossier)),
        _reachable(could, given[NEWS].on, {code for code, why in given[NEWS].ever if _is_of(dossier, why)}),
    )


def evidence_of(dossier: Dossier, how: str) -> str:
    """What proves a consent, or that it was taken back: for which dossier, and how it is known."""
    return f"{_mark(dossier)}{how}"


def _is_of(dossier: Dossier, evidence: str) -> bool:
    return evidence.startswith(_mark(dossier))


def _mark(dossier: Dossier) -> str:
    return f"{dossier.subject}; "


def asked_before(dossier: Dossier) -> list[str]:
    """What this dossier asked for before it was stopped."""
    last = dossier.events.select_related("note").filter(kind=KIND).order_by("-sequence").first()
    found: list[str] = last.note.data.get("channels_before", []) if last and last.note else []
    return found


def _reachable(could: list[str], on: Collection[str], before: Collection[str]) -> Reachable:
    """In the order of the installation."""
    return Reachable(
        tuple(code for code in could if code in on),
        tuple(code for code in could if code in before and code not in on),
    )


def _names(codes: Collection[str]) -> str:
    return ", ".join(str(registry.get(code).name) for code in codes)
