"""Zalo's approved forms: what the provider tells of them, what they cost, and whether values fit into them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from messaging.channels.base import Account, ApprovedTemplate
from messaging.channels.capabilities import ListedTemplate, Parameter, TemplatePage
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from tenants.clock import VIETNAM
from tenants.text import fit as fit_text

LARGEST_PAGE = 100
IN_FULL_AT_ONCE = 20
# Forms approved before this day are not sent to a Zalo id.
BY_UID_SINCE = datetime(2025, 12, 10, tzinfo=VIETNAM)
# The longest value of each kind, in letters of NFC; a form may say less.
LIMITS: Mapping[str, int] = {
    "NAME": 30, "PHONE": 15, "ADDRESS": 200, "CODE": 30, "LABEL": 30, "STATUS": 30, "CONTACT": 50, "TITLE": 5,
    "PRODUCT": 200, "AMOUNT": 20, "DATE": 20, "OTP": 10, "URL": 200, "VND": 12, "BANK_NOTE": 90,
}  # fmt: skip
LONGEST_VALUE = 200
# A paragraph of a form, with all that is filled in: no single value is longer, whatever a form says.
LONGEST_PARAGRAPH = 400
# Below this nothing is cut: the rest would say nothing.
SHORTEST_CUT = 10
_NOT_BY_UID = ("OTP", "QUICK", "JOURNEY", "CAROUSEL", "RESPONSE")


class TemplateState(StrEnum):
    """The provider's rating of a template. UNKNOWN: a word that this code does not know."""

    ENABLED = "enabled"
    PENDING = "pending"
    REJECTED = "rejected"
    DISABLED = "disabled"
    UNKNOWN = ""


class Quality(StrEnum):
    """How people take a form or an account, by the provider's count."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = ""


_STATES = {
    "ENABLE": TemplateState.ENABLED, "PENDING_REVIEW": TemplateState.PENDING, "REJECT": TemplateState.REJECTED,
    "DISABLE": TemplateState.DISABLED, "DELETE": TemplateState.DISABLED,
    "1": TemplateState.ENABLED, "2": TemplateState.PENDING, "3": TemplateState.REJECTED, "4": TemplateState.DISABLED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of all forms."""

    code: str
    name: str
    state: TemplateState
    quality: Quality
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderTemplate:
    """A form in full. Prices in đồng for a delivered message; `dropped_after`: what could not be delivered by
    then never is, and costs nothing."""

    code: str
    name: str
    state: TemplateState
    quality: Quality
    tag: str
    parameters: tuple[Parameter, ...]
    buttons: tuple[tuple[str, str, str], ...]
    dropped_after: timedelta | None
    preview_url: str
    price_phone: int | None
    price_uid: int | None

    def ways(self, created_at: datetime | None) -> frozenset[str]:
        """The ways over which it may be sent; `created_at` stands in the list alone.

        Only the provider knows the day of the approval. A form made since the day is surely approved since;
        an older one may be, but is not taken for it.
        """
        if self.state != TemplateState.ENABLED:
            return frozenset()
        return frozenset({TEMPLATE_PHONE, TEMPLATE_UID} if self.uid_allowed(created_at) else {TEMPLATE_PHONE})

    def uid_allowed(self, created_at: datetime | None) -> bool:
        """Whether it may be sent to a Zalo id, as far as can be told before the provider refuses (-249)."""
        kinds = [parameter.kind for parameter in self.parameters] + [
            kind for kind, _title, _to in self.buttons
        ]
        special = any(word in kind.upper() for kind in [*kinds, self.tag] for word in _NOT_BY_UID)
        return (
            self.price_uid is not None
            and not special
            and created_at is not None
            and created_at >= BY_UID_SINCE
        )

    def price(self) -> Mapping[str, int]:
        """What it costs over each way, where the provider says so."""
        prices = {TEMPLATE_PHONE: self.price_phone, TEMPLATE_UID: self.price_uid}
        return {way: price for way, price in prices.items() if price is not None}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the list; `next_offset` is None at its end."""

    listed: tuple[Listed, ...]
    total: int
    next_offset: int | None


class Unfit(ValueError):
    """Values that a form does not take; `problems` say why, in Vietnamese, and quote no value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


