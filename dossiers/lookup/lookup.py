"""Lookup by code, legacy code or token: the view of a stranger, of a key-holder, of an owner.

Basis: without authentication only the code and how far it is may be shown (TT 01/2018/TT-VPCP Đ.16.2.d).
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from dossiers.lifecycle import access_links
from dossiers.models import AccessToken, Dossier
from dossiers.rules.codes import CodeError, normalise_lookup_key, parse_dossier_code
from tenants import agency_codes, crypto
from tenants.isolation import province_cache
from tenants.isolation.context import current_province
from tenants.text import BadCell, as_text
from tenants.web import absolute_urls

MAX_TYPED = 120
RELATED = (
    "procedure",
    "procedure_version",
    "workflow_version",
    "calendar_version",
    "owner",
    "recipient",
    "receiving_agency",
    "competent_agency",
    "assignee",
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
    """The code alone, or with a wrong key: status and how far along."""

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
    found = Dossier.objects.filter(code=text).values_list("pk", "kind", "lookup_key").first()
    # An unknown code costs a decryption as well: the answer's delay must not tell it from a complaint.
    pk, kind, key = found or (
        None,
        Dossier.Kind.NORMAL,
        crypto.decrypt(_make_dummy_key(current_province().uuid)),
    )
    right = _is_key(key, typed_key) and pk is not None
    # Complaints show nothing without the key.
    if pk is None or (kind != Dossier.Kind.NORMAL and not right):
        return NotFound()
    dossier = Dossier.objects.select_related(*RELATED).get(pk=pk)
    if right:
        return Details(dossier)
    return Progress(dossier, wrong_key=bool(typed_key.strip()))


def _code(typed: str) -> str | OtherProvince:
    """The code of ours that was typed, or that stands for the code of an older system."""
    try:
        code = parse_dossier_code(typed)
    except CodeError:
        known = code_of_legacy(typed)
        if known is None:
            raise
        return known
    return _other_province(code.text, code.province_code) or code.text


def by_token(value: str) -> AccessToken | None:
    """The address /h/<token>/ with its dossier and all that its page shows, in one query; None if dead.

    Who came by a shared address only reads: see `may_act`.
    """
    related = [f"dossier__{name}" for name in RELATED]
    return access_links.living(value).select_related("dossier", *related).first()


def may_act(token: AccessToken) -> bool:
    """Whether the holder of this address stands for those the dossier is about: opens the result files, decides
    about notices, shares the page and rates. Not who was only let look."""
    return token.purpose != AccessToken.Purpose.SHARE


def by_own_token(value: str) -> AccessToken | None:
    """The same as `by_token` for one who may act; None for others."""
    token = by_token(value)
    return token if token is not None and may_act(token) else None


def lookup_address(dossier: Dossier) -> str:
    """A short-lived address of the details page, for one who has just shown the key."""
    return access_links.issue(dossier, AccessToken.Purpose.LOOKUP)


def _is_key(key: str, typed: str) -> bool:
    """Whether this is the key, compared in constant time."""
    try:
        given = normalise_lookup_key(typed[:MAX_TYPED]) if typed.strip() else ""
    except CodeError:
        given = ""
    return hmac.compare_digest(key.encode(), given.encode())


@lru_cache(maxsize=256)
def _make_dummy_key(province: UUID) -> str:
    """Cipher text of a key that no dossier has, made once for each province."""
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
    codes = list(found.order_by().values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else None
