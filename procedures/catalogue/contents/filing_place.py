"""Where and in which ways a procedure is filed, as far as a national source says, and whose bodies it may name here.

National lists name the bodies of whichever province entered a row. A body of another province is nothing that a
citizen of this one may be sent to.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from django.utils.translation import gettext as _

from procedures.catalogue.formats.base import is_customs_at_commune
from procedures.catalogue.models import Channel, FilingMode, Level, Procedure, ProcedureKind
from tenants.agency_codes import agency_code_owners
from tenants.isolation.context import current_province
from tenants.organisation import catalogue
from tenants.organisation.models import Agency, working_desks
from tenants.text import fold

LONGEST_BODY = 120
_SEPARATOR = re.compile(r"\s*(?:\n|,)\s*")
_KIND = r"(?i:tinh|thanh pho|tp)"
_KIND_BEFORE = re.compile(rf"\A{_KIND}\s+")
# Also a person's name, which bodies of the whole country carry: a province only where the text says so.
_ALSO_A_PERSON = frozenset({"Ho Chi Minh"})


class Bodies:
    """The bodies of the present province; its agencies are asked for once, when they are first needed."""

    def __init__(self) -> None:
        self._name = _short(current_province().name)
        self._agencies: dict[str, str] | None = None

    def here(self, performer: str) -> str:
        """*performer* with each body of another province replaced by the agency of that name here, or left out."""
        if not self._is_of_another(performer):
            return performer
        kept = (self._own(body) for body in _SEPARATOR.split(performer))
        return ("\n" if "\n" in performer else ", ").join(dict.fromkeys(filter(None, kept)))

    def _own(self, body: str) -> str:
        if not self._is_of_another(body):
            return body
        if self._agencies is None:
            living = (agency for agency in Agency.objects.order_by("code") if not agency.is_dissolved)
            self._agencies = {_nameless(agency.name): agency.name for agency in living}
        return self._agencies.get(_nameless(body), "")

    def _is_of_another(self, text: str) -> bool:
        return any(name != self._name for name in _provinces_in(text))


def settles(agency: Agency, procedure: Procedure) -> bool:
    """Whether what is handed in at this agency is settled there where no other is named: only agencies of the levels
    of a procedure may, where it names any of ours."""
    return agency.level in procedure.levels or not {Level.PROVINCE, Level.COMMUNE}.intersection(
        procedure.levels
    )


def filing_desks(procedure: Procedure) -> list[Agency]:
    """The desks at which *procedure* may be filed without naming another agency that settles it; none where only an
    agency of a level without a desk may. As the catalogue stands in memory."""
    desks = working_desks(catalogue.agencies().values())
    if procedure.agency_id:
        return [desk for desk in desks if desk.pk == procedure.agency_id] or desks
    return [desk for desk in desks if settles(desk, procedure)]


def ways_to_file(procedure: Procedure, channels: Sequence[str]) -> list[str]:
    """Return those of *channels* that the province offers: what it takes at the counter is not filed online.

    Complaints and their like are not filed online either. Where nothing else is known, all of them.
    """
    at_counter = procedure.kind != ProcedureKind.NORMAL or procedure.filing_mode == FilingMode.COUNTER
    if not procedure.handled or not at_counter:
        return list(channels)
    return [channel for channel in channels if channel != Channel.ONLINE] or list(channels)


def shown_place(procedure: Procedure, performer: str) -> tuple[str, str]:
    """Return where a citizen files *procedure*, and what is known of the place beside.

    The province's own words stand first, then the explanation, then the agency that settles it or *performer*. An
    explanation names every place that takes it, so that the agency is not said beside it.
    """
    own, guide = procedure.where_text, procedure.where_guide
    agency = procedure.agency.name if procedure.handled and procedure.agency else ""
    only_names_it = not procedure.handled and bool(performer) and own.endswith(performer)
    where = ("" if only_names_it else own) or guide or own or agency or performer.split("\n")[0]
    if not where and not procedure.handled:
        where = _("không nộp tại cổng này")
    more = ""
    if agency and where not in (agency, guide):
        local = procedure.agency.local_name if procedure.agency else ""
        more = _("cơ quan giải quyết: %(agency)s") % {"agency": local}
    return where[:1].upper() + where[1:], more


def usual_place(procedure: Procedure, performer: str) -> str:
    """Where *procedure* is filed unless the province handles it or says otherwise, as far as the source says."""
    body = ""
    if performer and len(performer) <= LONGEST_BODY and "\n" not in performer:
        body = performer
    elif Level.MINISTRY in procedure.levels:
        body = procedure.issuer
    if body:
        return _("nộp tại %(body)s") % {"body": body}
    if is_customs_at_commune(procedure.sector_name, procedure.levels):
        return _("nộp tại cơ quan hải quan")
    return ""


def _provinces_in(text: str) -> Iterable[str]:
    for match in _mention().finditer(_without_marks(text)):
        name = " ".join(word.capitalize() for word in re.findall(r"\w+", match["name"]))
        if match["kind"] or name not in _ALSO_A_PERSON:
            yield name


def _nameless(body: str) -> str:
    """A body's name without the province in it, folded: by this two provinces' bodies are the same."""
    return fold(_mention().sub(" ", _without_marks(body)))


@cache
def _mention() -> re.Pattern[str]:
    """The name of a province of today or before 2025, as a name is written: “gia lai” is also two plain words."""
    owners = agency_code_owners().values()
    names = {_short(name) for owner in owners for name in (owner.former_province, owner.province)}
    ways = {name.replace(" ", r"\W{1,3}") for name in (*names, *map(str.upper, names))}
    longest_first = "|".join(sorted(ways, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:[-–,]\s*)?(?P<kind>{_KIND}\.?\s*)?(?<!\w)(?P<name>{longest_first})(?!\w)")


def _short(name: str) -> str:
    """A province's name without its kind and without marks, its words parted by single spaces."""
    return " ".join(re.findall(r"\w+", _KIND_BEFORE.sub("", _without_marks(name))))


def _without_marks(text: str) -> str:
    """*text* without marks, with its case: unlike `fold`, which makes plain words and names the same."""
    decomposed = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(
        character for character in decomposed if not unicodedata.category(character).startswith("M")
    )
