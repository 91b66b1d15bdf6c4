"""Lookup by code, legacy code or token: the view of a stranger, of a key-holder, of an owner.

Basis: without authentication only the code and how far it is may be shown (TT 01/2018/TT-VPCP Đ.16.2.d).
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, CharField, DateTimeField

from dossiers.lifecycle import access_links, rules_in_force
from dossiers.lifecycle.access_links import PERSONS
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from dossiers.lifecycle.rules import codes
from dossiers.lifecycle.rules.codes import CodeError, normalise_lookup_key
from tenants import agency_codes, clock
from tenants.isolation import crypto, province_cache
from tenants.isolation.backend.compiled_query import CompiledQuery, Parameter
from tenants.isolation.context import current_province
from tenants.organisation import catalogue, data_version
from tenants.text import BadCell, as_text
from tenants.web import absolute_urls

MAX_TYPED = 120


# What pages show of a dossier and of its persons. Rules and agencies come from the catalogue that the process keeps.
SHOWN = (
    *(
        "code",
        "kind",
        "channel",
        "step",
        "status",
        "documents",
        "result_delivery",
        "source",
        "rated",
        "notice_channels",
    ),
    *("procedure", "procedure_version", "workflow_version", "calendar_version"),
    *("support_point", "receiving_agency", "competent_agency", "holding_agency"),
    *("received_at", "counted_from", "due_at", "extended_to", "citizen_due_at", "paused_since"),
    *("finished_at", "closed_at"),
    *("owner__name", "recipient__phone", "assignee__full_name", "assignee__username"),
)
_SHOWN_OF_EVENTS = (
    *("dossier", "sequence", "kind", "at", "agency", "from_step", "to_step", "status", "clock", "undoes"),
    *("term_value", "term_unit", "extended_to", "promised_to", "legacy", "note__text", "note__data"),
)
_VERSION = {"catalogue_version": data_version.of(catalogue.TOPIC)}
_BY_TOKEN = CompiledQuery(
    lambda: (
        AccessToken.objects.filter(
            access_links.is_living(Parameter("digest", CharField()), Parameter("now", DateTimeField()))
        )
        .select_related(*(f"dossier__{name}" for name in PERSONS))
        .only("purpose", "expires_at", *(f"dossier__{name}" for name in (*PERSONS, *SHOWN)))
        .annotate(**_VERSION)
    )
)
_BY_CODE = CompiledQuery(
    lambda: (
        Dossier.objects.filter(code=Parameter("code", CharField()))
        .only("code", "kind", "status", "lookup_key")
        .order_by()
    )
)
_BY_PK = CompiledQuery(
    lambda: (
        Dossier.objects.filter(pk=Parameter("pk", BigIntegerField()))
        .select_related(*PERSONS)
        .only(*PERSONS, *SHOWN)
        .annotate(**_VERSION)
        .order_by()
    )
)
_EVENTS = CompiledQuery(
    lambda: (
        Event.objects.filter(dossier=Parameter("dossier", BigIntegerField()))
        .select_related("note")
        .only(*_SHOWN_OF_EVENTS)
        .order_by("sequence")
    )
)


@dataclass(frozen=True)
class NotFound:
    """No such dossier, or nothing that may be said about it."""


@dataclass(frozen=True)
class OtherProvince:
    """The code begins with another province's agency code. Nothing was looked up."""

    code: str
    province_name: str
    url: str | None


@dataclass(frozen=True)
class Progress:
    """The code alone, or with a wrong key: status and how far along. No more is read of the dossier."""

    dossier: Dossier
    wrong_key: bool


@dataclass(frozen=True)
class Details:
    """The key was right: everything that helps, never an ID number, a full telephone number or an address."""

    dossier: Dossier


Answer = NotFound | OtherProvince | Progress | Details


def by_code(typed_code: str, typed_key: str = "") -> Answer:
    """The answer to a typed code and perhaps a key. Raises CodeError for no code.

    An unknown code, and a complaint without its right key, get the same answer after the same work.
    """
    if len(typed_code) > MAX_TYPED:
        raise CodeError("Mã hồ sơ quá dài. Xin gõ lại mã in trên giấy hẹn.")
    text = _code(typed_code)
    if isinstance(text, OtherProvince):
        return text
    found = _BY_CODE.first(code=text)
    # An unknown code costs a row and a decryption as well: the answer's delay must not tell it from a complaint.
    key = found.lookup_key if found else _read_dummy(text)
    right = is_key(key, typed_key)
    # Complaints show nothing without the key.
    if found is None or (found.kind != Dossier.Kind.NORMAL and not right):
        return NotFound()
    if not right:
        return Progress(found, wrong_key=bool(typed_key.strip()))
    details = _BY_PK.first(pk=found.pk)
    return Details(_with_rules(details)) if details else NotFound()


