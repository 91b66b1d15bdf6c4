"""The handlers of what no room answers alone: hours and addresses, a person, procedures, and all the rest."""

import re

from django.db import transaction
from django.urls import reverse

from messaging.conversations import conversation
from messaging.conversations.conversation import Heard, Kind, Turn
from portal.conversation import replies
from portal.conversation.intents import Asked, asked_in
from procedures import chat as catalogue
from procedures.search.telex_repair import said
from tenants.organisation.models import Agency, working_desks
from tenants.text import fold
from tenants.web.absolute_urls import absolute

MOST_DESKS = 3
LONGEST_READ = 300
# Of a name what tells the place: “UBND phường Buôn Ma Thuột” → “phường Buôn Ma Thuột”.
_PLACE = re.compile(r"\b(?:xã|phường|đặc khu|thị trấn)\s+(?P<name>.+)$", re.IGNORECASE)


def register() -> None:
    """Called once, when Django is ready."""
    conversation.greet_with(replies.greeting)
    conversation.register(service, Turn.WORDS)
    conversation.register(procedures, Turn.SEARCH)
    conversation.register(rest, Turn.REST)


def service(heard: Heard) -> bool:
    """Hours, addresses, a person to talk to, the menu."""
    plain = said(heard.text[:LONGEST_READ])
    match asked_in(plain):
        case Asked.DESKS:
            _say(heard, _desks(plain), Kind.DESKS)
        case Asked.PERSON:
            _say(heard, replies.person(), Kind.PERSON)
        case Asked.PROCEDURES:
            _say(heard, replies.procedures(), Kind.MENU, "Tìm thủ tục", absolute(reverse("procedures")))
        case Asked.HELP:
            _say(heard, replies.menu(), Kind.MENU)
        case Asked.THANKS:
            _say(heard, replies.thanks(), Kind.MENU)
        case _:
            return False
    return True


def procedures(heard: Heard) -> bool:
    """An errand: the first three procedures."""
    found = catalogue.answer(heard.text)
    if found is None:
        return False
    _say(heard, found.text, Kind.NEAR if found.near else Kind.PROCEDURE, found.label, found.url)
    return True


def rest(heard: Heard) -> bool:
    """Anything else: what can be asked, and whom to telephone."""
    _say(heard, replies.nothing(), Kind.NOTHING)
    return True


def _desks(plain: str) -> str:
    working = working_desks()
    named = [desk for desk in working if (place := _place_of(desk)) and f" {place} " in f" {plain} "]
    desks = named or working
    reachable = [desk for desk in desks if desk.address or desk.hours or desk.phone]
    return replies.desks(reachable[:MOST_DESKS] or desks[:MOST_DESKS], named=bool(named))


def _place_of(desk: Agency) -> str:
    """The folded name of the place that a desk of a commune stands for; "" where its name names none."""
    place = _PLACE.search(desk.name)
    return fold(place["name"]) if place else ""


def _say(heard: Heard, text: str, kind: Kind, label: str = "", url: str = "") -> None:
    with transaction.atomic(durable=True):
        conversation.answer(heard, text, kind, label=label, url=url)