# --- Asking


def page(account: Account, offset: int = 0, *, limit: int = LARGEST_PAGE) -> Page:
    """Forms of the account from `offset` on, in the provider's order. Raises client.Trouble."""
    envelope = client.ask(account, Host.BUSINESS, "/template/all", {"offset": offset, "limit": limit})
    rows = protocol.rows(envelope.data)
    found = tuple(one for one in map(_listed, rows) if one.code)
    total = protocol.number(protocol.table(envelope.whole.get("metadata")).get("total")) or offset + len(rows)
    end = offset + len(rows)
    return Page(found, total, end if rows and end < total else None)


def detail(account: Account, code: str) -> ProviderTemplate:
    """One form in full. Raises client.Trouble."""
    envelope = client.ask(account, Host.BUSINESS, "/template/info/v2", {"template_id": code})
    return read(protocol.table(envelope.data), code)


def listing(account: Account, cursor: str) -> TemplatePage:
    """Some forms of the account in full, from `cursor` on: a call for the list and one for each. Raises
    client.Trouble."""
    found = page(account, int(cursor or 0), limit=IN_FULL_AT_ONCE)
    forms = tuple(_in_full(detail(account, one.code), one) for one in found.listed)
    return TemplatePage(forms, "" if found.next_offset is None else str(found.next_offset))


def _in_full(form: ProviderTemplate, line: Listed) -> ListedTemplate:
    return ListedTemplate(
        code=form.code,
        name=form.name or line.name,
        state=(form.state or line.state).value,
        tag=form.tag,
        quality=form.quality.value,
        parameters=form.parameters,
        ways=form.ways(line.created_at),
        price=form.price(),
        dropped_after=form.dropped_after,
        preview_url=form.preview_url,
    )


def read(payload: Mapping[str, Any], code: str = "") -> ProviderTemplate:
    """A form as `/template/info/v2` tells it, its numbers as texts (`protocol.loads`). Pure."""
    timeout = protocol.number(payload.get("timeout"))
    buttons = (protocol.table(one) for one in protocol.rows(payload.get("listButtons")))
    return ProviderTemplate(
        code=protocol.text(payload.get("templateId")) or code,
        name=protocol.text(payload.get("templateName")),
        state=state_of(payload.get("status")),
        quality=quality_of(payload.get("templateQuality")),
        tag=protocol.text(payload.get("templateTag")),
        parameters=tuple(_parameter(protocol.table(one)) for one in protocol.rows(payload.get("listParams"))),
        buttons=tuple(
            (
                protocol.text(one.get("type")),
                protocol.text(one.get("title")),
                protocol.text(one.get("content")),
            )
            for one in buttons
        ),
        dropped_after=timedelta(milliseconds=timeout) if timeout and 0 < timeout < 10**12 else None,
        preview_url=protocol.text(payload.get("previewUrl")),
        price_phone=_price(payload.get("price_sdt"))
        if "price_sdt" in payload
        else _price(payload.get("price")),
        price_uid=_price(payload.get("price_uid")),
    )


def state_of(value: Any) -> TemplateState:
    """The provider's word for a state, or its number."""
    return _STATES.get(protocol.text(value).upper(), TemplateState.UNKNOWN)


def quality_of(value: Any) -> Quality:
    """The provider's word for a quality."""
    word = protocol.text(value).lower()
    return Quality(word) if word in set(Quality) else Quality.UNKNOWN


def _listed(one: Any) -> Listed:
    payload = protocol.table(one)
    created = protocol.number(payload.get("createdTime"))
    return Listed(
        code=protocol.text(payload.get("templateId")),
        name=protocol.text(payload.get("templateName")),
        state=state_of(payload.get("status")),
        quality=quality_of(payload.get("templateQuality")),
        created_at=datetime.fromtimestamp(created / 1000, UTC) if created and 0 < created < 10**14 else None,
    )


