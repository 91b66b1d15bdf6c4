"""Holders of open dossiers of an agency or a sector: an audience for what concerns their dossiers.

They are told over the channels they agreed to for that very dossier; news of the province is another consent.
Complaints and conciliations are left out: that somebody complains is nobody's business.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.lifecycle.models.dossier import Dossier
from messaging.broadcasts.audience.base import Audience, Candidate, Choice, Page
from messaging.broadcasts.sending.routing import Reach
from messaging.contacts.contacts import DOSSIER_STATUS, contact_by_phone
from messaging.contacts.models import Consent, Contact
from procedures.catalogue.models import Sector
from tenants.organisation.models import Agency
from tenants.organisation.rights import subtree


class OpenDossiers(Audience):
    """Recipients of notices of open dossiers. `choice`: {"agency": its number, with all below it; "sector": its
    number}, at least one of them."""

    code = "dossiers"
    label = gettext_lazy("Người có hồ sơ đang giải quyết")
    purpose = DOSSIER_STATUS

    def page(self, choice: Choice, after: int, limit: int) -> Page:
        rows = list(
            _open(choice)
            .filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", "code", "notice_channels", "recipient__phone_index")[:limit]
        )
        contacts = dict(
            Contact.objects.filter(phone_index__in={index for *_rest, index in rows if index}).values_list(
                "phone_index", "pk"
            )
        )
        for row, *_rest, index in rows:
            # Written down with an older key than the dossier, or the other way round.
            if index and index not in contacts and (known := _contact_of(row)) is not None:
                contacts[index] = known.pk
        found = _reached(_theirs([row[1:] for row in rows], contacts))
        return Page(found, rows[-1][0] if len(rows) == limit else None)

    def problems(self, choice: Choice) -> list[str]:
        if _agency(choice) is None and _sector(choice) is None:
            return [_("Xin chọn cơ quan hoặc lĩnh vực của hồ sơ đang giải quyết.")]
        return []

    def closed(self, matters: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        codes = {subject: subject.removeprefix("dossier:") for subject, _channel in matters}
        open_ones = Dossier.objects.filter(code__in=codes.values(), closed_at=None)
        channels = dict(open_ones.values_list("code", "notice_channels"))
        return {(subject, code) for subject, code in matters if code not in channels.get(codes[subject], ())}

    def describe(self, choice: Choice) -> str:
        agency, sector = _agency(choice), _sector(choice)
        return ", ".join(one.name for one in (agency, sector) if one is not None)


def _theirs(
    rows: Iterable[tuple[str, list[str], str]], contacts: Mapping[str, int]
) -> dict[int, list[tuple[str, set[str]]]]:
    """By contact, each of their dossiers with the channels agreed to for it. `rows`: its code, the channels it asked
    for, and the index of its number; `contacts`: by that index."""
    agreed = _agreed(list(contacts.values()))
    found: dict[int, list[tuple[str, set[str]]]] = {}
    for code, channels, index in rows:
        contact = contacts.get(index)
        if contact is not None and (open_to := agreed.get(contact, set()) & set(channels)):
            found.setdefault(contact, []).append((f"dossier:{code}", open_to))
    return found


def _reached(theirs: dict[int, list[tuple[str, set[str]]]]) -> tuple[Candidate, ...]:
    """Each contact once, by the first of their dossiers over which they are reached: one may be linked to a chat,
    another not."""
    reach, found = Reach(), dict[int, Candidate]()
    for turn in range(max(map(len, theirs.values()), default=0)):
        asked = {pk: mine[turn] for pk, mine in theirs.items() if pk not in found and turn < len(mine)}
        over = reach.of_contacts(
            {pk: channels for pk, (_matter, channels) in asked.items()},
            {pk: matter for pk, (matter, _channels) in asked.items()},
        )
        found |= {pk: Candidate(channel, contact_id=pk, matter=asked[pk][0]) for pk, channel in over.items()}
    return tuple(found[pk] for pk in theirs if pk in found)


def _open(choice: Choice) -> Any:
    mine = Dossier.objects.filter(closed_at=None, kind=Dossier.Kind.NORMAL).exclude(notice_channels=[])
    if (agency := _agency(choice)) is not None:
        below = subtree([agency.pk])
        mine = mine.filter(
            Q(receiving_agency__in=below) | Q(competent_agency__in=below) | Q(holding_agency__in=below)
        )
    if (sector := _sector(choice)) is not None:
        mine = mine.filter(procedure__sector=sector)
    return mine


def _contact_of(dossier_id: int) -> Contact | None:
    return contact_by_phone(Dossier.objects.select_related("recipient").get(pk=dossier_id).recipient.phone)


def _agreed(contact_ids: list[int]) -> dict[int, set[str]]:
    active = Consent.objects.filter(
        contact__in=contact_ids,
        purpose=DOSSIER_STATUS,
        withdrawn_at__isnull=True,
        channel__in=settings.MESSAGING_CHANNELS,
    )
    found: dict[int, set[str]] = {}
    for contact_id, channel in active.values_list("contact_id", "channel"):
        found.setdefault(contact_id, set()).add(channel)
    return found


def _agency(choice: Choice) -> Agency | None:
    number = choice.get("agency")
    return Agency.objects.filter(pk=number).first() if number else None


def _sector(choice: Choice) -> Sector | None:
    number = choice.get("sector")
    return Sector.objects.filter(pk=number).first() if number else None
