"""What was typed or scanned at the desk, as dossiers: an address, a code, the last four digits, a name."""

import re
from datetime import datetime

from django.db.models import Q, QuerySet

from dossiers import tokens
from dossiers.models import Dossier
from dossiers.rules.codes import CodeError, normalise_code, parse_dossier_code
from dossiers.visibility import visible_to
from procedures.vietnamese import fold
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.rights import agencies_of

LONGEST_NAME = 200
_ADDRESS = re.compile(r"/h/([A-Za-z0-9_-]{1,64})/?(?:[?#]\S*)?\Z")
_LAST_FOUR = re.compile(r"[0-9]{4}")


def matching(dossiers: QuerySet[Dossier], text: str, user: User) -> QuerySet[Dossier]:
    """Those of the dossiers that the text means.

    - A scanned address `…/h/<token>/` of this province means the dossier of its token, while it lives.
    - Four digits mean today's dossiers of this person's desk that end so.
    - Anything else is a code, of this system or the one before, or a part of the owner's name.
    """
    if address := _ADDRESS.search(text.strip()):
        return dossiers.filter(tokens__in=tokens.living(address[1]))
    code = _read(text)
    if _LAST_FOUR.fullmatch(code):
        return dossiers.filter(_at_desk(user), code__endswith=code, received_at__gte=_midnight())
    by_name = Q(owner__name_folded__contains=fold(text[:LONGEST_NAME]))
    by_code = Q(code=code) | Q(source_code=text.strip()[:LONGEST_NAME]) if code else Q()
    return dossiers.filter(by_name | by_code)


def single(text: str, user: User) -> Dossier | None:
    """The one dossier that a scanned address or four digits mean among those this person may see.

    None for everything else, and where there is none or more than one.
    """
    if not (_ADDRESS.search(text.strip()) or _LAST_FOUR.fullmatch(_read(text))):
        return None
    found = list(matching(visible_to(user), text, user)[:2])
    return found[0] if len(found) == 1 else None


def unknown_code(text: str, user: User) -> str:
    """The code that was read out of the text, when this person may see no dossier that has it; else empty."""
    code = read_as(text)
    return "" if not code or visible_to(user).filter(code=code).exists() else code


def read_as(text: str) -> str:
    """The dossier code that was read out of a scan, for the person to compare; empty when it is none."""
    try:
        return parse_dossier_code(text).text
    except CodeError:
        return ""


def _read(text: str) -> str:
    try:
        return normalise_code(text)
    except CodeError:
        return ""


def _at_desk(user: User) -> Q:
    agencies = agencies_of(user)
    if agencies is None:
        return Q()
    return Q(receiving_agency__in=agencies) | Q(support_point__in=agencies)


def _midnight() -> datetime:
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