def _parameter(payload: Mapping[str, Any]) -> Parameter:
    kind = protocol.text(payload.get("type")).upper() or "STRING"
    longest, most = protocol.number(payload.get("maxLength")), LIMITS.get(kind, LONGEST_VALUE)
    return Parameter(
        name=protocol.text(payload.get("name")),
        kind=kind,
        required=payload.get("require") is not False,
        longest=longest if longest and 0 < longest <= LONGEST_PARAGRAPH else most,
        shortest=protocol.number(payload.get("minLength")) or 0,
        may_be_empty=payload.get("acceptNull") is True,
    )


def _price(value: Any) -> int | None:
    """Whole đồng; the provider writes some prices as "120.0"."""
    price = protocol.number(protocol.text(value).partition(".")[0])
    return price if price is not None and price >= 0 else None


# --- Filling


def fill(
    form: ProviderTemplate,
    values: Mapping[str, str],
    *,
    ways: Iterable[str],
    cut: Iterable[str] = (),
) -> ApprovedTemplate:
    """The form with `values` as the provider takes them; raises Unfit.

    Values are one line in NFC. Those that are too long are cut at a word where `cut` names their places; else they
    do not fit. What a place holds is not told by its kind: the provider calls most of them STRING. Values that the
    form has no place for are left out.
    """
    return ApprovedTemplate(
        form.code,
        fitting(form.parameters, values, cut=cut),
        frozenset(ways),
        form.price(),
        form.dropped_after,
    )


def fitting(
    parameters: Iterable[Parameter], values: Mapping[str, str], *, cut: Iterable[str] = ()
) -> dict[str, str]:
    """The values of these places as the provider takes them; see `fill`. Raises Unfit. Pure."""
    fit: dict[str, str] = {}
    problems: list[str] = []
    may_be_cut = frozenset(cut)
    for place in parameters:
        longest = longest_of(place)
        value = tidy(values.get(place.name, ""))
        if place.kind == "DATE":
            # “17:00, 02/12/2026” as we write it is no moment to Zalo; without the comma it is.
            value = value.replace(",", "")
        if len(value) > longest and place.name in may_be_cut:
            value = fit_text(value, longest) if longest >= SHORTEST_CUT else value
        if problem := _problem(place, value):
            problems.append(problem)
        elif value or (place.required and place.may_be_empty):
            fit[place.name] = value
    if problems:
        raise Unfit(problems)
    return fit


def longest_of(place: Parameter) -> int:
    """How many letters of NFC a place takes: as the form says, else as all places of its kind."""
    return place.longest or LIMITS.get(place.kind, LONGEST_VALUE)


def _problem(place: Parameter, value: str) -> str:
    longest = longest_of(place)
    names = {"name": place.name, "most": longest, "least": place.shortest}
    if not value:
        wanted = place.required and not place.may_be_empty
        return _("Thiếu giá trị cho “%(name)s”.") % names if wanted else ""
    if len(value) > longest:
        return _("“%(name)s” dài quá %(most)d ký tự.") % names
    if len(value) < place.shortest:
        return _("“%(name)s” ngắn hơn %(least)d ký tự.") % names
    if place.kind == "NUMBER" and not (value.isascii() and value.isdigit()):
        return _("“%(name)s” phải là số.") % names
    return ""


def tidy(value: str) -> str:
    """One line in NFC: Zalo counts a decomposed "ế" as three letters."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def last_look(form: ApprovedTemplate) -> dict[str, str]:
    """The values as they are sent; raises Unfit for what no form takes, whichever it is."""
    values = {name: tidy(value) for name, value in form.values.items()}
    problems = [
        _("“%(name)s” dài quá %(most)d ký tự.") % {"name": name, "most": LONGEST_PARAGRAPH}
        for name, value in values.items()
        if len(value) > LONGEST_PARAGRAPH
    ]
    if not form.code:
        problems.append(_("Chưa có mã mẫu tin."))
    if problems:
        raise Unfit(problems)
    return values