def _code(typed: str) -> str | OtherProvince:
    """The code of ours that was typed, or that stands for the code of an older system."""
    found = codes.read(typed)
    if found is None:
        known = code_of_legacy(typed)
        if known is None:
            raise codes.refusal(typed)
        return known
    return _other_province(found.text, found.province_code) or found.text


def by_token(value: str) -> AccessToken | None:
    """The address /h/<token>/ with its dossier and all that its page shows, in one query; None if dead.

    Who came by a shared address only reads: see `may_act`.
    """
    if not access_links.may_be_token(value):
        return None
    found: Any = _BY_TOKEN.first(digest=access_links.digest(value), now=clock.now())
    if found is not None:
        found.dossier.catalogue_version = found.catalogue_version
        _with_rules(found.dossier)
    token: AccessToken | None = found
    return token


def events(dossier: Any) -> list[Event]:
    """The acts of a dossier that was found here, in order, with what is shown of them: one query."""
    found = _EVENTS.rows(dossier=dossier.pk)
    with catalogue.read_once():
        catalogue.note_version(dossier.catalogue_version)
        agencies = catalogue.agencies()
    for event in found:
        # An agency of the very last moment is read by itself.
        if event.agency_id is not None and event.agency_id in agencies:
            event.agency = agencies[event.agency_id]
    return found


def _with_rules(dossier: Any) -> Dossier:
    """The dossier with its rules and agencies, which the process keeps under the version read with it."""
    with catalogue.read_once():
        catalogue.note_version(dossier.catalogue_version)
        rules_in_force.fill(dossier)
    found: Dossier = dossier
    return found


def may_act(token: AccessToken) -> bool:
    """Whether the holder of this address stands for those the dossier is about: opens the result files, decides
    about notices, shares the page and rates. Not who was only let look."""
    return token.purpose != AccessToken.Purpose.SHARE


def by_own_token(value: str) -> AccessToken | None:
    """The same as `by_token` for one who may act; None for others."""
    token = by_token(value)
    return token if token is not None and may_act(token) else None


def is_key(key: str, typed: str) -> bool:
    """Whether this is the key, compared in constant time."""
    try:
        given = normalise_lookup_key(typed[:MAX_TYPED]) if typed.strip() else ""
    except CodeError:
        given = ""
    return hmac.compare_digest(key.encode(), given.encode())


def _read_dummy(code: str) -> str:
    """The key of a row that is read as one of the database would be, and that no key fits."""
    key = make_dummy_key(current_province().uuid)
    return _BY_CODE.build_row(id=0, code=code, kind="complaint", status=1, lookup_key=key).lookup_key


@lru_cache(maxsize=256)
def make_dummy_key(province: UUID) -> str:
    """Cipher text of a key that no dossier and no feedback has, made once for each province."""
    return crypto.encrypt("-" * 6)


def _other_province(code: str, prefix: str) -> OtherProvince | None:
    if prefix in current_province().agency_codes:
        return None
    owner = agency_codes.province_of(prefix)
    connected = province_cache.by_agency_code(prefix)
    if connected is not None:
        return OtherProvince(code, connected.name, absolute_urls.province_url(connected, "/tra-cuu/"))
    if owner is None:
        return None
    return OtherProvince(code, owner.province, None)


def code_of_legacy(typed: str) -> str | None:
    """Our code of the one dossier that had this code in an old system; None when there is none, or several.

    Complaints are not found this way: with an old code, too, they are as unknown as a code of no dossier.
    """
    try:
        text = as_text(typed)
    except BadCell:
        return None
    # The database skips through the index on (source, source_code): there are few old systems. Unordered, or it
    # would rather walk through all dossiers by date.
    found = Dossier.objects.exclude(source="").filter(source_code=text, kind=Dossier.Kind.NORMAL)
    ours = list(found.order_by().values_list("code", flat=True)[:2])
    return ours[0] if len(ours) == 1 else None
