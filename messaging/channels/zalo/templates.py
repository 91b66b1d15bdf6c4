"""Zalo's approved forms: what the provider tells of them, what they cost, and whether values fit into them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from messaging.channels.base import Account, ApprovedTemplate, Parameter
from messaging.channels.capabilities import ListedTemplate, TemplatePage
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from tenants.clock import VIETNAM
from tenants.text import fit as fit_text

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
QUALITIES = ("high", "medium", "low")
_NOT_BY_UID = ("OTP", "QUICK", "JOURNEY", "CAROUSEL", "RESPONSE")
_STATES = {
    "ENABLE": "enabled", "PENDING_REVIEW": "pending", "REJECT": "rejected",
    "DISABLE": "disabled", "DELETE": "disabled",
    "1": "enabled", "2": "pending", "3": "rejected", "4": "disabled",
}  # fmt: skip


class Unfit(ValueError):
    """Values that a form does not take; the text says all that is wrong, in Vietnamese, and quotes no value."""


def listing(account: Account, cursor: str) -> TemplatePage:
    """Some forms of the account in full, from `cursor` on: a call for the list and one for each. Raises
    Unanswered."""
    offset = int(cursor or 0)
    asked = {"offset": offset, "limit": IN_FULL_AT_ONCE}
    envelope = client.ask(account, Host.BUSINESS, "/template/all", asked)
    lines = [protocol.table(one) for one in protocol.rows(envelope.data)]
    end = offset + len(lines)
    total = protocol.number(protocol.table(envelope.whole.get("metadata")).get("total")) or end
    forms = tuple(
        _in_full(account, code, line) for line in lines if (code := protocol.text(line.get("templateId")))
    )
    return TemplatePage(forms, str(end) if lines and end < total else "")


def _in_full(account: Account, code: str, line: Mapping[str, Any]) -> ListedTemplate:
    envelope = client.ask(account, Host.BUSINESS, "/template/info/v2", {"template_id": code})
    return read({**line, **protocol.table(envelope.data)})


def read(payload: Mapping[str, Any]) -> ListedTemplate:
    """A form as `/template/info/v2` tells it, its numbers as texts (`protocol.loads`); `createdTime` is told by the
    list alone. Prices are in đồng for a delivered message. Pure."""
    timeout = protocol.number(payload.get("timeout"))
    state, tag = state_of(payload.get("status")), protocol.text(payload.get("templateTag"))
    parameters = tuple(_parameter(protocol.table(one)) for one in protocol.rows(payload.get("listParams")))
    buttons = (protocol.table(one).get("type") for one in protocol.rows(payload.get("listButtons")))
    kinds = [tag, *(one.kind for one in parameters), *map(protocol.text, buttons)]
    prices = {
        TEMPLATE_PHONE: _price(payload.get("price_sdt", payload.get("price"))),
        TEMPLATE_UID: _price(payload.get("price_uid")),
    }
    price = {way: one for way, one in prices.items() if one is not None}
    ways = {TEMPLATE_PHONE}
    if TEMPLATE_UID in price and _is_for_uid(kinds, protocol.number(payload.get("createdTime"))):
        ways.add(TEMPLATE_UID)
    return ListedTemplate(
        code=protocol.text(payload.get("templateId")),
        name=protocol.text(payload.get("templateName")),
        state=state,
        tag=tag,
        quality=quality_of(payload.get("templateQuality")),
        parameters=parameters,
        ways=frozenset(ways if state == "enabled" else ()),
        price=price,
        dropped_after=timedelta(milliseconds=timeout) if timeout and 0 < timeout < 10**12 else None,
        preview_url=protocol.text(payload.get("previewUrl")),
    )


def _is_for_uid(kinds: Iterable[str], created: int | None) -> bool:
    """Whether such a form may be sent to a Zalo id, as far as can be told before the provider refuses (-249).

    `created` in milliseconds. Only the provider knows the day of the approval. A form made since the day is surely
    approved since; an older one may be, but is not taken for it.
    """
    is_special = any(word in kind.upper() for kind in kinds for word in _NOT_BY_UID)
    return not is_special and created is not None and created >= BY_UID_SINCE.timestamp() * 1000


def state_of(value: Any) -> str:
    """The provider's word for a state, or its number, as a value of `ProviderTemplate.State`; "" when unknown."""
    return _STATES.get(protocol.text(value).upper(), "")


def quality_of(value: Any) -> str:
    """How people take a form or an account, by the provider's count: one of QUALITIES, or "" when unknown."""
    word = protocol.text(value).lower()
    return word if word in QUALITIES else ""


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


def fitting(
    parameters: Iterable[Parameter], values: Mapping[str, str], cut: Collection[str] = ()
) -> dict[str, str]:
    """The values of these places as the provider takes them; raises Unfit. Pure.

    Values are one line in NFC. Those that are too long are cut at a word where `cut` names their places; else they
    do not fit. What a place holds is not told by its kind: the provider calls most of them STRING. Values that the
    form has no place for are left out.
    """
    fit: dict[str, str] = {}
    problems: list[str] = []
    for place in parameters:
        longest = longest_of(place)
        value = protocol.bare(values.get(place.name, ""))
        if place.kind == "DATE":
            # “17:00, 02/12/2026” as we write it is no moment to Zalo; without the comma it is.
            value = value.replace(",", "")
        if len(value) > longest and place.name in cut:
            value = fit_text(value, longest) if longest >= SHORTEST_CUT else value
        if problem := _problem(place, value):
            problems.append(problem)
        elif value or (place.required and place.may_be_empty):
            fit[place.name] = value
    if problems:
        raise Unfit(" ".join(problems))
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


def last_look(form: ApprovedTemplate) -> dict[str, str]:
    """The values as they are sent; raises Unfit for what no form takes, whichever it is."""
    values = {name: protocol.bare(value) for name, value in form.values.items()}
    problems = [
        _("“%(name)s” dài quá %(most)d ký tự.") % {"name": name, "most": LONGEST_PARAGRAPH}
        for name, value in values.items()
        if len(value) > LONGEST_PARAGRAPH
    ]
    if not form.code:
        problems.append(_("Chưa có mã mẫu tin."))
    if problems:
        raise Unfit(" ".join(problems))
    return values
