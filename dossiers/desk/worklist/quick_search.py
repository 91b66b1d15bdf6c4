"""Dossiers for a typed or scanned text: an address, a code, the last four digits, a name."""

import re
import unicodedata
from contextlib import suppress

from django.db.models import Q, QuerySet

from dossiers.lifecycle import access_links
from dossiers.lifecycle.models import Dossier, Party
from dossiers.lifecycle.permissions import visible_to
from dossiers.lifecycle.rules import codes
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.crypto import blind_indexes
from tenants.organisation.rights import agencies_of
from tenants.text import BadCell, as_text, fold

LONGEST_NAME = 200
LONGEST = 300
"""Characters that are read: the time of the patterns grows with their square."""
MOST_OF_A_NAME = 500
_ADDRESS = re.compile(r"/h/([A-Za-z0-9_-]{1,64})/?(?:[?#]\S*)?\Z")
_LAST_FOUR = re.compile(r"\W*([0-9]{4})\W*")
# Identity numbers have nine or twelve digits, tax numbers ten or thirteen, telephones ten.
_NUMBER = re.compile(r"[0-9]{9,10}|[0-9]{12,13}")


def matching(dossiers: QuerySet[Dossier], text: str, user: User) -> QuerySet[Dossier]:
    """Those of the dossiers that the text means.

    - A scanned address `…/h/<token>/` of this province means the dossier of its token, while it lives.
    - Four digits mean today's dossiers of this person's desk that end so.
    - Anything else is a code, of this system or the one before, a whole identity or telephone number of
      a person in the dossier, or a part of the owner's name; of a name the newest `MOST_OF_A_NAME`.
    """
    text = text[:LONGEST]
    if address := _ADDRESS.search(text.strip()):
        return dossiers.filter(tokens__in=access_links.living(address[1]))
    if four := _last_four(text):
        return dossiers.filter(
            _at_desk(user), code__endswith=four[1], received_at__gte=clock.beginning(clock.today())
        )
    # Each way by an index of its own: one condition over both tables would read all dossiers.
    ways = [dossiers.filter(owner__name_folded__contains=fold(text[:LONGEST_NAME]))]
    if code := read_as(text):
        ways.append(dossiers.filter(code=code))
    with suppress(BadCell):
        ways.append(dossiers.filter(~Q(source=""), source_code=as_text(text[:LONGEST_NAME])))
    if parties := _with_number(text):
        ways += [dossiers.filter(**{f"{part}__in": parties}) for part in ("owner", "submitter", "recipient")]
    newest = [
        way.order_by("-received_at", "-pk").values_list("pk", flat=True)[:MOST_OF_A_NAME] for way in ways
    ]
    # Read here: around a subquery the condition of visibility would scan the whole table a second time.
    return dossiers.filter(pk__in=list(newest[0].union(*newest[1:]) if newest[1:] else newest[0]))


def single(text: str, user: User) -> Dossier | None:
    """The one dossier that a scanned address or four digits mean among those this person may see.

    None for everything else, and where there is none or more than one.
    """
    text = text[:LONGEST]
    if not (_ADDRESS.search(text.strip()) or _last_four(text)):
        return None
    found = list(matching(visible_to(user), text, user)[:2])
    return found[0] if len(found) == 1 else None


def unknown_code(text: str, user: User) -> str:
    """The code that was read out of the text, when this person may see no dossier that has it; else empty."""
    code = read_as(text)
    return "" if not code or visible_to(user).filter(code=code).exists() else code


def read_as(text: str) -> str:
    """The dossier code that was read out of a scan, for the person to compare; empty when it is none."""
    found = codes.read(text[:LONGEST])
    return found.text if found else ""


def _last_four(text: str) -> re.Match[str] | None:
    return _LAST_FOUR.fullmatch(unicodedata.normalize("NFKC", text))


def _with_number(text: str) -> QuerySet[Party] | None:
    """People with this identity, tax or telephone number; None where the text is no such number."""
    number = re.sub(r"[\s.\-]", "", text)
    if not _NUMBER.fullmatch(number):
        return None
    return Party.objects.filter(
        Q(id_number_index__in=blind_indexes(number, "id_number"))
        | Q(phone_index__in=blind_indexes(number, "phone"))
    )


def _at_desk(user: User) -> Q:
    agencies = agencies_of(user)
    if agencies is None:
        return Q()
    return Q(receiving_agency__in=agencies) | Q(support_point__in=agencies)
